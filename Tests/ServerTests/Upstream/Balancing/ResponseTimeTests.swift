// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What `least_time` compares, in requests and in streams.

import OS
import Testing

@testable import Server

@Suite struct ResponseTimeTests {
    private func time(_ text: String) throws -> ResponseTime? {
        try #require(try load(text).sound().groups.first).balancing.responseTime
    }

    @Test(arguments: [
        ("header", ResponseTime()), ("last_byte", ResponseTime(toHead: false)),
        ("header inflight", ResponseTime(countsUnfinished: true)),
    ])
    func `requests have heads and ends`(words: String, expected: ResponseTime) throws {
        #expect(try time("upstream a { least_time \(words); server a; }") == expected)
    }

    @Test(arguments: [
        ("least_time header", true), ("least_time last_byte", true), ("least_time connect", false),
        ("least_time first_byte", false), ("random two least_time=header", true),
        ("random two least_time=connect", false),
    ])
    func `each kind of blocks has its own words`(line: String, isOfRequests: Bool) throws {
        let lines = "upstream a { \(line); server 127.0.0.1:1; }"
        let isOfStreams = !isOfRequests || line.contains("last_byte")
        #expect(((try? load(lines).sound()) != nil) == isOfRequests)
        let stream = "stream { \(lines) server { listen 127.0.0.1:2; proxy_pass a; } }"
        #expect(((try? load(stream).sound()) != nil) == isOfStreams)
    }

    @Test func `a connection is measured where that is asked for`() throws {
        for (time, count) in [(ResponseTime(toConnection: true), 5), (ResponseTime(), 9)] {
            let peers = [Peer(name: [1], target: .process), Peer(name: [2], target: .process)]
            let group = UpstreamGroup(
                name: [], peers: peers, balancing: .leastTime(time), keepAlive: UpstreamKeepAlive(),
                isImplicit: false)
            let start = Instant(milliseconds: 1_000)
            #expect(peers[0].health.acquire(limit: 0))
            var lease = PeerLease(adopting: 0, of: group, at: start)
            lease.noteConnection(at: start + 5)
            lease.noteHead(at: start + 9)
            #expect(peers[0].health.times.head == count)
        }
    }
}
