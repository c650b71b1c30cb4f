// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Smooth weighted round robin, as nginx does it.

/// A set of small numbers: the peers that a request has tried.
struct PeerSet: Sendable {
    private var first: UInt64 = 0
    private var rest: [UInt64] = []

    func contains(_ index: Int) -> Bool {
        if index < 64 { return first >> UInt64(index) & 1 == 1 }
        let word = index / 64 - 1
        return word < rest.count && rest[word] >> UInt64(index % 64) & 1 == 1
    }

    mutating func insert(_ index: Int) {
        if index < 64 {
            first |= 1 << UInt64(index)
            return
        }
        let word = index / 64 - 1
        while rest.count <= word { rest.append(0) }
        rest[word] |= 1 << UInt64(index % 64)
    }

    mutating func removeAll() {
        first = 0
        if !rest.isEmpty { rest.removeAll(keepingCapacity: true) }
    }
}

/// Chooses peers by weight, for one thread.
///
/// Spec: nginx ngx_http_upstream_get_peer: each choice adds every peer's effective weight to its
///       current one, takes the highest, and subtracts the total from it. So 5, 1, 1 gives
///       a a b a c a a and not a a a a a b c. A failure lowers the effective weight, and each later
///       choice raises it again by one.
struct PeerSelector: Sendable {
    private struct Weight: BitwiseCopyable, Sendable {
        var current = 0
        var effective = 0
    }

    private var weights: [Weight]

    init(_ group: UpstreamGroup) {
        weights = group.peers.map { Weight(effective: $0.weight) }
    }

    /// Chooses the next peer that has not been tried: primaries first, backups when there is none.
    ///
    /// Units: `now` in seconds.
    mutating func select(from group: borrowing UpstreamGroup, tried: PeerSet, at now: Int) -> Int? {
        if group.peers.count == 1 { return selectOnly(group, tried) }
        return select(from: group, backups: false, tried, now)
            ?? select(from: group, backups: true, tried, now)
    }

    /// The only peer of a group is never ruled out by failures: there is nobody else to ask.
    private func selectOnly(_ group: borrowing UpstreamGroup, _ tried: PeerSet) -> Int? {
        group.peers[0].isDown || tried.contains(0) ? nil : 0
    }

    private mutating func select(
        from group: borrowing UpstreamGroup, backups: Bool, _ tried: PeerSet, _ now: Int
    ) -> Int? {
        var best: Int?
        var total = 0
        for index in 0..<group.peers.count {
            guard group.peers[index].isBackup == backups, !group.peers[index].isDown,
                !tried.contains(index),
                !group.peers[index].health.isUnavailable(group.peers[index], at: now)
            else { continue }
            weights[index].current += weights[index].effective
            total += weights[index].effective
            if weights[index].effective < group.peers[index].weight {
                weights[index].effective += 1
            }
            if let leader = best, weights[index].current <= weights[leader].current { continue }
            best = index
        }
        guard let best else { return nil }
        weights[best].current -= total
        group.peers[best].health.noteChosen(group.peers[best], at: now)
        return best
    }

    /// Notes that a peer failed.
    mutating func noteFailure(of index: Int, in group: borrowing UpstreamGroup, at now: Int) {
        guard group.peers.count > 1 else { return }
        group.peers[index].health.noteFailure(at: now)
        if group.peers[index].failureLimit > 0 {
            weights[index].effective -= group.peers[index].weight / group.peers[index].failureLimit
            weights[index].effective = max(0, weights[index].effective)
        }
    }

    /// Notes that a peer answered.
    func noteSuccess(of index: Int, in group: borrowing UpstreamGroup) {
        group.peers[index].health.noteSuccess()
    }
}
