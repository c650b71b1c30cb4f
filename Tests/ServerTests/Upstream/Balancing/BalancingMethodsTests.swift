// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The methods that do not only take turns.

import OS
import Testing

@testable import Server

@Suite struct BalancingMethodsTests {
    private let now = Instant(milliseconds: 1_000_000)

    private func peer(_ name: String, _ change: (inout Peer) -> Void = { _ in }) -> Peer {
        var peer = Peer(name: bytes(name), target: .name(host: [], port: 80))
        peer.serverText = bytes(name)
        change(&peer)
        return peer
    }

    private func group(_ peers: [Peer], _ balancing: Balancing) -> UpstreamGroup {
        UpstreamGroup(
            name: [], peers: peers, balancing: balancing, keepAlive: UpstreamKeepAlive(),
            isImplicit: false)
    }

    private func choose(_ group: UpstreamGroup, key: String = "") -> Int? {
        var request = PeerRequest()
        request.key = bytes(key)
        return group.select(for: &request, at: now).index
    }

    // MARK: Hashes

    @Test(arguments: [
        ("", 0x0000_0000 as UInt32), ("a", 0xE8B7_BE43), ("123456789", 0xCBF4_3926),
        ("The quick brown fox jumps over the lazy dog", 0x414F_A339),
    ])
    func `the check sum is that of zlib`(_ text: String, _ sum: UInt32) {
        var crc = CRC32()
        crc.add(bytes(text))
        #expect(crc.value == sum)
    }

    @Test func `a key leads to the same peer, and to another one when that is down`() {
        let all = group([peer("a"), peer("b"), peer("c")], .hash)
        let rest = group([peer("a") { $0.isDown = true }, peer("b"), peer("c")], .hash)
        for key in (0..<200).map({ "key\($0)" }) {
            let choice = choose(all, key: key)
            #expect(choose(all, key: key) == choice)
            #expect(choose(rest, key: key) == choice || choice == 0)
            #expect(choose(rest, key: key) != 0)
        }
    }

    @Test func `hashed keys are those of Cache Memcached`() {
        // crc32("a") >> 16 & 0x7fff is 0x68b7: 26807, an odd number.
        let two = group([peer("a"), peer("b")], .hash)
        #expect(choose(two, key: "a") == 1)
        // crc32("123456789") >> 16 & 0x7fff is 0x4bf4: 19444 modulo 3 is 1.
        let three = group([peer("a"), peer("b"), peer("c")], .hash)
        #expect(choose(three, key: "123456789") == 1)
    }

    @Test func `an empty key takes turns`() {
        let two = group([peer("a"), peer("b")], .hash)
        #expect((0..<4).map { _ in choose(two) } == [0, 1, 0, 1])
    }

    @Test func `a ring moves only the keys of a peer that goes`() {
        let names = ["a:1", "b:2", "c:3", "d:4"]
        let all = names.map { peer($0) }
        let full = group(all, .consistentHash(HashRing(all)))
        let fewer = Array(all.dropLast())
        let rest = group(fewer, .consistentHash(HashRing(fewer)))
        var counts = [0, 0, 0, 0]
        for key in (0..<2000).map({ "key\($0)" }) {
            guard let choice = choose(full, key: key) else {
                Issue.record("nobody for \(key)")
                return
            }
            counts[choice] += 1
            if choice < 3 { #expect(choose(rest, key: key) == choice) }
        }
        #expect(counts.allSatisfy { $0 > 300 })
    }

    @Test func `peers that are written alike share their keys by turns`() {
        let all = ["a:1", "a:1", "b:2"].map { peer($0) }
        let group = group(all, .consistentHash(HashRing(all)))
        let key = (0..<100).map { "key\($0)" }.first { choose(group, key: $0) != 2 } ?? ""
        #expect(Set((0..<2).map { _ in choose(group, key: key) }) == [0, 1])
    }

    @Test func `clients of a network share a peer`() {
        let two = group([peer("a"), peer("b"), peer("c")], .addressHash)
        let a = CompactAddress(ipv4: 0x0A00_0001, port: 1)
        let b = CompactAddress(ipv4: 0x0A00_00FE, port: 2)
        #expect(a.hashedBytes == [10, 0, 0])
        #expect(a.hashedBytes == b.hashedBytes)
        #expect(CompactAddress(ipv6: 1, 2, port: 3).hashedBytes.count == 16)
        #expect(CompactAddress.unix.hashedBytes == [0, 0, 0])
        var request = PeerRequest()
        // 89, then 113 times that plus each byte, modulo 6271: 3795, 2407, 2338; 2338 modulo 3 is
        // 1.
        request.key = [10, 0, 0]
        let hash = [10, 0, 0].reduce(89) { ($0 * 113 + $1) % 6271 }
        #expect(two.select(for: &request, at: now).index == hash % 3)
    }

    // MARK: The least

    @Test func `the peer with the fewest requests for its weight is asked`() {
        let two = group([peer("a"), peer("b") { $0.weight = 2 }], .leastConnections)
        let choices = (0..<6).map { _ in choose(two) }
        #expect(choices.count { $0 == 0 } == 2)
        two.release(0)
        #expect(choose(two) == 0)
    }

    @Test func `the fastest peer is asked`() {
        let time = ResponseTime(toHead: false)
        let two = group([peer("a"), peer("b")], .leastTime(time))
        two.peers[0].health.times.noteResponse(500)
        two.peers[1].health.times.noteResponse(30)
        two.peers[0].health.noteChosen(two.peers[0], at: now.seconds)
        two.peers[1].health.noteChosen(two.peers[1], at: now.seconds)
        let choices = (0..<12).map { _ in choose(two) }
        #expect(choices.dropLast().allSatisfy { $0 == 1 })
    }

    @Test func `a lease measures what it stands for, and frees its peer`() {
        let time = ResponseTime(toHead: true, countsUnfinished: true)
        let two = group([peer("a"), peer("b")], .leastTime(time))
        var request = PeerRequest()
        guard let index = two.select(for: &request, at: now).index else {
            Issue.record("nobody")
            return
        }
        do {
            var lease = PeerLease(adopting: index, of: two, at: now)
            #expect(two.peers[index].health.connectionCount == 1)
            #expect(two.peers[index].health.times.unfinishedAverage(at: now + 50) == 50)
            lease.noteHead(at: now + 100)
            #expect(two.peers[index].health.times.head == 100)
            #expect(two.peers[index].health.times.unfinishedAverage(at: now + 50) == nil)
            lease.noteEnd(at: now + 300)
            #expect(two.peers[index].health.times.response == 0)
        }
        #expect(two.peers[index].health.connectionCount == 0)
    }

    // MARK: Chance

    @Test func `chance respects weights, and who is down`() {
        let peers = [peer("a"), peer("b") { $0.weight = 3 }, peer("c") { $0.isDown = true }]
        let three = group(peers, .random)
        let choices = (0..<2000).map { _ in choose(three) }
        let count = choices.count { $0 == 0 }
        #expect((350...650).contains(count))
        #expect(!choices.contains(2))
    }

    @Test func `the better one of two is asked`() {
        let two = group([peer("a"), peer("b")], .randomOfTwo(.connections))
        for _ in 0..<50 { _ = choose(two) }
        let counts = two.peers.map(\.health.connectionCount)
        #expect(abs(counts[0] - counts[1]) <= 4)
    }

    // MARK: Limits, backups, and wishes

    @Test func `nobody gets more than max_conns`() async {
        let peers = [peer("a") { $0.connectionLimit = 2 }, peer("b") { $0.connectionLimit = 1 }]
        let two = group(peers, .roundRobin)
        #expect((0..<3).compactMap { _ in choose(two) }.count == 3)
        var request = PeerRequest()
        #expect(two.select(for: &request, at: now) == .busy)
        two.release(1)
        #expect(choose(two) == 1)
    }

    @Test func `backups are asked when no other can be, and nobody goes back from them`() {
        let peers = [peer("a") { $0.connectionLimit = 1 }, peer("b") { $0.isBackup = true }]
        let two = group(peers, .roundRobin)
        #expect(choose(two) == 0)
        var request = PeerRequest()
        #expect(two.select(for: &request, at: now).index == 1)
        two.release(0)
        #expect(two.select(for: &request, at: now).index == 0)
    }

    @Test(arguments: [Balancing.roundRobin, .leastConnections, .hash, .random, .addressHash])
    func `who is bound to a peer gets it, even while it drains`(_ balancing: Balancing) {
        let peers = [
            peer("a") { $0.route = [1] },
            peer("b") {
                $0.route = [2]
                $0.isDraining = true
            }, peer("c") { $0.route = [3] },
        ]
        let three = group(peers, balancing)
        for _ in 0..<10 {
            var bound = PeerRequest()
            bound.key = [1]
            bound.wish = [2]
            #expect(three.select(for: &bound, at: now).index == 1)
            var free = PeerRequest()
            free.key = [1]
            #expect(three.select(for: &free, at: now).index != 1)
        }
    }
}
