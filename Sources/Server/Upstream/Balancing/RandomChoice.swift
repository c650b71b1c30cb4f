// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Choosing by chance: `random`, and the better of two.

internal import OS
internal import Synchronization

/// Numbers by chance, for all threads.
///
/// Why: one atomic addition. A number need not be hard to guess; it spreads requests.
final class SharedDice: Sendable {
    private let state: Atomic<UInt64>

    init(seed: UInt64 = .random(in: 0 ... .max)) { state = Atomic(seed) }

    /// A number below `limit`.
    ///
    /// Spec: SplitMix64 (Steele, Lea, Flood 2014).
    func roll(_ limit: Int) -> Int {
        var value = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        value ^= value >> 31
        return Int(value % UInt64(max(1, limit)))
    }
}

extension UpstreamGroup {
    /// Chooses a peer by chance.
    ///
    /// Spec: nginx `random`: by weight; nil says that the turn decides, after too many misses.
    func randomChoice(_ request: inout PeerRequest, among eligible: PeerSet) -> Int? {
        guard spread(request).count > 1 else { return nil }
        while request.missCount <= Self.missLimit {
            let index = randomPeer(request)
            if eligible.contains(index) { return index }
            request.missCount += 1
        }
        return nil
    }

    /// Chooses two peers by chance, and takes the one that has less to do.
    func randomChoice(
        ofTwoBy measure: Balancing.Measure, _ request: inout PeerRequest, among eligible: PeerSet,
        at now: Instant
    ) -> Int? {
        guard spread(request).count > 1 else { return nil }
        var first: Int?
        while request.missCount <= Self.missLimit {
            let index = randomPeer(request)
            guard index != first, eligible.contains(index) else {
                request.missCount += 1
                continue
            }
            guard let other = first else {
                first = index
                continue
            }
            let mine = load(of: index, by: measure, at: now) * peers[other].currentWeight
            let others = load(of: other, by: measure, at: now) * peers[index].currentWeight
            return mine > others ? other : index
        }
        return nil
    }

    private func load(of index: Int, by measure: Balancing.Measure, at now: Instant) -> Int {
        switch measure {
        case .connections: peers[index].health.connectionCount
        case .time(let time): estimate(of: index, by: time, at: now)
        }
    }

    private func randomPeer(_ request: PeerRequest) -> Int {
        var rest = dice.roll(spread(request).weight)
        for index in 0..<peers.count where isSpreadOver(index, request) {
            rest -= peers[index].currentWeight
            if rest < 0 { return index }
        }
        return 0
    }
}
