// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How many bytes may pass at a given moment.

import OS
import Testing

@testable import Server

@Suite struct PaceTests {
    private static let start = Instant(milliseconds: 5_000)

    @Test func `without a rate everything may pass`() {
        let pace = Pace()
        #expect(!pace.isOn)
        #expect(pace.allowance(after: 1 << 40, at: Self.start) == .max)
        #expect(pace.pause(after: 1 << 40, at: Self.start) == nil)
    }

    @Test func `each second has its bytes, and the free ones come first`() {
        var pace = Pace(rate: 1000, after: 500, from: Self.start)
        var passed = 0
        var times: [Int64] = []
        var counts: [Int] = []
        var now = Self.start
        while passed < 4000 {
            if let pause = pace.pause(after: passed, at: now) {
                #expect(pause > now)
                now = pause
                continue
            }
            let count = min(pace.allowance(after: passed, at: now), 4000 - passed)
            passed += count
            pace.note(count, upTo: passed, at: now)
            times.append(now - Self.start)
            counts.append(count)
        }
        #expect(counts == [1500, 1000, 1000, 500])
        #expect(times == [0, 1000, 2000, 3000])
    }

    @Test func `who was held up elsewhere may catch up`() {
        let pace = Pace(rate: 1000, after: 0, from: Self.start)
        #expect(pace.allowance(after: 0, at: Self.start + 9_000) == 10_000)
    }

    @Test func `who has sent too much waits until it was worth it`() {
        let pace = Pace(rate: 1000, after: 0, from: Self.start)
        #expect(pace.pause(after: 3000, at: Self.start) == Self.start + 2001)
        #expect(pace.allowance(after: 3000, at: Self.start) == 0)
    }

    @Test func `a rest shorter than a millisecond is none`() {
        var pace = Pace(rate: 1 << 30, after: 0, from: Self.start)
        pace.note(1000, upTo: 1000, at: Self.start)
        #expect(pace.pause(after: 1000, at: Self.start) == nil)
    }

    @Test(arguments: [Int.max, 1 << 62, 1 << 55])
    func `a huge rate is no limit, and no trap`(_ rate: Int) {
        var pace = Pace(rate: rate, after: rate, from: Self.start)
        pace.note(.max, upTo: .max, at: Self.start)
        #expect(pace.allowance(after: 1 << 40, at: Self.start + 600_000) > 1 << 50)
    }
}
