// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `valid_referers`, as configurations say it and as `$invalid_referer` does.

import Memory
import Testing

@testable import Server

@Suite struct RefererDirectivesTests {
    @Test(arguments: [
        ("valid_referers none blocked;", "without any valid referer"),
        ("valid_referers none ~x;", "without any valid referer"),
        ("valid_referers a.test A.test;", "conflicting parameter \"a.test\""),
        ("valid_referers a.*.test;", "invalid hostname or wildcard \"a.*.test\""),
        ("valid_referers ~;", "empty regex in \"~\""),
        ("valid_referers ~(;", "pcre2_compile() failed"),
        ("valid_referers;", "valid_referers"),
    ])
    func `what makes no sense is refused`(_ text: String, _ message: String) {
        let findings = load("server { listen 80; \(text) }").findings
        #expect(findings.contains { $0.contains(message) }, "\(findings)")
    }

    @Test(arguments: [
        ("/", "http://www.a.test/x", ""), ("/", "http://www.b.test/x", "1"), ("/", nil, "1"),
        ("/server", "http://later.test", ""), ("/server", "http://named7.test/", ""),
        ("/server", nil, ""), ("/none", nil, ""), ("/none", "www.a.test", "1"),
        ("/inner", "http://www.a.test/", "1"), ("/inner", "http://pattern.test/", ""),
    ])
    func `a referer is compared with the names of the location`(
        _ target: String, _ referer: String?, _ expected: String
    ) throws {
        var bench = try Bench(
            """
            server {
                listen 80;
                server_name ~^named[0-9].test$;
                valid_referers www.a.test ~pattern;
                location / { return 200 "$invalid_referer"; }
                location /none { valid_referers none x.test; return 200 "$invalid_referer"; }
                location /server {
                    valid_referers none server_names;
                    return 200 "$invalid_referer";
                }
                location /inner { valid_referers b.test; return 200 "$invalid_referer"; }
                server_name later.test;
            }
            """)
        let line = referer.map { "Referer: \($0)\r\n" } ?? ""
        let (slot, _) = try bench.begin("GET \(target) HTTP/1.1\r\nHost: a\r\n\(line)\r\n")
        let content = bench.exchanges[slot].response.body.copied()
        #expect(content == bytes(expected))
    }
}
