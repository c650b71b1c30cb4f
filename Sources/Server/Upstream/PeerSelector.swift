// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Smooth weighted round robin, as nginx does it.

internal import Synchronization

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

/// Chooses peers by weight, for all threads together.
///
/// Spec: nginx ngx_http_upstream_get_peer: each choice adds every peer's effective weight to its
///       current one, takes the highest, and subtracts the total from it. So 5, 1, 1 gives
///       a a b a c a a and not a a a a a b c. A failure lowers the effective weight, and each later
///       choice raises it again by one.
/// Why: one turn for all threads. Were each thread to take its own, two requests in a row on two
///      threads would go to the same peer. The lock is held for some additions.
final class PeerSelector: Sendable {
    private struct Weight: BitwiseCopyable, Sendable {
        var current = 0
        var effective = 0
    }

    private let weights: Mutex<[Weight]>

    init(_ peers: [Peer]) {
        weights = Mutex(peers.map { Weight(effective: $0.weight) })
    }

    /// Chooses the next peer that has not been tried: primaries first, backups when there is none,
    /// and when none is left that is thought to live, one that is thought not to.
    ///
    /// Why: whoever failed a moment ago may be back, and an error would be certain. So restarting
    ///      one peer after the other fails no request.
    /// Units: `now` in seconds.
    func select(from peers: [Peer], tried: PeerSet, at now: Int) -> Int? {
        if peers.count == 1 { return Self.selectOnly(peers, tried) }
        return weights.withLock { weights in
            Self.select(from: peers, backups: false, .live, tried, now, &weights)
                ?? Self.select(from: peers, backups: true, .live, tried, now, &weights)
                ?? Self.select(from: peers, backups: false, .any, tried, now, &weights)
                ?? Self.select(from: peers, backups: true, .any, tried, now, &weights)
        }
    }

    /// The only peer of a group is never ruled out by failures: there is nobody else to ask.
    private static func selectOnly(_ peers: [Peer], _ tried: PeerSet) -> Int? {
        peers[0].isDown || tried.contains(0) ? nil : 0
    }

    /// Which peers come into question.
    private enum Health: BitwiseCopyable { case live, any }

    private static func select(
        from peers: [Peer], backups: Bool, _ health: Health, _ tried: PeerSet, _ now: Int,
        _ weights: inout [Weight]
    ) -> Int? {
        var best: Int?
        var total = 0
        for index in 0..<peers.count {
            guard peers[index].isBackup == backups, !peers[index].isDown, !tried.contains(index),
                health == .any || !peers[index].health.isUnavailable(peers[index], at: now)
            else { continue }
            weights[index].current += weights[index].effective
            total += weights[index].effective
            if weights[index].effective < peers[index].weight { weights[index].effective += 1 }
            if let leader = best, weights[index].current <= weights[leader].current { continue }
            best = index
        }
        guard let best else { return nil }
        weights[best].current -= total
        peers[best].health.noteChosen(peers[best], at: now)
        return best
    }

    /// Notes that a peer failed.
    func noteFailure(of index: Int, among peers: [Peer], at now: Int) {
        guard peers.count > 1 else { return }
        peers[index].health.noteFailure(at: now)
        guard peers[index].failureLimit > 0 else { return }
        weights.withLock { weights in
            let less = weights[index].effective - peers[index].weight / peers[index].failureLimit
            weights[index].effective = max(0, less)
        }
    }
}
