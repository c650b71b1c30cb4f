// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `secure_link` and its kin, as configurations say them and as `$secure_link` does.

import Memory
import Testing

@testable import Server

@Suite struct SecureLinkDirectivesTests {
    @Test(arguments: [
        "secure_link $arg_a; secure_link_secret x;", "secure_link_secret x; secure_link_md5 a;",
    ])
    func `the two forms cannot be mixed`(_ text: String) {
        let findings = load("server { listen 80; \(text) }").findings
        #expect(findings.contains { $0.contains("cannot be mixed with") }, "\(findings)")
    }

    @Test func `one form hides the other one of the levels around it`() throws {
        let text = """
            secure_link_secret a;
            server { listen 80;
                location /new { secure_link $arg_a; location /new/in { secure_link_md5 x; } }
                location /old { secure_link $arg_a; location /old/in { secure_link_secret b; } } }
            """
        let outer = try settings(of: text).secureLink
        #expect(outer.secret == bytes("a") && outer.link == nil)
        let new = try settings(of: text, location: "/new/in").secureLink
        #expect(new.secret == nil && new.link != nil && new.digested != nil)
        let old = try settings(of: text, location: "/old/in").secureLink
        #expect(old.secret == bytes("b") && old.link == nil)
    }

    /// With digests of "secret/a" and of "secret/b", and in the old form of "a?bsecret".
    @Test(arguments: [
        ("/a?m=Uk44XbRR5pylyVLtoKARBw", "1"), ("/a?m=omRTtCKcs7uER9XNElwVug", ""), ("/a?m=", ""),
        ("/a", ""), ("/a?m=!", ""),
        ("/old/d54b4fe084081f0b4fde1ee265da2c06/a?b", "a?b"),
        ("/old/d54b4fe084081f0b4fde1ee265da2c06/a", ""),
    ])
    func `a link is worth what its digest is`(
        _ target: String, _ expected: String
    ) throws {
        var bench = try Bench(
            """
            server { listen 80; secure_link $arg_m; secure_link_md5 secret$uri;
                location /old { secure_link_secret secret; return 200 "$secure_link"; }
                location / { return 200 "$secure_link$secure_link_expires"; } }
            """)
        let (slot, _) = try bench.begin("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        let content = bench.exchanges[slot].response.body.copied()
        #expect(content == bytes(expected))
    }
}
