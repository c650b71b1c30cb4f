// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about proxies in front of us.

import Memory
import OS
import Testing

@testable import Server

@Suite struct ClientAddressDirectivesTests {
    @Test func `a block hides the proxies of those around it, and inherits the rest`() throws {
        let text = """
            set_real_ip_from 10.0.0.0/8; real_ip_header X-Forwarded-For;
            server { listen 80; real_ip_recursive on;
                location /a { }
                location /b { set_real_ip_from ::1; set_real_ip_from unix:;
                    set_real_ip_from LOCALHOST; real_ip_header CF-Connecting-IP; } }
            """
        let outer = try settings(of: text, location: "/a").clientAddress
        #expect(outer.trusted.elements.count == 1)
        #expect(outer.header == .forwardedFor && outer.isRecursive)
        let inner = try settings(of: text, location: "/b").clientAddress
        #expect(inner.trusted.elements.map(\.prefixLength) == [128, 0, 32, 128])
        #expect(inner.header == .field(bytes("cf-connecting-ip")) && inner.isRecursive)
    }

    @Test(arguments: [
        ("set_real_ip_from 10.0.0.1/8;", "low address bits of 10.0.0.1/8 are meaningless"),
        ("set_real_ip_from proxy.invalid;", "host not found in set_real_ip_from \"proxy.invalid\""),
        ("set_real_ip_from 10.0.0.0/33;", "host not found in set_real_ip_from \"10.0.0.0/33\""),
        ("real_ip_header A; real_ip_header B;", "\"real_ip_header\" directive is duplicate"),
    ])
    func `what is odd is told in nginx's words`(_ text: String, _ words: String) {
        let findings = load("server { listen 80; \(text) }").findings
        #expect(findings.count == 1)
        #expect(findings.first?.contains(words) == true)
    }

    @Test func `the step is off where nobody is believed`() throws {
        let site = try load(
            "server { listen 80; location /a { } location /b { set_real_ip_from ::1; } }"
        ).sound()
        let steps = ["/a", "/b"].compactMap { site.location($0) }.map {
            site.locations[$0].steps.contains(.findsClient)
        }
        #expect(steps == [false, true])
    }
}
