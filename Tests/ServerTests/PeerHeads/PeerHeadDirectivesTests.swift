// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives that rewrite heads.

import Testing

@testable import Server

@Suite struct PeerHeadDirectivesTests {
    @Test func `redirects of peers are rewritten by rules`() throws {
        let text = """
            server { listen 80; proxy_redirect http://a/ /b/; proxy_redirect ~*^(x) $1;
                location /off { proxy_redirect off; }
                location /default { proxy_pass http://a; proxy_redirect default; }
                location /inherited { proxy_pass http://a; } }
            """
        let rules = try settings(of: text).proxy.heads.redirects.elements
        guard rules.count == 2, case .replace(let from, let to) = rules[0],
            case .match(0, let address) = rules[1]
        else {
            Issue.record("\(rules)")
            return
        }
        #expect(from.constant == bytes("http://a/"))
        #expect(to.constant == bytes("/b/"))
        #expect(address.onlyVariable == .capture(1))
        let off = try settings(of: text, location: "/off").proxy.heads
        #expect(off.keepsRedirects && off.redirects.isEmpty)
        let standard = try settings(of: text, location: "/default").proxy.heads
        guard case .replace(let pass, let slash)? = standard.redirects.elements.first else {
            Issue.record("\(standard)")
            return
        }
        #expect(pass.constant == bytes("http://a/"))
        #expect(slash.constant == bytes("/"))
        let inherited = try settings(of: text, location: "/inherited").proxy.heads
        #expect(inherited.redirects.elements.count == 2)
    }

    @Test(arguments: [
        ("proxy_redirect default;", "should be placed after the \"proxy_pass\" directive"),
        (
            "location / { proxy_pass http://$host; proxy_redirect default; }",
            "cannot be used with \"proxy_pass\" directive with variables"
        ),
        (
            "location / { proxy_redirect default; proxy_pass http://a; }",
            "should be placed after the \"proxy_pass\" directive"
        ),
        ("proxy_redirect on;", "invalid parameter \"on\""),
        ("proxy_redirect off; proxy_redirect a b;", "\"proxy_redirect\" directive is duplicate"),
        ("proxy_redirect a b; proxy_redirect off;", "\"proxy_redirect\" directive is duplicate"),
        ("proxy_redirect ~( /;", "pcre2_compile() failed"),
        ("proxy_cookie_domain on;", "invalid parameter \"on\""),
        ("proxy_cookie_path off; proxy_cookie_path a b;", "directive is duplicate"),
        ("proxy_cookie_flags a secure; proxy_cookie_flags off;", "directive is duplicate"),
        ("proxy_method \"A B\";", "invalid value \"A B\""),
        ("proxy_method CONNECT;", "peers are not asked for tunnels"),
        ("proxy_http_version 2;", "HTTP/2 to peers is not supported yet"),
    ])
    func `what cannot be meant is refused`(_ text: String, _ message: String) {
        let findings = load("server { listen 80; \(text) }").findings
        #expect(findings.contains { $0.contains(message) }, "\(findings)")
    }

    @Test func `a flag that is none is warned of`() throws {
        let loaded = load("server { listen 80; proxy_cookie_flags a secured $arg_b; }")
        #expect(loaded.site != nil)
        #expect(loaded.findings.count == 1)
        #expect(loaded.findings[0].contains("did you mean `secure`?"))
    }

    @Test func `off hides what was inherited`() throws {
        let text = """
            server { listen 80; proxy_cookie_domain .a.b c; proxy_cookie_path ~*^/x /;
                proxy_cookie_flags ~. secure; proxy_method POST; proxy_set_body "x$uri";
                location /off { proxy_cookie_domain off; proxy_cookie_path off;
                    proxy_cookie_flags off; } }
            """
        let heads = try settings(of: text).proxy.heads
        guard case .replaceDomain(let from, let to)? = heads.cookieDomains.elements.first else {
            Issue.record("\(heads)")
            return
        }
        #expect(from.constant == bytes("a.b"))
        #expect(to.constant == bytes("c"))
        #expect(heads.rewritesCookies)
        #expect(heads.method?.constant == bytes("POST"))
        #expect(heads.content?.segments.count == 2)
        let off = try settings(of: text, location: "/off").proxy.heads
        #expect(!off.rewritesCookies)
        #expect(off.method?.constant == bytes("POST"))
    }
}
