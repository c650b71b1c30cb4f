// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about health checks of peers of sessions, and what is said of wrong ones.

import Memory
import Testing

@testable import Server

@Suite struct SessionCheckDirectivesTests {
    private func stream(_ check: String, _ more: String = "") -> LoadedSite {
        load(
            """
            stream {
                upstream api { server 127.0.0.1:1; }
                \(more)
                server { listen 1; \(check) }
            }
            """)
    }

    @Test func `a check has what its parameters say`() throws {
        let site = try stream(
            """
            proxy_pass api; proxy_protocol v2; health_check_timeout 2s;
            health_check interval=2s jitter=300ms fails=3 passes=2 match=good port=8080 mandatory
                persistent;
            """, "match good { send 'a\\x00\\xfF'; expect ~* b; }"
        ).sound()
        let check = try #require(site.healthChecks.first)
        #expect(check.kind == .connection && check.header == .binary)
        #expect(site.groups[check.group].name == bytes("api"))
        #expect(site.locations[check.location].settings.stream.policy.healthTimeout == 2000)
        #expect(check.interval == 2000 && check.jitter == 300)
        #expect(check.failureLimit == 3 && check.passLimit == 2 && check.port == 8080)
        #expect(check.isMandatory && check.isPersistent)
        #expect(check.matchName == bytes("good"))
        #expect(check.session.sent == bytes("a") + [0, 255])
        #expect(check.session.expectation?.written == bytes("b"))
    }

    @Test func `a check without parameters only connects`() throws {
        let check = try #require(
            stream("proxy_pass api; health_check;").sound().healthChecks.first)
        #expect(check.kind == .connection && check.interval == 5000 && check.header == .none)
        #expect(check.session.sent.isEmpty && check.session.expectation == nil)
        let other = try #require(
            stream("proxy_pass 127.0.0.1:9; health_check udp;").sound().healthChecks.first)
        #expect(other.kind == .datagram)
    }

    @Test(arguments: [
        ("return a; health_check;", "\"health_check\" has no peers to ask"),
        ("proxy_pass $remote_addr:1; health_check;", "cannot ask peers that variables name"),
        ("proxy_pass api; health_check uri=/;", "invalid parameter \"uri=/\""),
        ("proxy_pass api; health_check keepalive_time=1s;", "invalid parameter"),
        ("proxy_pass api; health_check upd;", "did you mean `udp`?"),
        ("proxy_pass api; health_check match=goood;", "did you mean `good`?"),
        ("proxy_pass api; health_check match=x;", "of a `match` block in `stream`"),
        ("proxy_pass api; health_check persistent;", "needs \"mandatory\""),
        ("proxy_pass api; health_check; health_check;", "directive is duplicate"),
    ])
    func `a wrong check is explained`(_ check: String, _ message: String) {
        let found = stream(check, "match good { send a; }").findings
        #expect(found.count == 1 && found[0].contains(message), "\(found)")
    }

    @Test(arguments: [
        ("send '\\x0';", "two hexadecimal digits"), ("send '\\xg0';", "two hexadecimal digits"),
        ("send '';", "at least one byte"), ("expect '';", "at least one byte"),
        ("expect ~ (;", "pcre2_compile() failed"), ("expect = a;", "did you mean `~`?"),
        ("send a; send b;", "directive is duplicate"),
        ("status 200;", "\"status\" directive is not allowed here"),
    ])
    func `a wrong match is explained`(_ tests: String, _ message: String) {
        let found = stream("proxy_pass api;", "match good { \(tests) }").findings
        #expect(found.count == 1 && found[0].contains(message), "\(found)")
    }

    @Test func `a match of one name stands once`() {
        let found = stream("proxy_pass api;", "match a { send a; } match a { send b; }").findings
        #expect(found.count == 1 && found[0].contains("duplicate match \"a\""), "\(found)")
    }
}
