// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Smooth weighted round robin, as nginx does it.

internal import Synchronization

/// Chooses peers by weight, for all threads together.
///
/// Spec: nginx ngx_http_upstream_get_peer: each choice adds every peer's effective weight to its
///       current one, takes the highest, and subtracts the total from it. So 5, 1, 1 gives
///       a a b a c a a and not a a a a a b c. A failure lowers the effective weight, and each later
///       choice raises it again by one.
/// Why: one turn for all threads. Were each thread to take its own, two requests in a row on two
///      threads would go to the same peer. The lock is held for some additions.
final class RoundRobin: Sendable {
    private struct Weight: BitwiseCopyable, Sendable {
        var current = 0
        var effective = 0
    }

    private let weights: Mutex<[Weight]>

    init(_ peers: [Peer]) {
        weights = Mutex(peers.map { Weight(effective: $0.weight) })
    }

    /// Takes the next turn among some of the peers.
    func next(among eligible: PeerSet, of peers: [Peer]) -> Int? {
        weights.withLock { weights in
            var best: Int?
            var total = 0
            for index in 0..<peers.count where eligible.contains(index) {
                weights[index].current += weights[index].effective
                total += weights[index].effective
                if weights[index].effective < peers[index].weight { weights[index].effective += 1 }
                if let leader = best, weights[index].current <= weights[leader].current {
                    continue
                }
                best = index
            }
            guard let best else { return nil }
            weights[best].current -= total
            return best
        }
    }

    /// Notes that a peer failed.
    func noteFailure(of index: Int, among peers: [Peer]) {
        guard peers[index].failureLimit > 0 else { return }
        weights.withLock { weights in
            let less = weights[index].effective - peers[index].weight / peers[index].failureLimit
            weights[index].effective = max(0, less)
        }
    }
}
