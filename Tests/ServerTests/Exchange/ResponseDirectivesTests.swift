// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `return`, `error_page` and what belongs to them.

import Memory
import Testing

@testable import Server

@Suite struct ResponseDirectivesTests {
    @Test(arguments: [
        ("204", 204, nil as String?), ("200 \"a b\"", 200, "a b"), ("301 /x", 301, "/x"),
        ("http://a/", 302, "http://a/"), ("https://a/", 302, "https://a/"), ("444", 444, nil),
        ("200 \"\"", 200, ""),
    ])
    func `an answer is a status, a text or an address`(
        _ written: String, _ status: Int, _ text: String?
    ) throws {
        let site = try load("server { listen 80; return \(written); }").sound()
        guard case .finish(let code, let template)? = site.locations[0].script.first else {
            Issue.record("no return")
            return
        }
        #expect(code == status)
        #expect(template?.constant == text.map { bytes($0) })
    }

    @Test func `steps keep the order of the text`() throws {
        let site = try load("server { listen 80; set $a 1; return 200 $a; set $b 2; }").sound()
        let script = site.locations[0].script
        guard script.count == 3, case .set(.variable(0), _) = script[0], case .finish = script[1],
            case .set(.variable(1), _) = script[2]
        else {
            Issue.record("\(script)")
            return
        }
    }

    @Test func `error pages say what the client sees`() throws {
        let text = """
            server { listen 80; error_page 404 /a; error_page 500 502 = @b; error_page 403 =200 /c;
                error_page 497 https://$host/; location /x { error_page 404 /d; } }
            """
        let pages = try settings(of: text).response.errorPages.elements
        #expect(pages.map(\.status) == [404, 500, 502, 403, 497])
        guard case .same = pages[0].answer, case .own = pages[1].answer,
            case .code(200) = pages[3].answer, case .code(400) = pages[4].answer
        else {
            Issue.record("\(pages)")
            return
        }
        #expect(pages[1].target.constant == bytes("@b"))
        #expect(try settings(of: text, location: "/x").response.errorPages.elements.count == 1)
    }

    @Test func `switches are taken over`() throws {
        let text = """
            server { listen 80; server_tokens off; absolute_redirect off; port_in_redirect off;
                server_name_in_redirect on; recursive_error_pages on;
                chunked_transfer_encoding off; }
            """
        let response = try settings(of: text).response
        #expect(!response.tellsVersion)
        #expect(!response.redirectsAbsolutely)
        #expect(!response.usesPortInRedirects)
        #expect(response.usesServerNameInRedirects)
        #expect(response.allowsRecursiveErrorPages)
        #expect(!response.allowsChunked)
    }
}
