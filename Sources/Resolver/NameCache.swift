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
        /// Never without an endpoint.
        case offered([ServiceEndpoint], ttlSeconds: Int64)
        case failed(ResolutionFailure)
    }

    let question: Question
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
        /// What is known of a service.
        var endpoints: [ServiceEndpoint] = []
        /// How long the last answer held.
        var validity: Int64 = 0
        /// The end of the answer's validity; of no meaning without addresses.
        var freshUntil = Instant(milliseconds: .min)
        /// What the last question failed with; nil if it did not.
        var failure: ResolutionFailure?
        /// Not to be asked for again before.
        var nextQuestion = Instant(milliseconds: .min)
        var isAsked = false
        var waiters: [SlotID] = []

        /// Notes a good answer.
        mutating func hold(for validity: Int64, from now: Instant) {
            failure = nil
            self.validity = validity
            freshUntil = now + validity
            nextQuestion = freshUntil
        }
    }

    private let limits: ResolverLimits
    private var entries: [Question: Entry] = [:]

    /// How many names are being asked for.
    private(set) var askedCount = 0

    /// How many wait, over all names.
    private(set) var waiterCount = 0

    /// What replaces the TTL of answers from each source but the system's.
    private let validities: [Int64?]

    init(limits: ResolverLimits, validities: [Int64?] = []) {
        self.limits = limits
        self.validities = validities
    }

    var count: Int { entries.count }

    /// Says whether `name` has to be asked for now, and counts it as asked for if so.
    mutating func beginQuestion(_ name: Question, now: Instant) -> Bool {
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
        of name: Question, waiter: SlotID, now: Instant
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
        guard var entry = entries[answer.question], entry.isAsked else { return }
        switch answer.outcome {
        case .found(let addresses, let ttlSeconds):
            entry.addresses = Array(addresses.prefix(limits.addressLimit))
            entry.hold(for: validity(ttlSeconds, answer.question.source), from: now)
        case .offered(let endpoints, let ttlSeconds):
            entry.endpoints = endpoints
            entry.hold(for: validity(ttlSeconds, answer.question.source), from: now)
        case .failed(let failure):
            // Named servers tell the two apart; the system's may have answered for one family.
            if failure == .notFound || failure == .noAddress && answer.question.source > 0 {
                entry.addresses = []
                entry.endpoints = []
            }
            entry.failure = failure
            let pause = validityOverride(answer.question.source) ?? limits.failureValidity
            entry.nextQuestion = now + min(limits.failureValidity, pause)
        }
        finished += entry.waiters
        waiterCount -= entry.waiters.count
        askedCount -= 1
        entry.waiters = []
        entry.isAsked = false
        entries[answer.question] = entry
    }

    /// Where a name stands, for somebody who does not wait.
    func watched(_ question: Question) -> WatchedName {
        guard let entry = entries[question] else { return .pending }
        if entry.isAsked { return .pending }
        if let failure = entry.failure { return .failed(failure, until: entry.nextQuestion) }
        let endpoints =
            question.kind == .service
            ? entry.endpoints : entry.addresses.map { ServiceEndpoint(address: $0) }
        return .found(endpoints, until: entry.nextQuestion)
    }

    /// Whether a question has been put and not been answered.
    func isAsked(_ question: Question) -> Bool { entries[question]?.isAsked ?? false }

    /// What is known of a host for the sake of a service: nothing that has ended.
    func settled(_ question: Question, now: Instant) -> Resolution {
        guard let entry = entries[question] else { return .failed(.tooManyQuestions) }
        if entry.isAsked { return .pending }
        if let failure = entry.failure { return .failed(failure) }
        return entry.addresses.isEmpty ? .failed(.noAddress) : .addresses(entry.addresses)
    }

    private func isUsable(_ entry: Entry, now: Instant) -> Bool {
        let mayBeStale = entry.validity >= limits.shortestStale
        let grace = !mayBeStale ? 0 : entry.failure == nil ? limits.refreshGrace : limits.staleness
        return !entry.addresses.isEmpty && now < entry.freshUntil + grace
    }

    private func validityOverride(_ source: Int) -> Int64? {
        source > 0 && source <= validities.count ? validities[source - 1] : limits.fixedValidity
    }

    private func validity(_ ttlSeconds: Int64?, _ source: Int) -> Int64 {
        guard let ttlSeconds else { return limits.hostsValidity }
        if let fixed = validityOverride(source) { return fixed }
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
