// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Deadlines with a clock that the test moves.

import EventLoop
import OS
import Testing

/// A small generator whose numbers repeat, so that a failure can be run again.
private struct Repeatable: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

@Suite struct TimerWheelTests {
    private static let tick: Int64 = 16

    private func at(_ milliseconds: Int64) -> Instant { Instant(milliseconds: milliseconds) }

    /// Everything that is due.
    private func expire(_ wheel: inout TimerWheel, at now: Int64) -> [UInt32] {
        var ids: [UInt32] = []
        while let id = wheel.popExpired(now: at(now)) { ids.append(id) }
        return ids.sorted()
    }

    @Test(
        arguments: [
            1, 15, 16, 17, 1000, 1023, 1024, 1025, 65_000, 65_536, 75_000, 3_600_000, 86_400_000,
            30 * 86_400_000, 400 * 86_400_000,
        ] as [Int64])
    func `a deadline fires in time, whatever its distance`(distance: Int64) {
        for start: Int64 in [0, 7, 1_000_003, 123_456_789_012] {
            var wheel = TimerWheel(capacity: 4, now: at(start))
            wheel.arm(2, at: at(start + distance))
            let early = expire(&wheel, at: start + distance - 1)
            #expect(early == [])
            let due = expire(&wheel, at: start + distance + Self.tick)
            #expect(due == [2])
            let (count, isArmed) = (wheel.count, wheel.isArmed(2))
            #expect(count == 0)
            #expect(!isArmed)
        }
    }

    @Test func `a deadline in the past fires at once`() {
        var wheel = TimerWheel(capacity: 2, now: at(10_000))
        wheel.arm(0, at: at(5_000))
        let wait = wheel.nextDeadline(now: at(10_000))
        #expect(wait == 0)
        let due = expire(&wheel, at: 10_000)
        #expect(due == [0])
    }

    @Test func `a disarmed deadline does not fire`() {
        var wheel = TimerWheel(capacity: 3, now: at(0))
        for id: UInt32 in 0..<3 { wheel.arm(id, at: at(100)) }
        wheel.disarm(1)
        wheel.disarm(1)
        let due = expire(&wheel, at: 200)
        #expect(due == [0, 2])
        let wait = wheel.nextDeadline(now: at(200))
        #expect(wait == nil)
    }

    @Test func `the last armed time counts`() {
        var wheel = TimerWheel(capacity: 1, now: at(0))
        wheel.arm(0, at: at(100))
        wheel.arm(0, at: at(5_000))
        let count = wheel.count
        #expect(count == 1)
        let early = expire(&wheel, at: 4_000)
        #expect(early == [])
        wheel.arm(0, at: at(4_100))
        let due = expire(&wheel, at: 4_200)
        #expect(due == [0])
    }

    @Test func `what is not popped stays due`() {
        var wheel = TimerWheel(capacity: 10, now: at(0))
        for id: UInt32 in 0..<10 { wheel.arm(id, at: at(50)) }
        var popped: [UInt32] = []
        for _ in 0..<3 {
            if let id = wheel.popExpired(now: at(1000)) { popped.append(id) }
        }
        #expect(popped.count == 3)
        let wait = wheel.nextDeadline(now: at(1000))
        #expect(wait == 0)
        let rest = expire(&wheel, at: 1000)
        #expect(Set(rest + popped) == Set(0..<10))
    }

    @Test func `a due deadline can still be disarmed`() {
        var wheel = TimerWheel(capacity: 3, now: at(0))
        for id: UInt32 in 0..<3 { wheel.arm(id, at: at(50)) }
        let first = wheel.popExpired(now: at(1000))
        for id: UInt32 in 0..<3 where id != first { wheel.disarm(id) }
        let rest = expire(&wheel, at: 1000)
        #expect(rest == [])
    }

    @Test func `the far future never comes`() {
        var wheel = TimerWheel(capacity: 1, now: at(0))
        wheel.arm(0, at: .distantFuture)
        let due = expire(&wheel, at: 1 << 50)
        #expect(due == [])
        let wait = wheel.nextDeadline(now: at(1 << 50))
        #expect(wait != nil)
    }

    @Test func `a clock that stands or goes back does no harm`() {
        var wheel = TimerWheel(capacity: 1, now: at(1000))
        wheel.arm(0, at: at(1100))
        let none = expire(&wheel, at: 500)
        #expect(none == [])
        let due = expire(&wheel, at: 1200)
        #expect(due == [0])
    }

    @Test func `sleeping as told never oversleeps`() {
        var wheel = TimerWheel(capacity: 1, now: at(3))
        wheel.arm(0, at: at(7_654_321))
        var now: Int64 = 3
        var wakeUps = 0
        while wheel.isArmed(0) {
            guard let wait = wheel.nextDeadline(now: at(now)) else { break }
            now += Int64(wait)
            wakeUps += 1
            _ = expire(&wheel, at: now)
        }
        #expect(now >= 7_654_321)
        #expect(now < 7_654_321 + Self.tick)
        // Once for each level on the way.
        #expect(wakeUps <= 5)
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `it agrees with a sorted list`(seed: UInt64) {
        var random = Repeatable(state: seed)
        var now = Int64.random(in: 0...1 << 40, using: &random)
        var wheel = TimerWheel(capacity: 200, now: at(now))
        var model: [UInt32: Int64] = [:]
        for _ in 0..<20_000 {
            let id = UInt32.random(in: 0..<200, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<6:
                let magnitude = Int64.random(in: 0..<28, using: &random)
                let deadline = now + Int64.random(in: -20...1 << magnitude, using: &random)
                wheel.arm(id, at: at(deadline))
                model[id] = deadline
            case 6..<8:
                wheel.disarm(id)
                model[id] = nil
            default:
                let wait = wheel.nextDeadline(now: at(now))
                if let earliest = model.values.min() {
                    // Never sleeps past the tick of the earliest deadline.
                    #expect((wait ?? .max) <= max(0, earliest + Self.tick - now))
                } else {
                    #expect(wait == nil)
                }
                let step = Int64.random(in: 0..<22, using: &random)
                now += Int64.random(in: 0...1 << step, using: &random)
                let due = expire(&wheel, at: now)
                for id in due {
                    #expect(model.removeValue(forKey: id).map { $0 <= now } == true)
                }
                #expect(model.values.allSatisfy { $0 > now - Self.tick })
            }
            let count = wheel.count
            #expect(count == model.count)
        }
    }
}
