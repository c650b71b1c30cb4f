// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the roster of managed peers orders in every course of events.

import OS
import Testing

@testable import Supervisor

/// A roster, with a driver that starts what it is told to and remembers the rest.
private struct Play {
    var roster = PeerRoster()
    var now: Int64 = 0
    /// Everything that was ordered, in order.
    var orders: [PeerRoster.Order] = []
    var lastProcess: Int32 = 100
    /// The process of each life.
    var processes: [UInt32: ProcessID] = [:]
    /// The lives that are still used.
    var used: Set<UInt32> = []

    init(_ commands: [ManagedCommand], givesUp: Bool = false) throws {
        roster.givesUpFirstStart = givesUp
        let slots = roster.reserve(commands)
        try #require(slots != nil)
        perform(roster.adopt(commands, at: now))
    }

    static func command(
        _ name: String = "api", _ words: [String] = ["node"], instances: Int = 1
    ) -> ManagedCommand {
        var command = ManagedCommand(name: name, words: words)
        command.instanceCount = instances
        return command
    }

    mutating func perform(_ new: [PeerRoster.Order]) {
        var queue = new[...]
        while let order = queue.popFirst() {
            orders.append(order)
            guard case .start(let life) = order else { continue }
            lastProcess += 1
            let id = ProcessID(rawValue: lastProcess)
            processes[life.incarnation] = id
            queue += roster.didStart(life, id, at: now)
        }
    }

    mutating func pass(_ milliseconds: Int64) {
        let end = now + milliseconds
        while let due = roster.nextDeadline, due <= end {
            now = max(now, due)
            let used = used
            perform(roster.advance(to: now) { used.contains($0.incarnation) ? 1 : 0 })
        }
        now = end
    }

    mutating func answer(_ slot: Int, _ incarnation: UInt32) {
        let life = PeerLife(slot: PeerSlot(number: slot), incarnation: incarnation)
        perform(roster.didAnswer(life, "127.0.0.1:1", at: now))
    }

    mutating func end(
        _ incarnation: UInt32, _ reason: ExitReason = .exited(1), lastWords: [String] = []
    ) {
        guard let id = processes[incarnation] else { return }
        perform(roster.didEnd(id, reason: reason, lastWords: lastWords, at: now))
    }

    /// What was ordered since the last call, without lines of the log and probes.
    mutating func take() -> [PeerRoster.Order] {
        defer { orders = [] }
        return orders.filter { order in
            switch order {
            case .log, .probe: false
            default: true
            }
        }
    }

    var log: [String] {
        orders.compactMap { order in
            if case .log(let level, let text) = order { "\(level.name): \(text)" } else { nil }
        }
    }

    static func life(_ slot: Int, _ incarnation: UInt32) -> PeerLife {
        PeerLife(slot: PeerSlot(number: slot), incarnation: incarnation)
    }
}

@Suite struct PeerRosterTests {
    @Test func `every instance is started, and published when it accepts`() throws {
        var play = try Play([Play.command(instances: 2)])
        #expect(play.take() == [.start(Play.life(0, 1)), .start(Play.life(1, 2))])
        play.pass(10)
        #expect(play.orders.contains(.probe(Play.life(0, 1))))
        play.answer(0, 1)
        #expect(play.take() == [.publish(Play.life(0, 1))])
        play.answer(0, 1)
        #expect(play.take() == [])
    }

    @Test func `one that dies is withdrawn and started again, ever more slowly`() throws {
        var play = try Play([Play.command()])
        play.answer(0, 1)
        _ = play.take()
        play.end(1, .signalled(9, dumpedCore: false), lastWords: ["Error: no", "  at x"])
        #expect(
            play.log.contains(
                "alert: peer api.1, process 101, exited on signal 9; its last words:\n"
                    + "    Error: no\n      at x"))
        #expect(play.take() == [.withdraw(PeerSlot(number: 0)), .start(Play.life(0, 2))])
        play.end(2)
        #expect(play.take() == [])
        play.pass(99)
        #expect(play.take() == [])
        play.pass(1)
        #expect(play.take() == [.start(Play.life(0, 3))])
        play.end(3)
        play.pass(200)
        #expect(play.take() == [.start(Play.life(0, 4))])
    }

    @Test func `peers are rolled over one after the other, each when nobody uses it any more`()
        throws
    {
        var play = try Play([Play.command(instances: 2)])
        play.answer(0, 1)
        play.answer(1, 2)
        _ = play.take()
        play.used = [1]
        play.perform(play.roster.restartAll(at: play.now))
        #expect(play.take() == [.start(Play.life(0, 3))])
        play.answer(0, 3)
        #expect(play.take() == [.publish(Play.life(0, 3))])
        play.pass(500)
        #expect(play.take() == [])
        play.used = []
        play.pass(50)
        #expect(play.take() == [.signal(Signal.terminate, ProcessID(rawValue: 101))])
        play.end(1, .exited(0))
        #expect(play.take() == [.start(Play.life(1, 4))])
        play.answer(1, 4)
        play.pass(100)
        play.end(2, .exited(0))
        #expect(
            play.take() == [
                .publish(Play.life(1, 4)), .signal(Signal.terminate, ProcessID(rawValue: 102)),
            ])
        #expect(play.roster.rolling == nil)
    }

    @Test func `one that is used for ever is ended all the same, and killed when it does not obey`()
        throws
    {
        var play = try Play([Play.command()])
        play.answer(0, 1)
        play.used = [1]
        play.perform(play.roster.restartAll(at: play.now))
        play.answer(0, 2)
        _ = play.take()
        play.pass(9_999)
        #expect(play.take() == [])
        play.pass(1)
        #expect(play.take() == [.signal(Signal.terminate, ProcessID(rawValue: 101))])
        play.pass(10_000)
        #expect(play.take() == [.signal(Signal.kill, ProcessID(rawValue: 101))])
    }

    @Test func `a successor that dies leaves the old process in its place`() throws {
        var play = try Play([Play.command(instances: 2)])
        play.answer(0, 1)
        play.answer(1, 2)
        play.perform(play.roster.restartAll(at: play.now))
        _ = play.take()
        play.end(3)
        #expect(play.log.contains("error: the restart of peers \"api\" ends, the old ones stay"))
        #expect(play.take() == [])
        play.pass(60_000)
        #expect(play.take() == [])
        #expect(play.roster.seats.map(\.published) == [1, 2])
    }

    @Test func `a reload leaves the same commands alone, rolls over changed ones, and ends others`()
        throws
    {
        let same = Play.command("same")
        var play = try Play([same, Play.command("changed"), Play.command("gone")])
        for slot in 0..<3 { play.answer(slot, UInt32(slot + 1)) }
        _ = play.take()
        let commands = [
            same, Play.command("changed", ["node", "2"]), Play.command("new", instances: 2),
        ]
        let slots = play.roster.reserve(commands)
        #expect(slots?.map(\.number) == [0, 1, 3, 4])
        play.perform(play.roster.adopt(commands, at: play.now))
        #expect(
            play.take() == [
                .start(Play.life(3, 4)), .start(Play.life(4, 5)), .start(Play.life(1, 6)),
            ])
        play.pass(PeerRoster.leaveMinimum)
        #expect(play.take() == [.signal(Signal.terminate, ProcessID(rawValue: 103))])
        play.end(3, .exited(0))
        #expect(play.take() == [.withdraw(PeerSlot(number: 2))])
        #expect(play.roster.seats.map(\.key.command) == ["same", "changed", "new", "new"])
    }

    @Test func `what was reserved for a configuration that failed is given back`() throws {
        var play = try Play([Play.command()])
        _ = play.roster.reserve([Play.command(), Play.command("other")])
        play.roster.release()
        #expect(play.roster.seats.map(\.key.description) == ["api.1"])
        #expect(play.roster.reserve([Play.command(instances: 300)]) == nil)
        #expect(play.roster.seats.count == 1)
    }

    @Test func `one that does not accept in time is ended, and another one is started`() throws {
        var play = try Play([Play.command()])
        _ = play.take()
        play.pass(60_000)
        #expect(play.take() == [.signal(Signal.terminate, ProcessID(rawValue: 101))])
        play.pass(1_000)
        #expect(play.take() == [.start(Play.life(0, 2))])
        play.end(1)
        #expect(play.take() == [])
    }

    @Test func `at the end all are told to, and killed when they do not or when it is said again`()
        throws
    {
        var play = try Play([Play.command(instances: 2)])
        play.answer(0, 1)
        _ = play.take()
        play.perform(play.roster.stop(at: play.now))
        let processes = [101, 102].map { ProcessID(rawValue: $0) }
        #expect(play.take() == processes.map { .signal(Signal.terminate, $0) })
        play.perform(play.roster.stop(at: play.now))
        #expect(play.take() == processes.map { .signal(Signal.kill, $0) })
        #expect(!play.roster.isEmpty)
        play.end(1)
        play.end(2)
        #expect(play.take() == [.withdraw(PeerSlot(number: 0))])
        #expect(play.roster.isEmpty)
    }

    @Test func `a first start is given up when the command cannot be run`() throws {
        var roster = PeerRoster()
        roster.givesUpFirstStart = true
        let command = Play.command()
        _ = roster.reserve([command])
        let orders = roster.adopt([command], at: 0)
        #expect(orders == [.start(Play.life(0, 1))])
        #expect(
            roster.couldNotStart(Play.life(0, 1), reason: "there is no \"node\"", at: 0)
                == [.giveUp("peer api.1 could not be started: there is no \"node\"")])
    }

    @Test func `a first start is given up when the command ends again and again`() throws {
        var play = try Play([Play.command()], givesUp: true)
        for incarnation in 1...3 as ClosedRange<UInt32> {
            play.pass(200)
            play.end(incarnation)
        }
        #expect(
            play.take().last
                == .giveUp(
                    "peer api.1 exited with code 1 3 times before it accepted a connection on the "
                        + "port that it finds in PORT"))
    }

    @Test func `what served once is never given up, and a failure is said once`() throws {
        var play = try Play([Play.command()], givesUp: true)
        play.answer(0, 1)
        for incarnation in 1...9 as ClosedRange<UInt32> {
            play.end(incarnation)
            play.pass(5_000)
        }
        #expect(!play.take().contains { if case .giveUp = $0 { true } else { false } })
        var said = 0
        for _ in 0..<3 {
            let orders = play.roster.couldNotStart(Play.life(0, 99), reason: "no", at: play.now)
            said += orders.count
        }
        #expect(said == 1)
    }
}
