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
        ("gzip_static", DirectiveOrigin.nginx), ("keyval", .nginxPlus), ("queue", .nginxPlus),
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
        ("access_by_lua_file", "no scripts run in this server"),
        ("perl", "no scripts run"), ("geoip_country", "there are no GeoIP databases here"),
        ("image_filter", "images are not changed here"), ("xslt_types", "XML is not transformed"),
        ("memcached_pass", "there is no memcached"), ("grpc_pass", "there is no gRPC here"),
        ("scgi_pass", "there is no SCGI here"), ("ssl_ocsp", "this part of TLS"),
        ("proxy_cache", "answers of peers are not kept yet"),
    ])
    func `families have a hint`(name: String, start: String) {
        let hint = NginxNames.find(name).flatMap { NginxNames.hint(for: $0) }
        #expect(hint?.hasPrefix(start) == true)
    }

    @Test func `most names have none`() {
        #expect(NginxNames.find("proxy_pass").flatMap { NginxNames.hint(for: $0) } == nil)
    }

    @Test(arguments: [
        ("fastcgi_pass", "nginx's \"fastcgi_pass\" is not supported"),
        ("ssl_certificate", "nginx's \"ssl_certificate\" is not supported yet"),
        ("mail", "nginx's \"mail\" is not supported"),
    ])
    func `what is still to come is told from what is not`(name: String, message: String) {
        let place = SourceLocation(file: 0, line: 1, column: 1, length: 1)
        #expect(NginxNames.find(name)?.unsupported(at: place).message == message)
    }

    @Test func `every directive by module is a name as well`() {
        for name in NginxModules.ofDirectives.flatMap({ $0.names }) where name != "include" {
            #expect(NginxNames.find(name) != nil, "\(name)")
        }
        #expect(NginxModules.ofDirectives.count > 50)
        #expect(NginxModules.ofDirectives.first?.name == "ngx_core_module")
    }

    @Test(arguments: [
        ("ssl_cipher", true), ("arg_x", true), ("jwt_claim_sub", true), ("geoip_city", true),
        ("cipher", false), ("", false),
    ])
    func `variables of nginx are known`(name: String, expected: Bool) {
        #expect(NginxModules.hasVariable(name) == expected)
    }
}
