// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives that nginx has.

import Testing

@testable import Configuration

private let placed: [(String, Contexts)] = [
    ("worker_processes", .main), ("worker_connections", .events),
    ("root", [.http, .server, .location, .locationIf]),
    ("return", [.server, .location, .serverIf, .locationIf, .streamServer]),
    ("if", [.server, .location]),
    ("server", [.http, .upstream, .stream, .streamUpstream, .mail]),
    ("allow", [.http, .server, .location, .limitExcept, .stream, .streamServer]),
    ("proxy_pass", [.location, .locationIf, .limitExcept, .streamServer]),
    ("client_id", [.other]),
]

@Suite struct NginxNamesTests {
    @Test func `the table is whole`() {
        #expect(NginxNames.count > 820)
    }

    @Test(arguments: placed)
    func `names know their blocks`(name: String, contexts: Contexts) {
        #expect(NginxNames.find(name)?.contexts == contexts)
    }

    @Test(arguments: [
        ("gzip_static", DirectiveOrigin.nginx), ("health_check", .nginxPlus), ("queue", .nginxPlus),
        ("acme_issuer", .nginx), ("brotli_types", .nginxModule), ("more_set_headers", .nginxModule),
        ("access_by_lua_file", .nginxModule),
    ])
    func `names know their origin`(name: String, origin: DirectiveOrigin) {
        #expect(NginxNames.find(name)?.origin == origin)
    }

    @Test(arguments: ["", "m:", "roots", "proxy_pas", "include"])
    func `other names are not known`(name: String) {
        #expect(NginxNames.find(name) == nil)
    }

    @Test(arguments: [
        ("fastcgi_pass", "there is no FastCGI here"), ("uwsgi_pass", "there is no uwsgi"),
        ("imap_auth", "there is no mail proxy here"), ("mail", "there is no mail proxy here"),
        ("js_import", "no scripts run in this server"),
    ])
    func `families have a hint`(name: String, start: String) {
        let hint = NginxNames.find(name).flatMap { NginxNames.hint(for: $0) }
        #expect(hint?.hasPrefix(start) == true)
    }

    @Test func `most names have none`() {
        #expect(NginxNames.find("proxy_cache").flatMap { NginxNames.hint(for: $0) } == nil)
    }
}
