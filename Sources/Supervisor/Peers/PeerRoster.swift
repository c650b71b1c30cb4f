// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which peers the supervisor looks after, and what is to be done when something happens to them.
//
// Pure, as the roster of workers is: it is told of events and times, and answers with orders. It
// starts nothing, asks nobody and reads no clock.

internal import OS

/// The managed peers of all generations.
///
/// A peer has a *seat*, which keeps its place on the board. A process in it starts, serves once it
/// accepts connections, and is replaced when it ends. To *roll over* means to start a successor
/// beside a process that serves, to change places when the successor accepts connections, and to
/// end the old one when nobody uses it any more; one seat after the other.
///
/// Units: all times are milliseconds on one clock.
struct PeerRoster {
    /// How often one that starts is tried, at first and later.
    static let firstProbeStep: Int64 = 10
    static let probeStep: Int64 = 100

    /// How long a process that was replaced is certainly left alone: whoever has just read where it
    /// is shall be counted among those who use it.
    static let drainMinimum: Int64 = 100

    /// The same for one that the new configuration does not want: workers of the old one finish.
    static let leaveMinimum: Int64 = 3_000

    /// How often one that drains is looked at.
    static let drainStep: Int64 = 50

    /// How many starts in a row must fail before a first start is given up.
    static let failedStartLimit = 3

    /// What the driver has to do, in this order.
    enum Order: Equatable {
        /// Start a process in a seat, then call `didStart` or `couldNotStart`.
        case start(PeerLife)
        /// Try whether a process accepts connections, and call `didAnswer` if it does.
        case probe(PeerLife)
        /// A life begins to be used.
        case publish(PeerLife)
        /// A seat has nobody to use.
        case withdraw(PeerSlot)
        /// Send a signal to a process and all that it started.
        case signal(Int32, ProcessID)
        case log(LogLevel, String)
        /// The first start has failed, and this is why.
        case giveUp(String)
    }

    /// Whether a command that cannot be started at all ends everything: the only thing that whoever
    /// typed it wants to know.
    var givesUpFirstStart = false

    private(set) var seats: [PeerSeat] = []
    private var lastIncarnation: UInt32 = 0
    /// The seats that are to be rolled over, in this order, and the one that is.
    var rollQueue: [PeerSlot] = []
    var rolling: PeerSlot?
    private(set) var isStopping = false
    private(set) var hasGivenUp = false

    /// Whether every process has ended.
    var isEmpty: Bool { seats.allSatisfy(\.processes.isEmpty) }

    /// The place of every process of these commands, in order; those that are new are reserved.
    ///
    /// - Returns: nil when there are too many.
    mutating func reserve(_ commands: [ManagedCommand]) -> [PeerSlot]? {
        var slots: [PeerSlot] = []
        for (key, command) in commands.seats {
            if let seat = seats.first(where: { $0.key == key && $0.state != .leaving }) {
                slots.append(seat.slot)
                continue
            }
            guard let slot = freeSlot else {
                release()
                return nil
            }
            seats.append(PeerSeat(slot: slot, key: key, command: command, state: .reserved))
            slots.append(slot)
        }
        return slots
    }

    /// Gives back what was reserved for a configuration that came to nothing.
    mutating func release() { seats.removeAll { $0.state == .reserved } }

    private var freeSlot: PeerSlot? {
        let taken = Set(seats.map(\.slot.number))
        return (0..<PeerBoard.slotLimit).first { !taken.contains($0) }
            .map { PeerSlot(number: $0) }
    }

    /// Makes these commands the ones that run: starts what is new, rolls over what is changed, ends
    /// what is gone, and leaves the rest alone.
    mutating func adopt(_ commands: [ManagedCommand], at now: Int64) -> [Order] {
        guard !isStopping else { return [] }
        var orders: [Order] = []
        let wanted = commands.seats
        for index in seats.indices where seats[index].state != .leaving {
            guard let command = wanted.first(where: { $0.key == seats[index].key })?.command else {
                orders += dismiss(index, at: now)
                continue
            }
            let isSame = seats[index].command.runs(as: command)
            seats[index].command = command
            seats[index].state = .active
            if !isSame { orders += replace(index, at: now) }
        }
        return orders + fillVacancies() + rollNext(at: now)
    }

    /// Rolls over all peers.
    mutating func restartAll(at now: Int64) -> [Order] {
        guard !isStopping else { return [] }
        var orders: [Order] = []
        for index in seats.indices where seats[index].state == .active {
            orders += replace(index, at: now)
        }
        return orders + fillVacancies() + rollNext(at: now)
    }

    /// Ends everything; a second call does not wait any longer.
    mutating func stop(at now: Int64) -> [Order] {
        var orders: [Order] = []
        let isFirst = !isStopping
        isStopping = true
        rollQueue = []
        rolling = nil
        for index in seats.indices {
            seats[index].restartAt = nil
            for process in seats[index].processes.indices {
                if !isFirst {
                    orders += kill(process, in: index)
                } else if seats[index].processes[process].state != .terminated {
                    orders += terminate(process, in: index, at: now)
                }
            }
        }
        return orders
    }

    // MARK: Events

    /// Notes a process that was started.
    mutating func didStart(_ life: PeerLife, _ id: ProcessID, at now: Int64) -> [Order] {
        guard let index = index(of: life.slot) else { return [.signal(Signal.kill, id)] }
        seats[index].complaint = nil
        let deadline = now + seats[index].command.startTimeout
        seats[index].processes.append(
            PeerSeat.Process(
                id: id, incarnation: life.incarnation, startedAt: now,
                state: .starting(until: deadline), lookAt: now + Self.firstProbeStep))
        return [.log(.notice, "start peer \(seats[index].key), process \(id)")]
    }

    /// Notes that a process could not even be started.
    mutating func couldNotStart(
        _ life: PeerLife, reason: String, at now: Int64
    ) -> [Order] {
        guard let index = index(of: life.slot) else { return [] }
        let text = "peer \(seats[index].key) could not be started: \(reason)"
        if givesUpFirstStart, !seats.contains(where: \.hasServed) { return giveUp(text) }
        // Tried again and again, but said once.
        var orders: [Order] = seats[index].complaint == text ? [] : [.log(.alert, text)]
        seats[index].complaint = text
        orders += endRoll(of: seats[index].slot, failed: true)
        guard !isStopping, seats[index].servingIndex == nil else { return orders }
        seats[index].restartAt = now + max(1_000, seats[index].policy.delayAfterDeath(livedFor: 0))
        return orders
    }

    /// Notes that a process accepts connections.
    mutating func didAnswer(_ life: PeerLife, _ address: String, at now: Int64) -> [Order] {
        guard let index = index(of: life.slot),
            let process = seats[index].index(ofLife: life.incarnation),
            seats[index].processes[process].isStarting
        else { return [] }
        let old = seats[index].servingIndex
        seats[index].processes[process].state = .serving
        seats[index].hasServed = true
        seats[index].failedStarts = 0
        seats[index].published = life.incarnation
        let id = seats[index].processes[process].id
        var orders: [Order] = [
            .publish(life),
            .log(.notice, "peer \(seats[index].key), process \(id), accepts at \(address)"),
        ]
        if let old {
            drain(old, in: index, at: now, minimum: Self.drainMinimum)
        } else {
            orders += endRoll(of: life.slot, failed: false) + rollNext(at: now)
        }
        return orders
    }

    /// Notes the end of a process, if it was a peer.
    ///
    /// - Parameter lastWords: what it printed last on standard error.
    mutating func didEnd(
        _ id: ProcessID, reason: ExitReason, lastWords: [String] = [], at now: Int64
    ) -> [Order] {
        guard let index = seats.firstIndex(where: { $0.index(of: id) != nil }),
            let place = seats[index].index(of: id)
        else { return [] }
        let process = seats[index].processes.remove(at: place)
        var orders: [Order] = []
        if seats[index].published == process.incarnation {
            seats[index].published = nil
            orders.append(.withdraw(seats[index].slot))
        }
        orders.append(obituary(process, of: seats[index], reason, lastWords))
        if process.isHopeful { orders += replaceDead(process, in: index, reason, at: now) }
        orders += endRollIfSettled(index)
        if seats[index].state == .leaving, seats[index].processes.isEmpty {
            seats.remove(at: index)
        }
        return orders + fillVacancies() + rollNext(at: now)
    }

    // MARK: Changing seats

    /// A life that nothing has had before.
    mutating func nextLife(of slot: PeerSlot) -> PeerLife {
        lastIncarnation = lastIncarnation == .max ? 1 : lastIncarnation + 1
        return PeerLife(slot: slot, incarnation: lastIncarnation)
    }

    func index(of slot: PeerSlot) -> Int? { seats.firstIndex { $0.slot == slot } }

    /// Changes one seat.
    mutating func update<Result>(_ index: Int, _ body: (inout PeerSeat) -> Result) -> Result {
        body(&seats[index])
    }

    mutating func giveUp(_ text: String) -> [Order] {
        guard !hasGivenUp else { return [] }
        hasGivenUp = true
        return [.giveUp(text)]
    }
}
