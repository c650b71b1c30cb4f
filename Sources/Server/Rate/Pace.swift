// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How many bytes may pass at a given moment.
//
// It counts and compares; what waits, and for whom, is the business of others.

internal import OS

/// The pace of one response: so many bytes a second, after a first part that goes as it can.
///
/// Spec: nginx `limit_rate`: counted from the start of the request, one second's bytes at once,
///       and a rest as long as those bytes were worth.
struct Pace: BitwiseCopyable, Equatable {
    /// Units: bytes a second; 0 for no limit.
    private(set) var rate = 0
    /// How many bytes are free.
    private var freeCount = 0
    private var startedAt = Instant(milliseconds: 0)
    /// When what was sent last has been paid for.
    private var restsUntil = Instant(milliseconds: 0)

    /// No limit.
    init() {}

    init(rate: Int, after freeCount: Int, from start: Instant) {
        self.rate = rate
        self.freeCount = freeCount
        startedAt = start
        restsUntil = start
    }

    /// Whether there is a limit.
    var isOn: Bool { rate > 0 }

    /// How many bytes may follow those that have passed; 0 for none yet.
    func allowance(after passedCount: Int, at now: Instant) -> Int {
        guard isOn else { return .max }
        return now < restsUntil ? 0 : max(0, balance(passedCount, now))
    }

    /// When the next byte may pass; nil for now.
    func pause(after passedCount: Int, at now: Instant) -> Instant? {
        guard isOn else { return nil }
        if now < restsUntil { return restsUntil }
        let balance = balance(passedCount, now)
        guard balance <= 0 else { return nil }
        return now + Self.milliseconds(-balance, rate) + 1
    }

    /// Takes note that bytes have passed: the next ones wait for as long as these were worth.
    mutating func note(_ byteCount: Int, upTo passedCount: Int, at now: Instant) {
        guard isOn else { return }
        let counted = min(byteCount, max(0, passedCount - freeCount))
        let rest = Self.milliseconds(counted, rate)
        if rest > 0 { restsUntil = now + rest }
    }

    /// What may have passed by now, less what has.
    private func balance(_ passedCount: Int, _ now: Instant) -> Int {
        let elapsed = Int(max(0, now - startedAt)) + 1000
        let (product, isHuge) = rate.multipliedReportingOverflow(by: elapsed)
        let (sum, isLarge) = (product / 1000).addingReportingOverflow(freeCount)
        return isHuge || isLarge ? .max : sum - passedCount
    }

    /// How long a number of bytes takes.
    private static func milliseconds(_ byteCount: Int, _ rate: Int) -> Int64 {
        let (product, isHuge) = byteCount.multipliedReportingOverflow(by: 1000)
        return Int64(isHuge ? byteCount / rate * 1000 : product / rate)
    }
}
