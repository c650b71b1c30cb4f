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
///      threads would go to the same peer. The weights of a usual group fit into one word, which is
///      replaced by comparing and exchanging: no thread waits for another. Only those of a large
///      group, or what a long disorder has driven out of the word, are behind a lock.
final class RoundRobin: Sendable {
    /// The weights of all peers; `Self.unpacked` where they are in `weights`.
    private let word: Atomic<UInt64>
    private let weights: Mutex<[TurnWeight]>
    private let packing: WeightPacking?
    /// What a weight of one counts.
    ///
    /// Why: 1, but where weights grow by and by: between nothing and a weight of one are steps
    ///      then.
    private let unit: Int

    init(_ peers: [Peer]) {
        let unit = peers.contains(where: { $0.slowStart > 0 }) ? Self.slowStartUnit : 1
        self.unit = unit
        let start = peers.map { TurnWeight(effective: $0.weight * unit) }
        // Nobody knows which weights DNS will give.
        let isOpen = peers.contains { $0.dynamicName?.service != nil }
        packing = isOpen ? nil : WeightPacking(start)
        weights = Mutex(start)
        word = Atomic(packing?.pack(start) ?? Self.unpacked)
    }

    private static var slowStartUnit: Int { 16 }
    private static var unpacked: UInt64 { 1 << 63 }

    /// Takes the next turn among some of the peers.
    ///
    /// Units: `now` in milliseconds.
    func next(
        among eligible: PeerSet, of peers: [Peer], preferring wish: Int? = nil, at now: Int
    ) -> Int? {
        guard !eligible.isEmpty else { return nil }
        let turn = Turn(eligible: eligible, wish: wish, unit: unit, now: now)
        var choice: Int?
        change(
            packed: { choice = turn.take(of: peers, &$0) },
            listed: { choice = turn.take(of: peers, &$0) })
        return choice
    }

    /// The weight that a peer has now, in the units of this group.
    func weight(of index: Int, among peers: [Peer], at now: Int) -> Int {
        peers[index].weightLimit(unit: unit, at: now)
    }

    /// Notes that a peer failed.
    func noteFailure(of index: Int, among peers: [Peer]) {
        guard peers[index].failureLimit > 0 else { return }
        let loss = peers[index].currentWeight / peers[index].failureLimit * unit
        change(
            packed: { $0.setEffective(max(0, $0.effective(index) - loss), index) },
            listed: { $0.setEffective(max(0, $0.effective(index) - loss), index) })
    }

    /// Begins anew with a peer that has come to its place.
    func begin(_ index: Int, among peers: [Peer]) {
        let weight = peers[index].currentWeight * unit
        change(
            packed: { weights in
                weights.setCurrent(0, index)
                weights.setEffective(weight, index)
            },
            listed: { $0[index] = TurnWeight(effective: weight) })
    }

    /// Changes the weights, wherever they are.
    private func change(
        packed: (inout PackedWeights) -> Void, listed: (inout [TurnWeight]) -> Void
    ) {
        guard let packing else { return weights.withLock { listed(&$0) } }
        var known = word.load(ordering: .relaxed)
        while known != Self.unpacked {
            var next = PackedWeights(word: known, packing: packing)
            packed(&next)
            guard next.fits else { break }
            let outcome = word.weakCompareExchange(
                expected: known, desired: next.word, ordering: .relaxed)
            if outcome.exchanged { return }
            known = outcome.original
        }
        weights.withLock { weights in
            let last = word.exchange(Self.unpacked, ordering: .relaxed)
            if last != Self.unpacked {
                PackedWeights(word: last, packing: packing).unpack(into: &weights)
            }
            listed(&weights)
        }
    }

    /// Whether the weights are in the word.
    var isPacked: Bool { word.load(ordering: .relaxed) != Self.unpacked }
}

/// The arithmetic of one choice.
private struct Turn {
    let eligible: PeerSet
    /// Who is chosen, whosever turn it is; nil for whose turn it is.
    let wish: Int?
    let unit: Int
    let now: Int

    func take<Weights: TurnWeights>(of peers: [Peer], _ weights: inout Weights) -> Int? {
        if let wish, isOverdrawn(wish, peers, weights) { return wish }
        var best: Int?
        var bestCurrent = 0
        var total = 0
        for index in 0..<peers.count where eligible.contains(index) || index == wish {
            let limit = peers[index].weightLimit(unit: unit, at: now)
            let effective = min(weights.effective(index), limit)
            let current = weights.current(index) + effective
            weights.setCurrent(current, index)
            weights.setEffective(min(effective + unit, limit), index)
            total += effective
            if best == nil || current > bestCurrent {
                best = index
                bestCurrent = current
            }
        }
        guard let chosen = wish ?? best else { return nil }
        weights.setCurrent(weights.current(chosen) - total, chosen)
        return chosen
    }

    /// Whether a peer has had so many turns that were not its own that no more is counted.
    ///
    /// Spec: nginx: as low as one request that was bound to it leads.
    private func isOverdrawn<Weights: TurnWeights>(
        _ index: Int, _ peers: [Peer], _ weights: Weights
    ) -> Bool {
        var others = 0
        for other in 0..<peers.count
        where other != index && peers[other].isBackup == peers[index].isBackup {
            others += peers[other].currentWeight * unit
        }
        return weights.current(index) <= -others
    }
}

extension Peer {
    /// The weight that it may have now.
    func weightLimit(unit: Int, at now: Int) -> Int {
        guard unit > 1, slowStart > 0 else { return currentWeight * unit }
        let returnedAt = health.returnedAt.load(ordering: .relaxed)
        guard returnedAt > 0, now - returnedAt < slowStart else { return currentWeight * unit }
        return max(1, currentWeight * unit * max(0, now - returnedAt) / slowStart)
    }
}

// MARK: Where the weights are

/// The weights of a peer.
struct TurnWeight: BitwiseCopyable, Sendable, Equatable {
    var current = 0
    var effective = 0
}

/// The weights of all peers of a group.
private protocol TurnWeights {
    func current(_ index: Int) -> Int
    func effective(_ index: Int) -> Int
    mutating func setCurrent(_ value: Int, _ index: Int)
    mutating func setEffective(_ value: Int, _ index: Int)
}

extension [TurnWeight]: TurnWeights {
    fileprivate func current(_ index: Int) -> Int { self[index].current }
    fileprivate func effective(_ index: Int) -> Int { self[index].effective }
    fileprivate mutating func setCurrent(_ value: Int, _ index: Int) { self[index].current = value }
    fileprivate mutating func setEffective(_ value: Int, _ index: Int) {
        self[index].effective = value
    }
}

/// How the weights of a group lie in a word.
struct WeightPacking: BitwiseCopyable, Sendable {
    let count: Int
    let currentBits: Int
    let effectiveBits: Int

    /// - Returns: nil for a group whose weights do not fit.
    ///
    /// Limits: current weights of twice the sum of all; in order they stay below it once.
    init?(_ start: [TurnWeight]) {
        guard (2...16).contains(start.count) else { return nil }
        var total = 0
        for weight in start { total += weight.effective }
        count = start.count
        currentBits = 2 + Int.bitWidth - (2 * total).leadingZeroBitCount - 1
        effectiveBits =
            Int.bitWidth - (start.map(\.effective).max() ?? 0).leadingZeroBitCount
        guard count * (currentBits + effectiveBits) < 64 else { return nil }
    }

    func pack(_ weights: [TurnWeight]) -> UInt64 {
        var packed = PackedWeights(word: 0, packing: self)
        for (index, weight) in weights.enumerated() {
            packed.setCurrent(weight.current, index)
            packed.setEffective(weight.effective, index)
        }
        return packed.word
    }
}

/// The weights of a group in a word.
private struct PackedWeights: TurnWeights, BitwiseCopyable {
    var word: UInt64
    let packing: WeightPacking
    /// Whether all that was written had room.
    private(set) var fits = true

    init(word: UInt64, packing: WeightPacking) {
        self.word = word
        self.packing = packing
    }

    private var bias: Int { 1 << (packing.currentBits - 1) }

    private func shift(_ index: Int) -> Int {
        index * (packing.currentBits + packing.effectiveBits)
    }

    func current(_ index: Int) -> Int {
        Int(word >> UInt64(shift(index)) & mask(packing.currentBits)) - bias
    }

    func effective(_ index: Int) -> Int {
        Int(word >> UInt64(shift(index) + packing.currentBits) & mask(packing.effectiveBits))
    }

    mutating func setCurrent(_ value: Int, _ index: Int) {
        guard value >= -bias, value < bias else {
            fits = false
            return
        }
        replace(UInt64(value + bias), packing.currentBits, at: shift(index))
    }

    mutating func setEffective(_ value: Int, _ index: Int) {
        replace(UInt64(value), packing.effectiveBits, at: shift(index) + packing.currentBits)
    }

    private func mask(_ bits: Int) -> UInt64 { 1 << UInt64(bits) - 1 }

    private mutating func replace(_ value: UInt64, _ bits: Int, at shift: Int) {
        word &= ~(mask(bits) << UInt64(shift))
        word |= (value & mask(bits)) << UInt64(shift)
    }

    func unpack(into weights: inout [TurnWeight]) {
        for index in 0..<packing.count {
            weights[index] = TurnWeight(current: current(index), effective: effective(index))
        }
    }
}
