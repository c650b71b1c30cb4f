// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is known of each name, for how long it holds, and who waits for it. Pure: asks nobody.

internal import Memory
internal import OS

/// What came of one question.
struct Answer {
    enum Outcome {
        /// Never without an address. The TTL is nil if the answer comes from /etc/hosts.
        case found([CompactAddress], ttlSeconds: Int64?)
        case failed(ResolutionFailure)
    }

    let name: QueryName
    let outcome: Outcome
}

/// The names that were asked for, and their answers.
///
/// Invariant: `askedCount` and `waiterCount` are the sums over all names; only names that are being
///            asked for have waiters.
struct NameCache {
    /// What is known of one name.
    private struct Entry {
        var addresses: [CompactAddress] = []
        /// The end of the answer's validity; of no meaning without addresses.
        var freshUntil = Instant(milliseconds: .min)
        /// What the last question failed with; nil if it did not.
        var failure: ResolutionFailure?
        /// Not to be asked for again before.
        var nextQuestion = Instant(milliseconds: .min)
        var isAsked = false
        var waiters: [SlotID] = []
    }

    private let limits: ResolverLimits
    private var entries: [QueryName: Entry] = [:]

    /// How many names are being asked for.
    private(set) var askedCount = 0

    /// How many wait, over all names.
    private(set) var waiterCount = 0

    init(limits: ResolverLimits) { self.limits = limits }

    var count: Int { entries.count }

    /// Says whether `name` has to be asked for now, and counts it as asked for if so.
    mutating func beginQuestion(_ name: QueryName, now: Instant) -> Bool {
        if let entry = entries[name] {
            guard !entry.isAsked, now >= entry.nextQuestion else { return false }
        } else {
            guard makeRoom() else { return false }
        }
        entries[name, default: Entry()].isAsked = true
        askedCount += 1
        return true
    }

    /// What to tell somebody who needs `name`; remembers the waiter if that is to wait.
    mutating func resolution(
        of name: QueryName, waiter: SlotID, now: Instant
    ) -> Resolution {
        guard let entry = entries[name] else { return .failed(.tooManyQuestions) }
        if isUsable(entry, now: now) { return .addresses(entry.addresses) }
        guard entry.isAsked else { return .failed(entry.failure ?? .noAddress) }
        guard waiterCount < limits.waiterLimit else { return .failed(.tooManyQuestions) }
        entries[name]?.waiters.append(waiter)
        waiterCount += 1
        return .pending
    }

    /// Ends a question; appends those who waited for it to `finished`.
    mutating func record(_ answer: Answer, now: Instant, finished: inout [SlotID]) {
        guard var entry = entries[answer.name], entry.isAsked else { return }
        switch answer.outcome {
        case .found(let addresses, let ttlSeconds):
            entry.addresses = Array(addresses.prefix(limits.addressLimit))
            entry.failure = nil
            entry.freshUntil = now + validity(ttlSeconds)
            entry.nextQuestion = entry.freshUntil
        case .failed(let failure):
            if failure == .notFound { entry.addresses = [] }
            entry.failure = failure
            entry.nextQuestion = now + limits.failureValidity
        }
        finished += entry.waiters
        waiterCount -= entry.waiters.count
        askedCount -= 1
        entry.waiters = []
        entry.isAsked = false
        entries[answer.name] = entry
    }

    private func isUsable(_ entry: Entry, now: Instant) -> Bool {
        let grace = entry.failure == nil ? limits.refreshGrace : limits.staleness
        return !entry.addresses.isEmpty && now < entry.freshUntil + grace
    }

    private func validity(_ ttlSeconds: Int64?) -> Int64 {
        guard let ttlSeconds else { return limits.hostsValidity }
        if let fixed = limits.fixedValidity { return fixed }
        let (milliseconds, overflow) = ttlSeconds.multipliedReportingOverflow(by: 1_000)
        return overflow
            ? limits.longestValidity
            : min(max(milliseconds, limits.shortestValidity), limits.longestValidity)
    }

    /// Forgets the name that would be asked for again first, if there are too many.
    ///
    /// Cost: O(names), but only for a new name in a full cache, which costs a question anyway.
    private mutating func makeRoom() -> Bool {
        guard entries.count >= limits.nameLimit else { return true }
        let oldest = entries.filter { !$0.value.isAsked }
            .min { $0.value.nextQuestion < $1.value.nextQuestion }
        guard let oldest else { return false }
        entries[oldest.key] = nil
        return true
    }
}
