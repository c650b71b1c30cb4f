// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Who is next, by weight and by health.

import OS
import Testing

@testable import Server

@Suite struct BalancingTests {
    /// A group of peers with these weights, which are called a, b, c and so on.
    private func group(_ weights: [Int], failureLimit: Int = 1) -> UpstreamGroup {
        let peers = weights.enumerated().map { index, weight in
            var peer = Peer(name: [0x61 + UInt8(index)], target: .name(host: [], port: 80))
            peer.weight = weight
            peer.failureLimit = failureLimit
            return peer
        }
        return UpstreamGroup(
            name: [], peers: peers, keepAlive: UpstreamKeepAlive(), isImplicit: false)
    }

    /// Chooses for a request, as if it were over at once.
    private func choose(_ group: UpstreamGroup, tried: PeerSet = PeerSet(), at now: Int) -> Int? {
        var request = PeerRequest()
        request.tried = tried
        guard let index = group.select(for: &request, at: moment(now)).index else { return nil }
        group.release(index)
        return index
    }

    private func moment(_ seconds: Int) -> Instant {
        Instant(milliseconds: Int64(seconds - 1) * 1000)
    }

    private func names(_ choices: [Int?]) -> String {
        String(choices.map { $0.map { Character(UnicodeScalar(0x61 + UInt8($0))) } ?? "-" })
    }

    @Test(arguments: [
        ([1, 1], "abababab"), ([5, 1, 1], "aabacaaaabacaa"), ([1, 2], "bab"),
        ([1, 1, 1], "abcabc"),
    ])
    func `the sequence is nginx's`(weights: [Int], sequence: String) {
        let group = group(weights)
        let choices = sequence.map { _ in choose(group, at: 100) }
        #expect(names(choices) == sequence)
    }

    @Test func `all threads take turns`() async {
        let group = group([1, 1])
        let counts = await withTaskGroup(of: Int.self) { tasks in
            for _ in 0..<4 {
                tasks.addTask {
                    (0..<1000).count { _ in choose(group, at: 100) == 0 }
                }
            }
            return await tasks.reduce(into: 0) { $0 += $1 }
        }
        #expect(counts == 2000)
    }

    @Test func `a peer that was tried is not asked again`() {
        let group = group([1, 1])
        var tried = PeerSet()
        tried.insert(0)
        #expect(choose(group, tried: tried, at: 100) == 1)
        tried.insert(1)
        #expect(choose(group, tried: tried, at: 100) == nil)
    }

    @Test func `a peer that failed rests for its time`() {
        let group = group([1, 1])
        group.note(.failed, of: 0, at: moment(100))
        #expect(names((0..<3).map { _ in choose(group, at: 110) }) == "bbb")
        let later = (0..<4).map { _ in choose(group, at: 111) }
        #expect(later.contains(0))
    }

    @Test func `a success between failures does not make up for them`() {
        let group = group([1, 1], failureLimit: 2)
        group.note(.failed, of: 0, at: moment(100))
        group.note(.answered, of: 0, at: moment(100))
        group.note(.failed, of: 0, at: moment(100))
        #expect(names((0..<2).map { _ in choose(group, at: 100) }) == "bb")
    }

    @Test func `when all have failed, those that were not tried are asked anyway`() {
        let group = group([1, 1])
        group.note(.failed, of: 0, at: moment(100))
        group.note(.failed, of: 1, at: moment(100))
        let choices = (0..<8).map { _ in choose(group, at: 100) }
        #expect(Set(choices) == [0, 1])
        var tried = PeerSet()
        tried.insert(0)
        #expect(choose(group, tried: tried, at: 100) == 1)
    }

    @Test func `the only peer is always asked`() {
        let group = group([1])
        group.note(.failed, of: 0, at: moment(100))
        #expect(choose(group, at: 100) == 0)
    }
}
