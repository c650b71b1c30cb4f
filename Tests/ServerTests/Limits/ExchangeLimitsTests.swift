// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Limits of requests and of connections, driven by hand.

import EventLoop
import Memory
import OS
import Testing

@testable import Server

@Suite struct ExchangeLimitsTests {
    private static let configuration = """
        limit_req_zone $arg_k zone=one:1m rate=1r/m;
        limit_req_zone $arg_j zone=two:1m rate=1r/m;
        limit_conn_zone $arg_k zone=open:1m;
        server {
            listen 80;
            root DIR;
            location /req { limit_req zone=one burst=1 nodelay; try_files /a =404; }
            location /slow { limit_req zone=one burst=1; limit_req_status 429; }
            location /dry { limit_req zone=one; limit_req_dry_run on; try_files /a =404; }
            location /both { limit_req zone=one; limit_req zone=two; try_files /a =404; }
            location /conn { limit_conn open 1; try_files /a =404; }
        }
        """

    private static func bench() throws -> Bench { try Bench(configuration, files: ["a": "text"]) }

    /// What comes of one request after the other.
    private func statuses(_ targets: [String]) throws -> [Int] {
        var bench = try Self.bench()
        var found: [Int] = []
        for target in targets {
            let (slot, step) = try bench.beginAndWait("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(step == .respond)
            found.append(bench.exchanges[slot].response.status)
        }
        return found
    }

    @Test(arguments: [
        (["/req?k=1", "/req?k=1", "/req?k=1", "/req?k=2"], [200, 200, 503, 200]),
        (["/req", "/req", "/req", "/req?k="], [200, 200, 200, 200]),
        (["/dry?k=1", "/dry?k=1", "/dry?k=1"], [200, 200, 200]),
        // One limit that refuses leaves the other uncounted.
        (["/both?j=1", "/both?k=1&j=1", "/both?k=1", "/both?k=1"], [200, 503, 200, 503]),
        (["/conn?k=1", "/conn?k=1", "/conn?k=2", "/conn", "/conn"], [200, 503, 200, 200, 200]),
    ])
    func `keys have limits of their own`(_ targets: [String], _ expected: [Int]) throws {
        #expect(try statuses(targets) == expected)
    }

    @Test func `what is in excess waits for its turn`() throws {
        var bench = try Self.bench()
        let first = try bench.beginAndWait("GET /slow?k=1 HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(first.step == .respond)
        let (slot, step) = try bench.begin("GET /slow?k=1 HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(step == .wait)
        let (now, deadline) = (bench.services.clock.now, bench.exchanges[slot].deadline)
        let wait = try #require(deadline.map { $0 - now })
        // A minute in rates of a thousandth: sixteen requests in a thousand seconds.
        #expect((62_000...62_500).contains(wait), "\(wait)")
        #expect(bench.exchanges[slot].limits.verdicts.requests == .delayed)
        let again = bench.exchanges[slot].proceed(&bench.peers, &bench.services)
        #expect(again == .wait)
        let third = try bench.beginAndWait("GET /slow?k=1 HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(bench.exchanges[third.slot].response.status == 429)
    }

    @Test func `a request that has ended is counted no more`() throws {
        var bench = try Self.bench()
        let head = "GET /conn?k=1 HTTP/1.1\r\nHost: a\r\n\r\n"
        let first = try bench.beginAndWait(head)
        let second = try bench.beginAndWait(head)
        #expect(bench.exchanges[second.slot].response.status == 503)
        bench.exchanges[first.slot].limits.reset()
        let third = try bench.beginAndWait(head)
        #expect(bench.exchanges[third.slot].response.status == 200)
    }

    @Test func `a verdict that is known is not replaced`() {
        var verdicts = LimitVerdicts(requests: .delayed, connections: nil)
        verdicts.take(LimitVerdicts(requests: .passed, connections: .rejected))
        #expect(verdicts == LimitVerdicts(requests: .delayed, connections: .rejected))
    }
}
