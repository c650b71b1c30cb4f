// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Choosing whoever has the least to do: `least_conn` and `least_time`.

internal import OS
internal import Synchronization

/// What `least_time` compares.
struct ResponseTime: BitwiseCopyable, Sendable, Equatable {
    /// Whether the head of an answer, or the first byte of a stream, is waited for only, and not
    /// the end.
    var toHead = true
    /// Whether not even that is, but the connection.
    var toConnection = false
    /// Whether requests that are not answered yet count.
    var countsUnfinished = false
}

extension UpstreamGroup {
    /// Chooses the peer with the least load for its weight; where several have the same, the turn
    /// decides among them.
    ///
    /// Spec: nginx `least_conn`, `least_time`.
    func leastChoice(
        among eligible: PeerSet, at now: Instant, load: (Int) -> Int
    ) -> Int? {
        var best: Int?
        var bestLoad = 0
        var ties = PeerSet()
        var tieCount = 0
        for index in 0..<peers.count where eligible.contains(index) {
            let load = load(index)
            let weight = turns.weight(of: index, among: peers, at: Int(now.milliseconds))
            if let leader = best {
                let leaderWeight = turns.weight(
                    of: leader, among: peers, at: Int(now.milliseconds))
                if load * leaderWeight > bestLoad * weight { continue }
                if load * leaderWeight == bestLoad * weight {
                    ties.insert(index)
                    tieCount += 1
                    continue
                }
                ties.removeAll()
            }
            best = index
            bestLoad = load
            ties.insert(index)
            tieCount = 1
        }
        guard tieCount > 1 else { return best }
        return turns.next(among: ties, of: peers, at: Int(now.milliseconds))
    }

    /// How long a peer is going to need for what it has to do.
    ///
    /// Spec: nginx ngx_http_upstream_least_time_eta: the average of its answers, halved for each
    ///       `fail_timeout` in which nobody asked, so that a slow peer gets another chance; in
    ///       steps of 20 ms, so that peers which differ by less take turns; beyond 5 s all are
    ///       equal.
    func estimate(of index: Int, by time: ResponseTime, at now: Instant) -> Int {
        let health = peers[index].health
        var estimate = time.toHead ? health.times.head : health.times.response
        estimate >>= min(62, health.restCount(peers[index], at: now.seconds))
        if time.countsUnfinished, let average = health.times.unfinishedAverage(at: now) {
            estimate = max(estimate, average)
        }
        estimate = estimate > Self.timeLimit ? Self.timeLimit : estimate + 20 - estimate % 20
        return estimate * (1 + health.connectionCount)
    }

    /// Units: milliseconds.
    private static var timeLimit: Int { 5_000 }
}

/// How fast a peer answers.
///
/// Units: milliseconds.
/// Why: atomics that are read one by one. They guide a choice; nothing breaks if one is a request
///      ahead of the other.
final class PeerTimes: Sendable {
    private let headAverage = Atomic<Int>(0)
    private let responseAverage = Atomic<Int>(0)
    /// The average age of unfinished requests, whenever somebody looked.
    private let unfinishedAge = Atomic<Int>(0)
    private let unfinishedCount = Atomic<Int>(0)
    /// The sum of the times at which they began.
    private let unfinishedStarts = Atomic<Int>(0)

    /// The average time to the head of an answer.
    var head: Int { headAverage.load(ordering: .relaxed) }
    /// The average time to its end.
    var response: Int { responseAverage.load(ordering: .relaxed) }

    func noteHead(_ time: Int) { Self.average(headAverage, time) }
    func noteResponse(_ time: Int) { Self.average(responseAverage, time) }

    /// Counts a request that is not answered.
    func begin(at start: Instant) {
        unfinishedCount.wrappingAdd(1, ordering: .relaxed)
        unfinishedStarts.wrappingAdd(Int(start.milliseconds), ordering: .relaxed)
    }

    /// Ends what `begin` began.
    func end(startedAt start: Instant) {
        unfinishedCount.wrappingSubtract(1, ordering: .relaxed)
        unfinishedStarts.wrappingSubtract(Int(start.milliseconds), ordering: .relaxed)
    }

    /// How long those wait that are not answered; nil when there are none.
    func unfinishedAverage(at now: Instant) -> Int? {
        let count = unfinishedCount.load(ordering: .relaxed)
        guard count > 0 else { return nil }
        let starts = unfinishedStarts.load(ordering: .relaxed)
        Self.average(unfinishedAge, max(0, Int(now.milliseconds) - starts / count))
        return unfinishedAge.load(ordering: .relaxed)
    }

    /// Moves an average by a twentieth towards what was measured last.
    private static func average(_ average: borrowing Atomic<Int>, _ value: Int) {
        let old = average.load(ordering: .relaxed)
        let new = old == 0 ? value : Int(0.5 + Double(value) * 0.05 + Double(old) * 0.95)
        average.store(new, ordering: .relaxed)
    }
}
