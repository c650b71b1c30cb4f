// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `limit_req…` and `limit_conn…`, as configurations say them.

import Memory
import Testing

@testable import Server

@Suite struct LimitDirectivesTests {
    private static let zones = """
        limit_req_zone $binary_remote_addr zone=one:1m rate=10r/s;
        limit_conn_zone $server_name zone=two:32k;
        """

    private func zones(of text: String) throws -> [SiteZone] {
        let site = try load(text).sound()
        return (0..<site.zones.count).map { site.zones[$0] }
    }

    @Test(arguments: [
        ("10r/s", 10_000), ("30r/m", 500), ("1r/m", 16), ("5", 5000),
        ("1000000000r/s", 1_000_000_000_000),
    ])
    func `a rate is requests in a thousand seconds`(_ rate: String, _ expected: Int) throws {
        let text = "limit_req_zone $arg_k zone=a:1m rate=\(rate); server { listen 80; }"
        #expect(try zones(of: text).map(\.use) == [.requests(rate: expected)])
    }

    @Test func `zones have a size and a key`() throws {
        let zones = try zones(of: Self.zones + "server { listen 80; }")
        #expect(zones.map(\.byteCount) == [1 << 20, 32 << 10])
        #expect(zones.map(\.use) == [.requests(rate: 10_000), .connections])
        #expect(zones.map(\.isByAddress) == [true, false])
    }

    @Test(arguments: [
        ("", 0, 0), (" burst=5", 5000, 0), (" burst=5 nodelay", 5000, .max),
        (" burst=5 delay=2", 5000, 2000), (" delay=2 burst=5", 5000, 2000),
        (" burst=99999999", 4_294_966_000, 0),
    ])
    func `a limit counts in thousandths of requests`(
        _ rest: String, _ burst: Int, _ delay: Int
    ) throws {
        let text = Self.zones + "server { listen 80; limit_req zone=one\(rest); }"
        let limits = try settings(of: text).limits.requests.elements
        #expect(limits == [RequestLimit(zone: 0, burst: burst, delay: delay)])
    }

    @Test func `a level that has limits inherits none of the same kind`() throws {
        let text =
            Self.zones + """
                limit_conn_zone $arg_k zone=three:32k;
                limit_req zone=one; limit_conn two 5; limit_conn three 6;
                server { listen 80; location /a { limit_conn three 1; } location /b { } }
                """
        let inner = try settings(of: text, location: "/a").limits
        #expect(inner.requests.elements.count == 1)
        #expect(inner.connections.elements == [ConnectionLimit(zone: 2, count: 1)])
        #expect(try settings(of: text, location: "/b").limits.connections.elements.count == 2)
        let site = try load(text).sound()
        for number in 0..<site.locations.count {
            #expect(site.locations[number].steps.contains(.limitsRequests))
        }
    }

    @Test func `what becomes of the rest is said for each kind`() throws {
        let text = """
            limit_req_status 429; limit_req_log_level warn; limit_conn_dry_run on;
            server { listen 80; location /a { limit_conn_status 444; limit_req_log_level info; } }
            """
        let policy = try settings(of: text, location: "/a").limits.policy
        #expect(policy.requests.status == 429 && policy.connections.status == 444)
        #expect(policy.requests.logLevel == .information)
        #expect(policy.requests.delayLogLevel == .information)
        #expect(!policy.requests.isDry && policy.connections.isDry)
        let outer = try settings(of: text).limits.policy
        #expect(outer.connections.status == 503 && outer.connections.logLevel == .error)
        #expect(outer.requests.logLevel == .warning && outer.requests.delayLogLevel == .notice)
    }

    @Test func `a zone may be used before the line that declares it`() throws {
        let text = "limit_req zone=one; server { listen 80; }" + Self.zones
        #expect(try settings(of: text).limits.requests.elements.map(\.zone) == [0])
    }

    @Test(arguments: [
        ("limit_req zone=on;", "did you mean `one`?"),
        ("limit_req zone=x;", "zero size shared memory zone \"x\""),
        ("limit_req zone=two;", "already declared for a different use"),
        ("limit_conn one 1;", "already declared for a different use"),
        ("limit_req burst=1;", "must have \"zone\" parameter"),
        ("limit_req zone=one burst=0;", "invalid burst value \"burst=0\""),
        ("limit_req zone=one delay=x;", "invalid delay value \"delay=x\""),
        ("limit_req zone=one slow;", "invalid parameter \"slow\""),
        ("limit_req zone=one; limit_req zone=one burst=2;", "\"limit_req\" directive is duplicate"),
        ("limit_conn two 0;", "invalid number of connections \"0\""),
        ("limit_conn two 65536;", "connection limit must be less 65536"),
        ("limit_conn two 1; limit_conn two 2;", "\"limit_conn\" directive is duplicate"),
        ("limit_req_status 399;", "399"), ("limit_conn_log_level loud;", "loud"),
    ])
    func `a limit that makes no sense is told`(_ text: String, _ message: String) {
        let findings = load(Self.zones + "server { listen 80; \(text) }").findings
        #expect(findings.contains { $0.contains(message) }, "\(findings)")
    }

    @Test(arguments: [
        ("limit_req_zone $arg_k zone=one:1m rate=1r/s;", "already bound to key"),
        ("limit_conn_zone $arg_k zone=one:1m;", "already declared for a different use"),
        ("limit_req_zone $arg_k zone=a:1m rate=0r/s;", "invalid rate \"rate=0r/s\""),
        ("limit_req_zone $arg_k zone=a:1m rate=1r/h;", "invalid rate \"rate=1r/h\""),
        ("limit_req_zone $arg_k zone=a:16k rate=1r/s;", "zone \"a\" is too small"),
        ("limit_conn_zone $arg_k zone=a:65g;", "zone \"a\" is too large"),
        ("limit_conn_zone $arg_k zone=:1m;", "invalid zone size"),
        ("limit_conn_zone $arg_k zone=a;", "invalid zone size \"zone=a\""),
        ("limit_conn_zone $arg_k rate=1r/s;", "invalid parameter \"rate=1r/s\""),
    ])
    func `a zone that makes no sense is told`(_ text: String, _ message: String) {
        let findings = load(Self.zones + text + "server { listen 80; }").findings
        #expect(findings.contains { $0.contains(message) }, "\(findings)")
    }
}
