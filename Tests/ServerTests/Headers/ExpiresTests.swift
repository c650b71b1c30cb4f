// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What `expires` says, as numbers.

import Testing

@testable import Server

@Suite struct ExpiresTests {
    private static let day = 86_400
    /// 2023-11-14 22:13:20 UTC.
    private static let now = 1_700_000_000

    @Test(arguments: [
        ("epoch", Expires.epoch), ("max", .max), ("off", .off), ("0", .accessed(0)),
        ("2048", .accessed(2048)), ("+2048", .accessed(2048)), ("-2048", .accessed(-2048)),
        ("1y", .accessed(365 * day)), ("1h 30m", .accessed(5400)), ("-1h30m", .accessed(-5400)),
        ("@0", .daily(0)), ("@15h30m33s", .daily(55_833)), ("@24h", .daily(day)),
    ])
    func `a value is a time or a word`(_ text: String, _ expected: Expires) throws {
        #expect(try Expires.parse(bytes(text), isModified: false) == expected)
    }

    @Test(arguments: [
        ("2048", Expires.modified(2048)), ("-1", .modified(-1)), ("1d", .modified(day)),
    ])
    func `a value may count from the change of the file`(
        _ text: String, _ expected: Expires
    ) throws {
        #expect(try Expires.parse(bytes(text), isModified: true) == expected)
    }

    @Test(arguments: [
        ("", false, Expires.Flaw.invalid), ("bad", false, .invalid), ("-", false, .invalid),
        ("@", false, .invalid), ("@-1h", false, .invalid), ("--1", false, .invalid),
        ("5ms", false, .invalid), ("99999999999999999999", false, .invalid),
        ("@25h", false, .longerThanADay), ("epoch", true, .invalid), ("max", true, .invalid),
        ("off", true, .invalid), ("@1h", true, .dailyAndModified),
    ])
    func `a value that is none is refused`(
        _ text: String, _ isModified: Bool, _ flaw: Expires.Flaw
    ) {
        #expect(throws: flaw) { try Expires.parse(bytes(text), isModified: isModified) }
    }

    @Test(arguments: [
        (Expires.epoch, 1, nil as Int?), (.max, 2_145_916_555, 315_360_000),
        (.accessed(0), now, 0), (.accessed(60), now + 60, 60), (.accessed(-60), now - 60, nil),
        (.modified(60), now - 40, nil), (.modified(160), now + 60, 60),
        (.modified(100), now, 0), (.modified(0), now, 0), (.modified(-1), now - 101, nil),
    ])
    func `an answer is good until a moment`(_ rule: Expires, _ end: Int, _ age: Int?) {
        let freshness = rule.freshness(at: Self.now, modified: Self.now - 100) { _ in 0 }
        #expect(freshness == Freshness(expiresAt: end, maxAge: age))
    }

    @Test func `without a time of change it counts from the answer`() {
        let freshness = Expires.modified(60).freshness(at: Self.now, modified: nil) { _ in 0 }
        #expect(freshness == Freshness(expiresAt: Self.now + 60, maxAge: 60))
    }

    @Test(arguments: [Expires.off, .variable(isModified: true)])
    func `what says nothing adds nothing`(_ rule: Expires) {
        #expect(rule.freshness(at: Self.now, modified: nil) { _ in 0 } == nil)
    }

    // 22:13:20 UTC is 80 000 seconds into the day.
    @Test(arguments: [
        (80_001, 0, 1), (80_000, 0, day), (79_999, 0, day - 1), (0, 0, 6400), (day, 0, 6400),
        // 23:13:20 there.
        (83_600, 3600, day), (83_601, 3600, 1),
        // 14:13:20 there.
        (51_201, -28_800, 1),
    ])
    func `a time of the day is the next one, by the local clock`(
        _ time: Int, _ offset: Int, _ age: Int
    ) {
        let freshness = Expires.daily(time).freshness(at: Self.now, modified: nil) { _ in offset }
        #expect(freshness == Freshness(expiresAt: Self.now + age, maxAge: age))
    }

    @Test func `clocks that are put back meanwhile are allowed for`() {
        // An hour more until seven, for at three it is two again.
        let freshness = Expires.daily(25_200).freshness(at: Self.now, modified: nil) {
            $0 < Self.now + 10_000 ? 7200 : 3600
        }
        let simple = Expires.daily(25_200).freshness(at: Self.now, modified: nil) { _ in 7200 }
        #expect(freshness?.maxAge == simple?.maxAge.map { $0 + 3600 })
    }

    @Test(arguments: [Int.max, Int.min])
    func `a file from the end of time does no harm`(_ modified: Int) {
        #expect(Expires.modified(60).freshness(at: Self.now, modified: modified) { _ in 0 } != nil)
    }
}
