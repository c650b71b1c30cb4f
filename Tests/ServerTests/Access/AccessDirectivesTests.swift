// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `allow`, `deny`, `satisfy` and `auth_delay`, as configurations say them.

import OS
import Testing

@testable import Server

@Suite struct AccessDirectivesTests {
    @Test(arguments: [
        ("deny all;", "10.0.0.1", false), ("allow all;", "::1", true), ("", "::1", nil),
        ("allow 10.0.0.0/8; deny all;", "10.9.9.9", true),
        ("allow 10.0.0.0/8; deny all;", "11.0.0.1", false),
        ("allow 10.0.0.0/8; deny all;", "::1", false),
        ("deny all; allow 10.0.0.1;", "10.0.0.1", false),
        ("deny 10.0.0.1; allow 10.0.0.0/8;", "10.0.0.1", false),
        ("deny 10.0.0.1; allow 10.0.0.0/8;", "10.0.0.2", true),
        ("deny 10.0.0.1;", "10.0.0.2", nil), ("deny 2001:db8::/32;", "2001:db8::1", false),
        ("allow unix:; deny all;", "10.0.0.1", false), ("deny unix:;", "::1", nil),
        // In the shape of IPv6, an IPv4 address is seen by the rules for IPv4 when there are some.
        ("deny 10.0.0.1;", "::ffff:10.0.0.1", false), ("deny ::/0;", "::ffff:10.0.0.1", false),
        ("deny 10.0.0.1; deny ::/0;", "::ffff:10.0.0.2", nil),
        ("allow all; deny ::/0;", "::ffff:10.0.0.2", true),
    ])
    func `the first rule that fits decides`(
        _ text: String, _ client: String, _ expected: Bool?
    ) throws {
        let client = try #require(address(client))
        let access = try settings(of: "server { listen 80; \(text) }").access
        #expect(access.allows(client) == expected)
    }

    @Test(arguments: [
        ("allow unix:; deny all;", true), ("deny unix:;", false), ("deny 0.0.0.0/0;", nil),
        ("deny all;", false),
    ])
    func `a peer of a Unix socket has rules of its own`(_ text: String, _ expected: Bool?) throws {
        let access = try settings(of: "server { listen 80; \(text) }").access
        #expect(access.allows(.unix) == expected)
    }

    @Test func `a level that has rules inherits none`() throws {
        let text = """
            deny all;
            server { listen 80; location /a { } location /b { allow ::1; satisfy any;
                auth_delay 2s; location /b/c { } } }
            """
        let client = try #require(address("10.0.0.1"))
        #expect(try settings(of: text, location: "/a").access.allows(client) == false)
        #expect(try settings(of: text, location: "/b").access.allows(client) == nil)
        let inner = try settings(of: text, location: "/b/c").access
        #expect(inner.rules.elements.count == 1 && inner.satisfiesAny)
        #expect(inner.refusalDelay == 2000)
    }

    @Test(arguments: [
        ("deny none;", "invalid parameter \"none\""),
        ("allow 10.0.0.0/40;", "invalid parameter \"10.0.0.0/40\""),
        ("allow 10.0.0.1/8;", "low address bits of 10.0.0.1/8 are meaningless"),
        ("satisfy some;", "invalid value \"some\""), ("satisfy any; satisfy all;", "duplicate"),
        ("auth_delay never;", "invalid value \"never\""),
    ])
    func `what makes no sense is told`(_ text: String, _ message: String) {
        let findings = load("server { listen 80; \(text) }").findings
        #expect(findings.contains { $0.contains(message) }, "\(findings)")
    }

    private func address(_ text: String) -> CompactAddress? {
        let text = bytes(text)
        return CompactAddress(parsingAddress: text.span, port: 1000)
    }
}
