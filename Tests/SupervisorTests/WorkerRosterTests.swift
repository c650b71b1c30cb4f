// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Courses of events, and the orders that follow. No processes, no waiting.

import OS
import Testing

@testable import Supervisor

@Suite struct WorkerRosterTests {
    private static let first = ProcessID(rawValue: 101)
    private static let second = ProcessID(rawValue: 102)
    private static let third = ProcessID(rawValue: 103)
    private static let crash = ExitReason.signalled(4, dumpedCore: false)

    /// A roster whose first generation serves with `first`, since time 0.
    private static func serving(shutdownTimeout: Int64 = 0) -> WorkerRoster {
        var roster = WorkerRoster()
        roster.shutdownTimeout = shutdownTimeout
        _ = roster.begin(generation: 1)
        roster.didStart(first, generation: 1, at: 0)
        _ = roster.didBecomeReady(first, at: 5)
        return roster
    }

    /// The orders without what is only told.
    private func acts(_ orders: [WorkerRoster.Order]) -> [WorkerRoster.Order] {
        orders.filter { if case .log = $0 { false } else { true } }
    }

    private func lines(_ orders: [WorkerRoster.Order]) -> [String] {
        orders.compactMap { if case .log(_, let text) = $0 { text } else { nil } }
    }

    // MARK: Start

    @Test func `the first worker's readiness makes its generation the active one`() {
        var roster = WorkerRoster()
        #expect(roster.begin(generation: 1) == [.start(generation: 1)])
        roster.didStart(Self.first, generation: 1, at: 0)
        #expect(!roster.canReload)
        #expect(roster.didBecomeReady(Self.first, at: 5) == [.adopt(generation: 1)])
        #expect(roster.active == 1)
        #expect(roster.canReload)
        #expect(roster.nextDeadline == nil)
    }

    @Test func `a first worker that dies before it is ready ends the start`() {
        var roster = WorkerRoster()
        _ = roster.begin(generation: 1)
        roster.didStart(Self.first, generation: 1, at: 0)
        let orders = roster.didEnd(Self.first, reason: .exited(1), at: 5)
        #expect(acts(orders) == [.drop(generation: 1), .finish(code: 1)])
        #expect(lines(orders) == ["worker process 101 exited with code 1"])
    }

    @Test func `a first worker that cannot be started ends the start`() {
        var roster = WorkerRoster()
        _ = roster.begin(generation: 1)
        let orders = roster.couldNotStart(generation: 1, reason: "11: why", at: 0)
        #expect(acts(orders) == [.drop(generation: 1), .finish(code: 1)])
        #expect(lines(orders) == ["could not start a worker process (11: why)"])
    }

    @Test func `a first worker that never gets ready is killed, which ends the start`() {
        var roster = WorkerRoster()
        _ = roster.begin(generation: 1)
        roster.didStart(Self.first, generation: 1, at: 0)
        #expect(roster.nextDeadline == 30_000)
        #expect(roster.advance(to: 29_999).isEmpty)
        #expect(acts(roster.advance(to: 30_000)) == [.signal(Signal.kill, Self.first)])
        #expect(roster.advance(to: 40_000).isEmpty)
        let orders = roster.didEnd(
            Self.first, reason: .signalled(9, dumpedCore: false), at: 40_001)
        #expect(acts(orders) == [.drop(generation: 1), .finish(code: 1)])
    }

    // MARK: Death

    @Test func `a worker that dies is replaced at once, and nobody else is told`() {
        var roster = Self.serving()
        let orders = roster.didEnd(Self.first, reason: Self.crash, at: 60_000)
        #expect(
            orders == [
                .log(.alert, "worker process 101 exited on signal 4"), .start(generation: 1),
            ])
        roster.didStart(Self.second, generation: 1, at: 60_001)
        #expect(roster.didBecomeReady(Self.second, at: 60_005).isEmpty)
        #expect(roster.canReload)
    }

    @Test func `a core file is mentioned`() {
        var roster = Self.serving()
        let orders = roster.didEnd(
            Self.first, reason: .signalled(11, dumpedCore: true), at: 60_000)
        #expect(lines(orders) == ["worker process 101 exited on signal 11 (core dumped)"])
    }

    @Test func `a worker that keeps dying is started ever later`() {
        var roster = Self.serving()
        var now: Int64 = 10
        var delays: [Int64] = []
        var current = Self.first
        for number in 0..<5 {
            let orders = acts(roster.didEnd(current, reason: Self.crash, at: now))
            if let deadline = roster.nextDeadline {
                #expect(orders.isEmpty)
                delays.append(deadline - now)
                #expect(roster.advance(to: deadline - 1).isEmpty)
                #expect(roster.advance(to: deadline) == [.start(generation: 1)])
                now = deadline
            } else {
                #expect(orders == [.start(generation: 1)])
                delays.append(0)
            }
            current = ProcessID(rawValue: 200 + Int32(number))
            roster.didStart(current, generation: 1, at: now)
            now += 10
        }
        #expect(delays == [0, 100, 200, 400, 800])
    }

    @Test func `the end of a process that is no worker means nothing`() {
        var roster = Self.serving()
        #expect(roster.didEnd(Self.third, reason: .exited(0), at: 10).isEmpty)
        #expect(roster.workers.map(\.id) == [Self.first])
    }

    // MARK: Reload

    @Test func `a reload starts the new worker first, and lets the old one drain after`() {
        var roster = Self.serving(shutdownTimeout: 10_000)
        #expect(roster.begin(generation: 2) == [.start(generation: 2)])
        roster.didStart(Self.second, generation: 2, at: 100)
        #expect(!roster.canReload)
        #expect(
            roster.didBecomeReady(Self.second, at: 110) == [
                .adopt(generation: 2), .signal(Signal.hangUp, Self.first),
            ])
        #expect(roster.canReload)
        #expect(roster.nextDeadline == 11_110)
        #expect(acts(roster.didEnd(Self.first, reason: .exited(0), at: 200)).isEmpty)
        #expect(roster.nextDeadline == nil)
    }

    @Test func `an old worker that drains for too long is killed`() {
        var roster = Self.serving(shutdownTimeout: 10_000)
        _ = roster.begin(generation: 2)
        roster.didStart(Self.second, generation: 2, at: 100)
        _ = roster.didBecomeReady(Self.second, at: 110)
        #expect(acts(roster.advance(to: 11_110)) == [.signal(Signal.kill, Self.first)])
        let orders = roster.didEnd(
            Self.first, reason: .signalled(9, dumpedCore: false), at: 11_111)
        #expect(acts(orders).isEmpty)
    }

    @Test func `without a shutdown timeout an old worker may drain for ever`() {
        var roster = Self.serving()
        _ = roster.begin(generation: 2)
        roster.didStart(Self.second, generation: 2, at: 100)
        _ = roster.didBecomeReady(Self.second, at: 110)
        #expect(roster.nextDeadline == nil)
    }

    @Test func `a new worker that dies before it is ready changes nothing`() {
        var roster = Self.serving()
        _ = roster.begin(generation: 2)
        roster.didStart(Self.second, generation: 2, at: 100)
        let orders = roster.didEnd(Self.second, reason: .exited(1), at: 110)
        #expect(acts(orders) == [.drop(generation: 2)])
        #expect(roster.active == 1)
        #expect(roster.canReload)
        #expect(roster.workers.map(\.state) == [.serving])
    }

    @Test func `a new worker that never gets ready is killed, which changes nothing`() {
        var roster = Self.serving()
        _ = roster.begin(generation: 2)
        roster.didStart(Self.second, generation: 2, at: 100)
        #expect(acts(roster.advance(to: 30_100)) == [.signal(Signal.kill, Self.second)])
        let orders = roster.didEnd(
            Self.second, reason: .signalled(9, dumpedCore: false), at: 30_101)
        #expect(acts(orders) == [.drop(generation: 2)])
        #expect(roster.active == 1)
    }

    @Test func `an old worker that dies during a reload is replaced, then drains`() {
        var roster = Self.serving()
        _ = roster.begin(generation: 2)
        roster.didStart(Self.second, generation: 2, at: 5_000)
        #expect(
            acts(roster.didEnd(Self.first, reason: Self.crash, at: 5_001))
                == [.start(generation: 1)])
        roster.didStart(Self.third, generation: 1, at: 5_002)
        // The replacement is not ready yet, so a gentle signal could not reach it.
        #expect(
            roster.didBecomeReady(Self.second, at: 5_010) == [
                .adopt(generation: 2), .signal(Signal.terminate, Self.third),
            ])
        #expect(roster.didBecomeReady(Self.third, at: 5_011).isEmpty)
        #expect(acts(roster.didEnd(Self.third, reason: .exited(0), at: 5_012)).isEmpty)
    }

    @Test func `a restart that waits is given up when a new generation serves`() {
        var roster = Self.serving()
        _ = roster.didEnd(Self.first, reason: Self.crash, at: 10)
        roster.didStart(Self.second, generation: 1, at: 10)
        _ = roster.didEnd(Self.second, reason: Self.crash, at: 20)
        #expect(roster.nextDeadline == 120)
        _ = roster.begin(generation: 2)
        roster.didStart(Self.third, generation: 2, at: 30)
        #expect(roster.didBecomeReady(Self.third, at: 40) == [.adopt(generation: 2)])
        #expect(roster.advance(to: 1_000).isEmpty)
    }

    // MARK: Logs

    @Test func `logs are opened again by those that can be told, and by the others when they can`()
    {
        var roster = Self.serving()
        _ = roster.begin(generation: 2)
        roster.didStart(Self.second, generation: 2, at: 100)
        #expect(roster.reopenLogs(at: 101) == [.signal(Signal.user1, Self.first)])
        #expect(
            roster.didBecomeReady(Self.second, at: 110) == [
                .signal(Signal.user1, Self.second), .adopt(generation: 2),
                .signal(Signal.hangUp, Self.first),
            ])
    }

    // MARK: Stop

    @Test func `a fast stop terminates, and kills after a while`() {
        var roster = Self.serving()
        let orders = roster.stop(gracefully: false, at: 1_000)
        #expect(orders == [.signal(Signal.terminate, Self.first)])
        #expect(acts(roster.advance(to: 6_000)) == [.signal(Signal.kill, Self.first)])
        let end = roster.didEnd(Self.first, reason: .signalled(9, dumpedCore: false), at: 6_001)
        #expect(acts(end) == [.finish(code: 0)])
    }

    @Test func `a graceful stop waits as long as it is allowed to`() {
        var roster = Self.serving(shutdownTimeout: 2_000)
        #expect(roster.stop(gracefully: true, at: 0) == [.signal(Signal.quit, Self.first)])
        #expect(roster.nextDeadline == 3_000)
        var patient = Self.serving()
        _ = patient.stop(gracefully: true, at: 0)
        #expect(patient.nextDeadline == nil)
        #expect(
            acts(patient.didEnd(Self.first, reason: .exited(0), at: 9)) == [.finish(code: 0)])
    }

    @Test func `a fast stop overtakes a graceful one`() {
        var roster = Self.serving()
        _ = roster.stop(gracefully: true, at: 0)
        #expect(
            roster.stop(gracefully: false, at: 10) == [.signal(Signal.terminate, Self.first)])
        #expect(roster.nextDeadline == 5_010)
    }

    @Test func `a graceful stop does not take back a fast one`() {
        var roster = Self.serving()
        _ = roster.stop(gracefully: false, at: 0)
        _ = roster.stop(gracefully: true, at: 10)
        #expect(roster.nextDeadline == 5_000)
    }

    @Test func `a stop ends draining workers and new ones, too`() {
        var roster = Self.serving()
        _ = roster.begin(generation: 2)
        roster.didStart(Self.second, generation: 2, at: 10)
        _ = roster.didBecomeReady(Self.second, at: 20)
        _ = roster.begin(generation: 3)
        roster.didStart(Self.third, generation: 3, at: 30)
        #expect(
            roster.stop(gracefully: true, at: 40) == [
                .signal(Signal.quit, Self.first), .signal(Signal.quit, Self.second),
                .signal(Signal.terminate, Self.third),
            ])
        #expect(roster.didBecomeReady(Self.third, at: 41).isEmpty)
        #expect(acts(roster.didEnd(Self.third, reason: .exited(0), at: 42)).isEmpty)
        #expect(acts(roster.didEnd(Self.first, reason: .exited(0), at: 43)).isEmpty)
        #expect(
            acts(roster.didEnd(Self.second, reason: .exited(0), at: 44)) == [.finish(code: 0)])
    }

    @Test func `a stop while nobody lives ends at once`() {
        var roster = Self.serving()
        _ = roster.didEnd(Self.first, reason: Self.crash, at: 10)
        #expect(roster.stop(gracefully: true, at: 11) == [.finish(code: 0)])
        #expect(roster.advance(to: 10_000).isEmpty)
    }
}
