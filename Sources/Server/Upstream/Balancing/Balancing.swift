// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The ways to choose a peer, and what they have in common.

internal import OS

/// How a group chooses among its peers.
enum Balancing: Sendable {
    case roundRobin
    /// `least_conn`
    case leastConnections
    case leastTime(ResponseTime)
    /// `ip_hash`
    case addressHash
    /// `hash`
    case hash
    case consistentHash(HashRing)
    case random
    case randomOfTwo(Measure)

    /// Which of two peers is better off.
    enum Measure: Sendable {
        case connections
        case time(ResponseTime)
    }

    /// What is measured of the answers of peers; nil for nothing.
    var responseTime: ResponseTime? {
        switch self {
        case .leastTime(let time), .randomOfTwo(.time(let time)): time
        default: nil
        }
    }
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
        if isSingle { return selectOnly(&request, at: now) }
        var isFull = false
        if !request.asksBackups {
            if let index = select(.live, &request, &isFull, at: now) { return .peer(index) }
            request.asksBackups = hasBackups
        }
        if request.asksBackups, let index = select(.live, &request, &isFull, at: now) {
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
        let isWanted = !request.wish.isEmpty && peers[0].currentRoute == request.wish
        guard isOffered(0, request), isWanted || !peers[0].isDraining else { return .none }
        guard peers[0].health.acquire(limit: peers[0].connectionLimit) else { return .busy }
        request.tried.insert(0)
        return .peer(0)
    }

    /// Which peers come into question.
    private enum Candidates: BitwiseCopyable {
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
            let wish = wish(candidates, request, &isFull, at: now)
            guard let choice = choose(eligible, wish, &request, candidates, at: now) else {
                return nil
            }
            // Another thread may have taken the last place meanwhile.
            guard peers[choice].health.acquire(limit: peers[choice].connectionLimit) else {
                continue
            }
            request.tried.insert(choice)
            peers[choice].health.noteChosen(peers[choice], at: now.seconds)
            return choice
        }
    }

    /// Chooses one of those that can be asked.
    private func choose(
        _ eligible: PeerSet, _ wish: Int?, _ request: inout PeerRequest,
        _ candidates: Candidates, at now: Instant
    ) -> Int? {
        let moment = Int(now.milliseconds)
        if case .roundRobin = balancing {
            return turns.next(among: eligible, of: peers, preferring: wish, at: moment)
        }
        if let wish { return wish }
        guard !eligible.isEmpty else { return nil }
        let choice: Int? =
            switch balancing {
            case .roundRobin: Int?.none
            case .leastConnections:
                leastChoice(among: eligible, at: now) { peers[$0].health.connectionCount }
            case .leastTime(let time):
                leastChoice(among: eligible, at: now) { estimate(of: $0, by: time, at: now) }
            case .addressHash: addressChoice(&request, among: eligible)
            case .hash: hashedChoice(&request, among: eligible)
            case .consistentHash(let ring):
                ringChoice(ring, &request, among: eligible, at: moment)
            case .random: randomChoice(&request, among: eligible)
            case .randomOfTwo(let measure):
                randomChoice(ofTwoBy: measure, &request, among: eligible, at: now)
            }
        return choice ?? turns.next(among: eligible, of: peers, at: moment)
    }

    /// The peers that can be asked.
    private func eligible(
        _ candidates: Candidates, _ request: PeerRequest, _ isFull: inout Bool, at now: Instant
    ) -> PeerSet {
        var eligible = PeerSet()
        for index in 0..<peers.count
        where !peers[index].isDraining && canAsk(index, candidates, request, &isFull, at: now) {
            eligible.insert(index)
        }
        return eligible
    }

    /// The peer to which the request is bound, if it can be asked.
    private func wish(
        _ candidates: Candidates, _ request: PeerRequest, _ isFull: inout Bool, at now: Instant
    ) -> Int? {
        guard !request.wish.isEmpty else { return nil }
        for index in 0..<peers.count
        where peers[index].isBackup == request.asksBackups
            && peers[index].currentRoute == request.wish
        {
            return canAsk(index, candidates, request, &isFull, at: now) ? index : nil
        }
        return nil
    }

    private func canAsk(
        _ index: Int, _ candidates: Candidates, _ request: PeerRequest, _ isFull: inout Bool,
        at now: Instant
    ) -> Bool {
        guard peers[index].isBackup == request.asksBackups, isOffered(index, request),
            candidates == .any
                || !peers[index].health.isUnavailable(peers[index], at: now.seconds)
        else { return false }
        let limit = peers[index].connectionLimit
        guard limit == 0 || peers[index].health.connectionCount < limit else {
            isFull = true
            return false
        }
        return true
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

    /// Whether anybody could take one request more.
    func hasRoom(at now: Instant) -> Bool {
        peers.indices.contains { index in
            let peer = peers[index]
            let limit = peer.connectionLimit
            return !peer.isOut && peer.health.isOffered && isRunning(index)
                && (limit == 0 || peer.health.connectionCount < limit)
        }
    }

    /// Ends a request that `select` has counted.
    func release(_ index: Int) { peers[index].health.release() }

    /// Notes what became of a try.
    ///
    /// Spec: nginx ngx_http_upstream_free_round_robin_peer. The only peer of a group has no record.
    @discardableResult
    func note(_ outcome: PeerOutcome, of index: Int, at now: Instant) -> PeerChange {
        guard !isSingle else { return .none }
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
