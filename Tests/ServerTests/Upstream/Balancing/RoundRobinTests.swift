// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The weights of round robin, in a word and behind a lock, against plain arithmetic.

import Synchronization
import Testing

@testable import Server

@Suite struct RoundRobinTests {
    /// nginx's arithmetic, written down once more.
    private struct Model {
        var weights: [Int]
        var limits: [Int]
        var current: [Int]
        var effective: [Int]

        init(_ peers: [Peer]) {
            weights = peers.map(\.weight)
            limits = peers.map(\.failureLimit)
            current = weights.map { _ in 0 }
            effective = weights
        }

        mutating func next(_ eligible: [Int], wish: Int? = nil) -> Int? {
            if let wish, current[wish] <= weights[wish] - weights.reduce(0, +) { return wish }
            var total = 0
            var best: Int?
            for index in weights.indices where eligible.contains(index) || index == wish {
                current[index] += effective[index]
                total += effective[index]
                effective[index] = min(weights[index], effective[index] + 1)
                if let leader = best, current[leader] >= current[index] { continue }
                best = index
            }
            guard let chosen = wish ?? best else { return nil }
            current[chosen] -= total
            return chosen
        }

        mutating func fail(_ index: Int) {
            guard limits[index] > 0 else { return }
            effective[index] = max(0, effective[index] - weights[index] / limits[index])
        }
    }

    private func peers(_ weights: [Int], failureLimit: Int) -> [Peer] {
        weights.map { weight in
            var peer = Peer(name: [], target: .name(host: [], port: 80))
            peer.weight = weight
            peer.failureLimit = failureLimit
            return peer
        }
    }

    private func set(_ members: [Int]) -> PeerSet {
        var set = PeerSet()
        for member in members { set.insert(member) }
        return set
    }

    @Test(
        arguments: [
            [1, 1], [5, 1, 1], [3, 2, 2, 1], [1, 1, 1, 1, 1, 1], [100, 7, 1], [10, 20, 30, 40, 50],
            Array(repeating: 3, count: 20),
        ], [0, 1, 3])
    func `whatever happens, the choices are nginx's`(_ weights: [Int], _ failureLimit: Int) {
        let peers = peers(weights, failureLimit: failureLimit)
        let turns = RoundRobin(peers)
        var model = Model(peers)
        var dice = SystemRandomNumberGenerator()
        for step in 0..<5000 {
            switch Int.random(in: 0..<20, using: &dice) {
            case 0:
                let index = weights.indices.randomElement(using: &dice) ?? 0
                turns.noteFailure(of: index, among: peers)
                model.fail(index)
            case 1...4:
                let some = weights.indices.filter { _ in Bool.random(using: &dice) }
                let choice = turns.next(among: set(some), of: peers, at: 0)
                let expected = some.isEmpty ? nil : model.next(some)
                #expect(choice == expected, "step \(step)")
            case 5:
                let wish = weights.indices.randomElement(using: &dice)
                let all = Array(weights.indices)
                let choice = turns.next(among: set(all), of: peers, preferring: wish, at: 0)
                #expect(choice == model.next(all, wish: wish), "step \(step)")
            default:
                let all = Array(weights.indices)
                #expect(
                    turns.next(among: set(all), of: peers, at: 0) == model.next(all),
                    "step \(step)")
            }
        }
    }

    @Test(arguments: [
        ([1, 1], true), ([5, 1, 1], true), ([10, 20, 30], true),
        (Array(repeating: 1, count: 8), true), (Array(repeating: 1, count: 17), false),
        ([1_000_000, 1_000_000], false),
    ])
    func `the weights of a usual group fit into a word`(_ weights: [Int], _ fits: Bool) {
        let peers = peers(weights, failureLimit: 1)
        #expect(RoundRobin(peers).isPacked == fits)
    }

    @Test(arguments: [[1, 1, 1], Array(repeating: 1, count: 30)])
    func `turns are shared evenly by threads`(_ weights: [Int]) async {
        let peers = peers(weights, failureLimit: 1)
        let turns = RoundRobin(peers)
        let all = set(Array(weights.indices))
        let counts = await withTaskGroup(of: [Int].self) { tasks in
            for _ in 0..<4 {
                tasks.addTask {
                    var counts = weights.map { _ in 0 }
                    for _ in 0..<weights.count * 100 {
                        if let next = turns.next(among: all, of: peers, at: 0) { counts[next] += 1 }
                    }
                    return counts
                }
            }
            return await tasks.reduce(into: weights.map { _ in 0 }) { sums, counts in
                for index in counts.indices { sums[index] += counts[index] }
            }
        }
        #expect(counts == weights.map { _ in 400 })
    }

    @Test func `a weight grows while its peer starts slowly`() {
        var peers = peers([4, 4], failureLimit: 1)
        peers[0].slowStart = 10_000
        peers[0].health.returnedAt.store(1_000, ordering: .relaxed)
        let turns = RoundRobin(peers)
        let all = set([0, 1])
        func share(at now: Int) -> Int {
            (0..<160).count { _ in turns.next(among: all, of: peers, at: now) == 0 }
        }
        #expect(share(at: 1_000) < 10)
        _ = share(at: 6_000)
        #expect((45...60).contains(share(at: 6_000)))
        _ = share(at: 11_000)
        #expect(share(at: 11_000) == 80)
    }
}
