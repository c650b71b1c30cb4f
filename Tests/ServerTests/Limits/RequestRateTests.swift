// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The arithmetic of `limit_req`, with times that are given.

import OS
import Testing

@testable import Server

@Suite struct RequestRateTests {
    private typealias Verdict = RequestRate.Verdict

    /// Requests under a rate and a burst.
    ///
    /// Units: thousandths of requests. The numbers are those of nginx, worked out by hand.
    struct Row: Sendable {
        /// When it comes, its excess, and whether it passes.
        typealias Request = (time: Int64, excess: Int, passes: Bool)

        let rate: Int
        let burst: Int
        let requests: [Request]

        init(_ rate: Int, _ burst: Int, _ requests: [Request]) {
            (self.rate, self.burst, self.requests) = (rate, burst, requests)
        }
    }

    private static let rows: [Row] = [
        // One in a second, and nothing beyond.
        Row(1000, 0, [(0, 0, true), (0, 1000, false), (500, 500, false), (1000, 0, true)]),
        Row(1000, 0, [(0, 0, true), (999, 1, false), (1000, 0, true), (1999, 1, false)]),
        // A burst of two fills, and drains with the rate.
        Row(1000, 2000, [(0, 0, true), (0, 1000, true), (0, 2000, true), (0, 3000, false)]),
        Row(1000, 1000, [(0, 0, true), (0, 1000, true), (500, 1500, false), (1500, 500, true)]),
        // Thirty in a minute.
        Row(500, 1000, [(0, 0, true), (1000, 500, true), (1000, 1500, false), (2000, 1000, true)]),
        // What is refused counts for nothing.
        Row(1000, 1000, [(0, 0, true), (0, 1000, true), (1, 1999, false), (1000, 1000, true)]),
        // Fractions are cut off, as integers are.
        Row(3000, 0, [(0, 0, true), (333, 1, false), (334, 0, true)]),
        // A rate beyond what can be multiplied.
        Row(1_000_000_000_000, 0, [(0, 0, true), (1 << 40, 0, true), (1 << 40, 1000, false)]),
    ]

    @Test(arguments: rows)
    func `an excess grows by one for each request and shrinks with time`(_ row: Row) throws {
        let zone = try SharedZone()
        let rate = RequestRate(table: zone.one, rate: row.rate)
        for (number, request) in row.requests.enumerated() {
            let verdict = rate.judge(
                zone.key("a"), burst: row.burst, counts: true, at: Self.instant(request.time))
            let expected: Verdict =
                request.passes ? .passed(excess: request.excess) : .rejected(excess: request.excess)
            #expect(verdict == expected, "request \(number)")
        }
    }

    private static func instant(_ milliseconds: Int64) -> Instant {
        Instant(milliseconds: 1_000_000 + milliseconds)
    }

    @Test(arguments: [
        (1000, 1000, 0, 1000), (500, 1000, 0, 2000), (1000, 0, 0, 0), (2000, 2500, 1000, 750),
        (1000, 1000, 1000, 0), (1000, 999, 1000, 0), (3000, 1000, 0, 333),
        (1000, 4_294_967_000, .max, 0), (0, 1, 0, 1000),
    ])
    func `what is in excess waits as long as it takes to drain`(
        _ rate: Int, _ excess: Int, _ free: Int, _ expected: Int
    ) throws {
        let rate = RequestRate(table: try SharedZone().one, rate: rate)
        #expect(rate.delay(for: excess, allowing: free) == expected)
    }

    @Test func `a request that is only asked about is not counted`() throws {
        let zone = try SharedZone()
        let (one, other) = (
            RequestRate(table: zone.one, rate: 1000), RequestRate(table: zone.other, rate: 1000)
        )
        let (key, now) = (zone.key("a"), Self.instant(0))
        #expect(one.judge(key, burst: 0, counts: false, at: now) == .passed(excess: 0))
        #expect(one.judge(key, burst: 0, counts: true, at: now) == .passed(excess: 0))
        #expect(other.judge(key, burst: 1000, counts: false, at: now) == .passed(excess: 1000))
        #expect(other.judge(key, burst: 1000, counts: true, at: now) == .passed(excess: 1000))
        #expect(one.judge(key, burst: 1000, counts: true, at: now) == .rejected(excess: 2000))
        #expect(one.judge(zone.key("b"), burst: 0, counts: true, at: now) == .passed(excess: 0))
    }

    @Test(arguments: [(-1, 1000), (-60_000, 1000), (-60_001, 999)] as [(Int64, Int)])
    func `clocks that differ a little give nothing back`(_ leap: Int64, _ excess: Int) throws {
        let zone = try SharedZone()
        let rate = RequestRate(table: zone.one, rate: 1000)
        _ = rate.judge(zone.key("a"), burst: 0, counts: true, at: Self.instant(0))
        let verdict = rate.judge(zone.key("a"), burst: 0, counts: true, at: Self.instant(leap))
        #expect(verdict == .rejected(excess: excess))
    }

    @Test func `a full bucket drops the key that was not seen for the longest time`() throws {
        let zone = try SharedZone()
        let rate = RequestRate(table: zone.one, rate: 1)
        func judge(_ key: Int, after seconds: Int) -> Verdict {
            rate.judge(
                zone.key("\(key)"), burst: 0, counts: true,
                at: Self.instant(Int64(seconds) * 1000))
        }
        for key in 0..<ZoneTable.placeCount {
            #expect(judge(key, after: key) == .passed(excess: 0))
        }
        // A refused request is seen too.
        #expect(judge(0, after: 40) == .rejected(excess: 960))
        #expect(judge(1000, after: 41) == .passed(excess: 0))
        #expect(judge(0, after: 42) == .rejected(excess: 958))
        #expect(judge(2, after: 42) == .rejected(excess: 960))
        #expect(judge(1, after: 42) == .passed(excess: 0))
    }

    @Test func `an excess has a limit`() throws {
        let zone = try SharedZone()
        let rate = RequestRate(table: zone.one, rate: 1000)
        let (key, now) = (zone.key("a"), Self.instant(0))
        _ = rate.judge(key, burst: 0, counts: true, at: now)
        let place = try #require(zone.one.place(of: key))
        zone.one.setHalf(.max, 0, place, key)
        let most = RequestRate.excessLimit + 1000
        for _ in 0..<2 {
            #expect(rate.judge(key, burst: .max, counts: true, at: now) == .passed(excess: most))
        }
    }

    @Test func `a bucket that somebody holds cannot be used`() throws {
        let zone = try SharedZone()
        let key = zone.key("a")
        #expect(zone.other.lock(key))
        let rate = RequestRate(table: zone.one, rate: 1000)
        #expect(rate.judge(key, burst: 0, counts: true, at: Self.instant(0)) == .unavailable)
    }
}
