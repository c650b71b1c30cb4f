// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Names of variables: which are known, and what is said of others.

import Memory
import Testing

@testable import Server

@Suite struct VariableRegistryTests {
    @Test(arguments: [
        ("uri", Variable.builtIn(.uri)), ("REQUEST_URI", .builtIn(.requestURI)),
        ("arg_A", .argument(bytes("a"))), ("cookie_sid", .cookie(bytes("sid"))),
        ("http_x_y", .requestField(bytes("x_y"))),
        ("sent_http_etag", .responseField(bytes("etag"))),
        ("upstream_http_x", .upstreamField(bytes("x"))), ("{uri}", .builtIn(.uri)),
        ("1", .capture(1)), ("{2}", .capture(2)), ("mine", .stored(0)),
    ])
    func `names are resolved when the configuration is read`(
        _ name: String, _ variable: Variable
    ) throws {
        let text = "server { listen 80; set $mine 1; location /a { return 200 \"$\(name)\"; } }"
        let site = try load(text).sound()
        guard let number = site.location("/a"),
            case .finish(200, let template?)? = site.locations[number].script.first
        else {
            Issue.record("no return")
            return
        }
        #expect(template.onlyVariable == variable)
    }

    @Test func `a variable may be set in another server`() throws {
        let text = """
            server { listen 80; server_name a; add_header X $v; }
            server { listen 80; server_name b; set $v 1; }
            """
        #expect(try load(text).sound().hosts.count == 2)
    }

    @Test(arguments: [("sent_http_x", false), ("upstream_http_x", true)])
    func `fields of peers are remembered only where somebody asks`(
        _ name: String, _ isUsed: Bool
    ) throws {
        let site = try load("server { listen 80; add_header X $\(name); }").sound()
        #expect(site.usesUpstreamFields == isUsed)
    }

    @Test(arguments: [
        ("request_uri", false), ("request_body", true), ("request_body_file", true),
    ])
    func `the content of a request is kept only where somebody asks`(
        _ name: String, _ isUsed: Bool
    ) throws {
        let site = try load("server { listen 80; add_header X $\(name); }").sound()
        #expect(site.usesRequestContent == isUsed)
    }

    @Test(arguments: [("upstream_http_x", false), ("upstream_trailer_x", true)])
    func `trailers of peers are remembered only where somebody asks`(
        _ name: String, _ isUsed: Bool
    ) throws {
        let site = try load("server { listen 80; add_header X $\(name); }").sound()
        #expect(site.usesUpstreamTrailers == isUsed)
    }

    @Test func `an unknown name is told once, with the nearest one`() {
        let findings = load(
            "server { listen 80; add_header X $upsteam_addr; add_header Y $upsteam_addr; }"
        ).findings
        #expect(
            findings == [
                "[emerg] unknown \"upsteam_addr\" variable in test:1 | did you mean "
                    + "`$upstream_addr`?"
            ])
    }
}
