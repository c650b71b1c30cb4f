// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The ways to choose a peer.

internal import OS

/// How a group chooses among its peers.
enum Balancing: Sendable {
    case roundRobin
}

extension UpstreamGroup {
    /// Chooses a peer that has not been tried, and counts a request for it: a `PeerLease` must take
    /// it over.
    ///
    /// Primaries first, backups when there is none, and when none is left that is thought to live,
    /// one that is thought not to.
    ///
    /// Why: whoever failed a moment ago may be back, and an error would be certain. So restarting
    ///      one peer after the other fails no request.
    func select(for request: inout PeerRequest, at now: Instant) -> PeerSelection {
        if peers.count == 1 { return selectOnly(&request, at: now) }
        var isFull = false
        if !request.asksBackups {
            if let index = select(.live, &request, &isFull, at: now) { return .peer(index) }
            request.asksBackups = hasBackups
        }
        if request.asksBackups,
            let index = select(.live, &request, &isFull, at: now)
        {
            return .peer(index)
        }
        guard !isFull else { return .busy }
        request.asksBackups = false
        if let index = select(.any, &request, &isFull, at: now) { return .peer(index) }
        request.asksBackups = hasBackups
        if hasBackups, let index = select(.any, &request, &isFull, at: now) {
            return .peer(index)
        }
        return isFull ? .busy : .none
    }

    /// The only peer of a group is never ruled out by failures: there is nobody else to ask.
    private func selectOnly(_ request: inout PeerRequest, at now: Instant) -> PeerSelection {
        guard isOffered(0, request) else { return .none }
        guard peers[0].health.acquire(limit: peers[0].connectionLimit) else { return .busy }
        request.tried.insert(0)
        return .peer(0)
    }

    /// Which peers come into question.
    enum Candidates: BitwiseCopyable {
        /// Those that are thought to live.
        case live
        case any
    }

    /// Chooses among primaries or backups.
    private func select(
        _ candidates: Candidates, _ request: inout PeerRequest, _ isFull: inout Bool,
        at now: Instant
    ) -> Int? {
        while true {
            let eligible = eligible(candidates, request, &isFull, at: now)
            let choice: Int? =
                switch balancing {
                case .roundRobin: turns.next(among: eligible, of: peers)
                }
            guard let choice else { return nil }
            // Another thread may have taken the last place meanwhile.
            guard peers[choice].health.acquire(limit: peers[choice].connectionLimit) else {
                continue
            }
            request.tried.insert(choice)
            peers[choice].health.noteChosen(peers[choice], at: now.seconds)
            return choice
        }
    }

    /// The peers that can be asked.
    private func eligible(
        _ candidates: Candidates, _ request: PeerRequest, _ isFull: inout Bool, at now: Instant
    ) -> PeerSet {
        var eligible = PeerSet()
        for index in 0..<peers.count where peers[index].isBackup == request.asksBackups {
            guard isOffered(index, request),
                candidates == .any
                    || !peers[index].health.isUnavailable(peers[index], at: now.seconds)
            else { continue }
            let limit = peers[index].connectionLimit
            guard limit == 0 || peers[index].health.connectionCount < limit else {
                isFull = true
                continue
            }
            eligible.insert(index)
        }
        return eligible
    }

    /// Whether a peer takes requests at all, and this one for the first time.
    private func isOffered(_ index: Int, _ request: PeerRequest) -> Bool {
        !peers[index].isDown && !request.tried.contains(index)
            && peers[index].health.isOffered && isRunning(index)
    }

    /// Whether the process of a peer that is started here accepts connections.
    private func isRunning(_ index: Int) -> Bool {
        guard let process = peers[index].process else { return true }
        guard let life = process.life else { return false }
        peers[index].health.noteLife(life)
        return true
    }

    /// Ends a request that `select` has counted.
    func release(_ index: Int) { peers[index].health.release() }

    /// Notes what became of a try.
    ///
    /// Spec: nginx ngx_http_upstream_free_round_robin_peer. The only peer of a group has no record.
    @discardableResult
    func note(_ outcome: PeerOutcome, of index: Int, at now: Instant) -> PeerChange {
        guard peers.count > 1 else { return .none }
        switch outcome {
        case .failed:
            let isLeftOut = peers[index].health.noteFailure(peers[index], at: now.seconds)
            turns.noteFailure(of: index, among: peers)
            return isLeftOut ? .leftOut : .none
        case .answered, .refused:
            return peers[index].health.noteSuccess(peers[index]) ? .cameBack : .none
        case .unknown: return .none
        }
    }
}

extension Instant {
    /// Whole seconds, as nginx counts failures.
    var seconds: Int { Int(milliseconds / 1000) + 1 }
}
