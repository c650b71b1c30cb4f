// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives of TLS with peers: their defaults, and what is said of wrong ones.

import Memory
import TLS
import Testing

@testable import Server

@Suite struct PeerTLSDirectivesTests {
    @Test func `nothing is verified or told that is not asked for`() {
        let settings = PeerTLSSettings()
        #expect(!settings.verifies && !settings.sendsName && settings.resumesSessions)
        #expect(settings.verifyDepth == 1 && settings.ciphers == "DEFAULT")
        #expect(settings.versions == .usual && settings.name == nil && settings.cache == nil)
    }

    @Test(arguments: [
        ("proxy_ssl_verify maybe;", "invalid value \"maybe\""),
        ("proxy_ssl_verify_depth x;", "invalid"),
        ("proxy_ssl_protocols TLSv9;", "TLSv9"),
        ("proxy_ssl_ciphers nothing;", "nothing"),
        ("proxy_ssl_conf_command Nothing x;", "Nothing"),
        ("proxy_ssl_verify on;", "proxy_ssl_trusted_certificate"),
        (
            "proxy_ssl_certificate /nowhere/a.pem; proxy_ssl_certificate_key /nowhere/a.key;",
            "cannot load certificate \"/nowhere/a.pem\""
        ),
        ("proxy_ssl_certificate /nowhere/a.pem;", "proxy_ssl_certificate_key"),
        ("proxy_ssl_trusted_certificate /nowhere/a.pem; proxy_ssl_verify on;", "/nowhere/a.pem"),
        ("proxy_ssl_certificate_cache max=0;", "expected a number above 0"),
        ("proxy_ssl_certificate_cache inactive=1s;", "must have the \"max\" parameter"),
        ("proxy_ssl_certificate_cache off max=1;", "invalid parameter"),
        ("proxy_ssl_certificate_cache max=1 valid=x;", "expected a time"),
        ("proxy_ssl_name a; proxy_ssl_name b;", "directive is duplicate"),
    ])
    func `a wrong directive is explained`(_ directives: String, _ message: String) {
        let found = load(
            "server { location / { proxy_pass https://127.0.0.1:1; \(directives) } }"
        ).findings
        #expect(found.count == 1 && found[0].contains(message), "\(found)")
    }

    @Test func `files are not asked for where nobody speaks TLS`() throws {
        let site = load(
            """
            server { location / {
                proxy_pass http://127.0.0.1:1; proxy_ssl_trusted_certificate /nowhere/a.pem;
            } }
            """)
        #expect(site.findings == [])
    }
}
