// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Mistakes in a configuration, and what their author is told.

import Configuration
import Testing

@testable import Server

/// A part of a configuration, where it stands, and the beginning of what is found.
struct Mistake: Sendable, CustomTestStringConvertible {
    enum Place: Sendable { case main, server, location, upstream }

    let place: Place
    let text: String
    let finding: String

    init(_ place: Place, _ text: String, _ finding: String) {
        self.place = place
        self.text = text
        self.finding = finding
    }

    var testDescription: String { text }

    var configuration: String {
        switch place {
        case .main: text
        case .server: "server { listen 80; \(text) }"
        case .location: "server { listen 80; location /x { \(text) } }"
        case .upstream: "upstream u { \(text) }"
        }
    }
}

@Suite struct SiteDiagnosticsTests {
    @Test(arguments: [
        Mistake(.main, "worker_processes 0;", "[emerg] invalid value \"0\""),
        Mistake(.main, "http { } http { }", "[emerg] \"http\" directive is duplicate"),
        Mistake(.main, "stream { } stream { }", "[emerg] \"stream\" directive is duplicate"),
        Mistake(.main, "mail { }", "[emerg] nginx's \"mail\" is not supported"),
        Mistake(.main, "server_name x;", "[emerg] \"server_name\" directive is not allowed here"),
        Mistake(.main, "location / { }", "[emerg] \"location\" directive is not allowed here"),
        Mistake(.main, "upstream u { }", "[emerg] no servers are inside upstream"),
        Mistake(
            .main, "upstream u { server a; } upstream U { server a; }",
            "[emerg] duplicate upstream \"U\""),
        Mistake(.main, "map $uri x { }", "[emerg] invalid variable name \"x\""),
        Mistake(.main, "map $uri $host { }", "[emerg] the duplicate \"host\" variable"),
        Mistake(.main, "map $uri $x { a b c; }", "[emerg] invalid number of the map parameters"),
        Mistake(.main, "map $uri $x { a b; A c; }", "[emerg] conflicting parameter \"A\""),
        Mistake(
            .main, "map $uri $x { default a; default b; }",
            "[emerg] duplicate default map parameter"),
        Mistake(
            .main, "log_format x a; log_format x b;",
            "[emerg] duplicate \"log_format\" name \"x\""),
        Mistake(
            .main, "log_format x escape=html b;", "[emerg] unknown log format escaping"),
        Mistake(.main, "error_log /x loud;", "[emerg] invalid value \"loud\""),
        Mistake(.main, "error_log syslog:server=a;", "[emerg] host not found in syslog"),
        Mistake(.main, "error_log off;", "[warn] \"error_log\" cannot be switched off"),
    ])
    func `mistakes of the main level are told`(_ mistake: Mistake) {
        expectFound(mistake)
    }

    @Test(arguments: [
        Mistake(.server, "listen 0;", "[emerg] invalid port in \"0\" of the \"listen\""),
        Mistake(.server, "listen 65536;", "[emerg] invalid port in \"65536\""),
        Mistake(.server, "listen example.com:80;", "[emerg] host not found in"),
        Mistake(.server, "listen [::1:80;", "[emerg] host not found in"),
        Mistake(
            .server, "listen 443 ssl;",
            "[emerg] no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive"),
        Mistake(
            .server, "listen 81 defualt_server;",
            "[emerg] invalid parameter \"defualt_server\" in test:1 | did you mean"),
        Mistake(.server, "listen 81 backlog=0;", "[emerg] invalid backlog"),
        Mistake(.server, "listen 81 ipv6only=maybe;", "[emerg] invalid ipv6only flags"),
        Mistake(.server, "listen 80;", "[emerg] a duplicate listen 0.0.0.0:80"),
        Mistake(.server, "server_name a*b;", "[emerg] invalid server name or wildcard \"a*b\""),
        Mistake(.server, "server_name ~;", "[emerg] empty regex in server name \"~\""),
        Mistake(.server, "server_name ~(;", "[emerg] pcre2_compile() failed: missing closing"),
        Mistake(.server, "server_name a/b;", "[warn] server name \"a/b\" has suspicious symbols"),
        Mistake(
            .server, "location ! /x { }", "[emerg] invalid location modifier \"!\""),
        Mistake(.server, "location /a { } location /a { }", "[emerg] duplicate location \"/a\""),
        Mistake(.server, "location ^~ /a { } location /a { }", "[emerg] duplicate location"),
        Mistake(.server, "location @a { } location @a { }", "[emerg] duplicate location \"@a\""),
        Mistake(
            .server, "location /a { location /b { } }",
            "[emerg] location \"/b\" is outside location \"/a\""),
        Mistake(
            .server, "location = /a { location /a/b { } }",
            "[emerg] location \"/a/b\" cannot be inside the exact location \"/a\""),
        Mistake(
            .server, "location @a { location /b { } }",
            "[emerg] location \"/b\" cannot be inside the named location \"@a\""),
        Mistake(
            .server, "location /a { location @b { } }",
            "[emerg] named location \"@b\" can be on the server level only"),
        Mistake(.server, "location ~ [ { }", "[emerg] pcre2_compile() failed"),
        Mistake(.server, "proxy_pass http://a;", "[emerg] \"proxy_pass\" directive is not allowed"),
        Mistake(.server, "alias /x;", "[emerg] \"alias\" directive is not allowed here"),
    ])
    func `mistakes of a server are told`(_ mistake: Mistake) {
        expectFound(mistake)
    }

    @Test(arguments: [
        Mistake(.location, "root /a; alias /b;", "[emerg] \"alias\" directive is duplicate"),
        Mistake(.location, "root $document_root/a;", "[emerg] the $document_root variable"),
        Mistake(.location, "index \"\";", "[emerg] index \"\" in \"index\" directive is invalid"),
        Mistake(.location, "index /a b;", "[warn] only the last index"),
        Mistake(.location, "alias /data/;", "[warn] location \"/x\" and its alias"),
        Mistake(.location, "try_files $uri;", "[emerg] invalid number of arguments"),
        Mistake(.location, "try_files $uri =1000;", "[emerg] invalid code \"=1000\""),
        Mistake(.location, "types { text/html; }", "[emerg] invalid number of arguments"),
        Mistake(.location, "types { a/b x; c/d x; }", "[warn] duplicate extension \"x\""),
        Mistake(.location, "gzip_types text/html;", "[warn] duplicate MIME type \"text/html\""),
        Mistake(.location, "gzip sometimes;", "[emerg] invalid value \"sometimes\" in \"gzip\""),
        Mistake(.location, "return 1000;", "[emerg] invalid return code \"1000\""),
        Mistake(.location, "return /a;", "[emerg] invalid return code \"/a\""),
        Mistake(.location, "set x 1;", "[emerg] invalid variable name \"x\""),
        Mistake(.location, "set $uri 1;", "[emerg] the duplicate \"uri\" variable"),
        Mistake(.location, "return 200 $hots;", "[emerg] unknown \"hots\" variable"),
        Mistake(
            .location, "return 200 $slice_range;",
            "[emerg] nginx's variable \"$slice_range\" is not supported yet"),
        Mistake(.location, "error_page 299 /x;", "[emerg] value \"299\" must be between 300"),
        Mistake(.location, "error_page 499 /x;", "[emerg] value \"499\" cannot be used"),
        Mistake(.location, "error_page = /x;", "[emerg] invalid value \"=\""),
        Mistake(.location, "error_page 404 =x /x;", "[emerg] invalid value \"=x\""),
        Mistake(.location, "error_page 404 /a; error_page 404 /b;", "[warn] this block has an"),
        Mistake(.location, "add_header \"a b\" c;", "[emerg] invalid field name \"a b\""),
        Mistake(.location, "add_header a b c;", "[emerg] invalid parameter \"c\""),
        Mistake(.location, "access_log /x y;", "[emerg] unknown log format \"y\""),
        Mistake(.location, "access_log /x combned;", "[emerg] unknown log format \"combned\" in"),
        Mistake(.location, "access_log off x;", "[emerg] invalid parameter \"x\""),
        Mistake(.location, "access_log /$host x gzip;", "[emerg] buffered logs cannot"),
        Mistake(.location, "expires 1dd;", "[emerg] invalid value \"1dd\""),
        Mistake(.location, "expires changed 1d;", "[emerg] invalid value \"changed\""),
        Mistake(.location, "expires @25h;", "[emerg] daily time value must be less than"),
        Mistake(.location, "expires modified @1h;", "[emerg] daily time cannot be used with"),
        Mistake(.location, "add_header_inherit merg;", "[emerg] invalid value \"merg\""),
        Mistake(.location, "add_trailer \"a b\" c;", "[emerg] invalid field name \"a b\""),
        Mistake(.location, "lingering_close maybe;", "[emerg] invalid value \"maybe\""),
    ])
    func `mistakes of a location are told`(_ mistake: Mistake) {
        expectFound(mistake)
    }

    @Test(arguments: [
        Mistake(.location, "proxy_pass x;", "[emerg] invalid URL prefix"),
        Mistake(.location, "proxy_pass ftp://x;", "[emerg] invalid URL prefix"),
        Mistake(.location, "proxy_pass http://;", "[emerg] no host in upstream \"http://\""),
        Mistake(.location, "proxy_pass http://a:x;", "[emerg] invalid port in upstream"),
        Mistake(.location, "proxy_pass http://a; proxy_pass http://b;", "[emerg] \"proxy_pass\""),
        Mistake(
            .server, "location ~ x { proxy_pass http://a/; }",
            "[emerg] \"proxy_pass\" cannot have URI part"),
        Mistake(
            .server, "location @x { proxy_pass http://a/b; }",
            "[emerg] \"proxy_pass\" cannot have URI part"),
        Mistake(
            .main,
            "upstream u { server a; } server { location / { proxy_pass http://u:81; } }",
            "[emerg] upstream \"u\" may not have port 81"),
        Mistake(.location, "proxy_http_version 2;", "[emerg] HTTP/2 to peers"),
        Mistake(.location, "proxy_next_upstream eror;", "[emerg] invalid value \"eror\""),
        Mistake(.location, "proxy_redirect on;", "[emerg] invalid parameter \"on\""),
        Mistake(.upstream, "server a weight=0;", "[emerg] invalid parameter \"weight=0\""),
        Mistake(
            .upstream, "server a weight=two;",
            "[emerg] invalid parameter \"weight=two\" in test:1 | expected a whole number"),
        Mistake(.upstream, "server a max_conns=x;", "[emerg] invalid parameter \"max_conns=x\""),
        Mistake(.upstream, "server a fast;", "[emerg] invalid parameter \"fast\""),
        Mistake(.upstream, "server a/b;", "[emerg] invalid host in upstream \"a/b\""),
        Mistake(.upstream, "server http://a;", "[emerg] invalid port in upstream"),
        Mistake(.upstream, "server a; keepalive x;", "[emerg] invalid value \"x\""),
        Mistake(.upstream, "hash x; server a backup;", "[emerg] balancing method does not support"),
        Mistake(
            .upstream, "least_conn; ip_hash; server a;",
            "[warn] load balancing method redefined"),
    ])
    func `mistakes about peers are told`(_ mistake: Mistake) {
        expectFound(mistake)
    }

    private func expectFound(_ mistake: Mistake) {
        let loaded = load(mistake.configuration)
        #expect(loaded.findings.count == 1)
        #expect(loaded.findings.first?.hasPrefix(mistake.finding) == true, "\(loaded.findings)")
        #expect((loaded.site == nil) == mistake.finding.hasPrefix("[emerg]"))
    }

    @Test func `an added field that hides others is warned of`() throws {
        let text = """
            server { listen 80; add_header X-A 1; add_header X-B 2;
                location / { add_header X-C 3; add_header X-D 4; } }
            """
        let loaded = load(text)
        #expect(
            loaded.findings == [
                "[warn] \"add_header\" here hides those of the blocks around it in test:2 | "
                    + "no longer sent: X-A, X-B"
            ])
    }

    @Test func `an ignored directive is told once with its reason`() {
        let loaded = load(
            "http { aio on; server { listen 80; aio off; tcp_nopush on; } }")
        #expect(loaded.findings.isEmpty)
        #expect(loaded.diagnostics.ignored.map(\.name) == ["aio", "tcp_nopush"])
    }
}
