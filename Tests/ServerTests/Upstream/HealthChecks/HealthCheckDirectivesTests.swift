// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about health checks, and what is said of wrong ones.

import Memory
import Testing

@testable import Server

@Suite struct HealthCheckDirectivesTests {
    private let group = "upstream api { server 127.0.0.1:1; server 127.0.0.1:2; }\n"

    private func findings(_ location: String, _ http: String = "") -> [String] {
        load(group + http + "\nserver { location / { \(location) } }").findings
    }

    @Test func `a check has what its parameters say`() throws {
        let site = try load(
            """
            \(group)server {
                server_name a;
                location / { root /x; }
                location /api/ {
                    proxy_pass http://api;
                    health_check interval=2s jitter=300ms fails=3 passes=2 uri=/ok?a=b match=good
                        port=8080 mandatory persistent keepalive_time=1m type=http;
                }
            }
            match good { status 200; }
            """
        ).sound()
        #expect(site.healthChecks.count == 1)
        let check = site.healthChecks[0]
        #expect(site.groups[check.group].name == bytes("api"))
        #expect(site.locations[check.location].name == bytes("/api/"))
        #expect(site.hosts[check.host].name == bytes("a"))
        #expect(check.interval == 2000 && check.jitter == 300 && check.keepAliveTime == 60_000)
        #expect(check.failureLimit == 3 && check.passLimit == 2)
        #expect(check.target == bytes("/ok?a=b") && check.port == 8080)
        #expect(check.isMandatory && check.isPersistent)
        #expect(check.match.name == bytes("good"))
        #expect(check.match.statuses == [StatusTest(ranges: [200...200], isNegated: false)])
    }

    @Test func `a check without parameters has those of nginx Plus`() throws {
        let site = try load(
            group + "server { location / { proxy_pass http://api; health_check; } }"
        ).sound()
        let check = site.healthChecks[0]
        #expect(check.interval == 5000 && check.jitter == 0 && check.keepAliveTime == 0)
        #expect(check.failureLimit == 1 && check.passLimit == 1)
        #expect(check.target == bytes("/") && check.port == nil)
        #expect(!check.isMandatory && !check.isPersistent)
        #expect(check.match.statuses == HealthMatch.usual.statuses)
    }

    @Test(arguments: [
        ("health_check;", "\"health_check\" has no peers to ask"),
        ("proxy_pass http://$host; health_check;", "cannot ask peers that variables name"),
        ("proxy_pass http://api; health_check interval=0;", "expected a time above 0"),
        ("proxy_pass http://api; health_check intervall=1s;", "did you mean `interval`?"),
        ("proxy_pass http://api; health_check mandatroy;", "did you mean `mandatory`?"),
        ("proxy_pass http://api; health_check persistent;", "needs \"mandatory\""),
        ("proxy_pass http://api; health_check fails=0;", "expected a number from 1"),
        ("proxy_pass http://api; health_check port=0;", "expected a number from 1 to 65535"),
        ("proxy_pass http://api; health_check uri=health;", "expected a path"),
        ("proxy_pass http://api; health_check 'uri=/a b';", "must be escaped"),
        ("proxy_pass http://api; health_check match=goood;", "did you mean `good`?"),
        ("proxy_pass http://api; health_check match=x;", "match \"x\" is not found"),
        ("proxy_pass http://api; health_check type=grpc;", "are not supported"),
        ("proxy_pass http://api; health_check udp;", "not for peers that speak HTTP"),
        ("proxy_pass http://api; health_check; health_check;", "directive is duplicate"),
    ])
    func `a wrong check is explained`(_ location: String, _ message: String) {
        let found = findings(location, "match good { status 200; }")
        #expect(found.count == 1 && found[0].contains(message), "\(found)")
    }

    @Test(arguments: [
        ("status 99;", "such as 200-399"), ("status 200-;", "such as 200-399"),
        ("status 300-200;", "such as 200-399"), ("status !;", "behind \"!\""),
        ("status ok;", "expected a status"), ("header X =;", "expected a name, an operator"),
        ("header X == a;", "invalid value \"==\""), ("header ! X a;", "header ! name"),
        ("header \"a b\";", "invalid field name"), ("body = a;", "invalid value \"=\""),
        ("body ~ '(';", "pcre2_compile() failed"), ("require a;", "expected a variable"),
        ("require $nothing;", "unknown \"nothing\" variable"), ("send x;", "send"),
    ])
    func `a wrong test is explained`(_ tests: String, _ message: String) {
        let found = load("match m { \(tests) }").findings
        #expect(found.count == 1 && found[0].contains(message), "\(found)")
    }

    @Test func `a match has one name`() {
        let found = load("match m { status 200; } match m { status 201; }").findings
        #expect(found.count == 1 && found[0].contains("duplicate match \"m\""))
    }
}
