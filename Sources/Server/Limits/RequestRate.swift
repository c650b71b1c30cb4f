// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How many requests a key has sent beyond its rate: nginx's leaky bucket, in a shared table.

internal import Memory
internal import OS

/// One `limit_req`.
///
/// Units: requests in thousandths.
struct RequestLimit: BitwiseCopyable, Sendable, Equatable {
    /// An index of `Site.zones`.
    let zone: Int
    let burst: Int
    let delay: Int
}

/// The requests of keys, in a table.
///
/// An entry has the time of the last request that was let through, what is in excess of the rate,
/// and when the key was last seen at all.
struct RequestRate: BitwiseCopyable {
    let table: ZoneTable
    /// Units: requests in 1000 seconds.
    let rate: Int

    /// What became of a request.
    ///
    /// Units: the excess is in thousandths of a request.
    enum Verdict: BitwiseCopyable, Equatable {
        case passed(excess: Int)
        case rejected(excess: Int)
        /// The table cannot be used.
        case unavailable
    }

    /// The most that an entry can say.
    static var excessLimit: Int { Int(UInt32.max) }

    /// Judges a request of a key.
    ///
    /// - Parameter counts: whether a request that passes is counted; another limit may still
    ///   refuse it.
    /// Spec: nginx ngx_http_limit_req_lookup: a request that is refused is not counted.
    func judge(_ key: ZoneKey, burst: Int, counts: Bool, at now: Instant) -> Verdict {
        guard table.lock(key) else { return .unavailable }
        defer { table.unlock(key) }
        let seconds = UInt32(truncatingIfNeeded: now.milliseconds / 1000)
        guard let place = table.place(of: key) else {
            if counts { enter(key, at: now, seconds) }
            return .passed(excess: 0)
        }
        table.setHalf(seconds, 1, place, key)
        let last = Instant(milliseconds: Int64(bitPattern: table.word(place, key)))
        let elapsed = Self.elapsed(since: last, now)
        let excess = max(0, decayed(Int(table.half(0, place, key)), by: elapsed) + 1000)
        if excess > burst { return .rejected(excess: excess) }
        if counts {
            table.setHalf(UInt32(clamping: excess), 0, place, key)
            if elapsed > 0 { table.setWord(UInt64(bitPattern: now.milliseconds), place, key) }
        }
        return .passed(excess: excess)
    }

    /// Makes an entry for a key that has none.
    private func enter(_ key: ZoneKey, at now: Instant, _ seconds: UInt32) {
        let place = table.emptyPlace(for: key) ?? oldestPlace(in: key, seconds)
        table.setWord(UInt64(bitPattern: now.milliseconds), place, key)
        table.setHalf(0, 0, place, key)
        table.setHalf(seconds, 1, place, key)
        table.take(place, for: key)
    }

    /// The place of the key that was not seen for the longest time.
    ///
    /// Spec: nginx drops the oldest entry when a zone is full.
    private func oldestPlace(in key: ZoneKey, _ seconds: UInt32) -> Int {
        var oldest = 0
        for place in 1..<ZoneTable.placeCount
        where seconds &- table.half(1, place, key) > seconds &- table.half(1, oldest, key) {
            oldest = place
        }
        return oldest
    }

    /// Spec: nginx: clocks of threads differ a little; a leap back by a minute is none of those.
    private static func elapsed(since last: Instant, _ now: Instant) -> Int64 {
        let elapsed = now - last
        return elapsed < -60_000 ? 1 : max(0, elapsed)
    }

    /// What is left of an excess after a time; may be below 0.
    private func decayed(_ excess: Int, by milliseconds: Int64) -> Int {
        let (product, isHuge) = rate.multipliedReportingOverflow(by: Int(milliseconds))
        return isHuge ? Int.min / 2 : excess - product / 1000
    }

    /// How long a request with so much in excess has to wait.
    ///
    /// Units: milliseconds.
    func delay(for excess: Int, allowing free: Int) -> Int {
        excess <= free ? 0 : (excess - free) * 1000 / max(1, rate)
    }
}
