// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What scripts make of requests.

import HTTP
import Memory
import OS
import Testing

@testable import Server

@Suite struct ScriptTests {
    /// Asks a server with these directives; the answer is its status, a blank, and its content or
    /// where it leads.
    private static func answer(
        _ target: String, of configuration: String, method: String = "GET",
        files: [String: String] = [:]
    ) throws -> String {
        var bench = try Bench(
            "server { listen 80; root DIR; absolute_redirect off; \(configuration) }", files: files)
        let (slot, step) = try bench.begin("\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(step == .respond)
        let status = bench.exchanges[slot].response.status
        let fields = String(
            decoding: bench.exchanges[slot].response.fields.copied(), as: UTF8.self)
        if let line = fields.split(separator: "\r\n").first(where: { $0.hasPrefix("Location: ") }) {
            return "\(status) \(line.dropFirst("Location: ".count))"
        }
        if status >= 400 { return "\(status)" }
        return "\(status) " + String(decoding: bench.content(of: slot).bytes, as: UTF8.self)
    }

    private static let rewriting = """
        rewrite ^/moved/(.*)$ /to/$1;
        rewrite ^/server-break/(.*)$ /to/$1 break;
        location / { return 200 "root $uri"; }
        location /to/ { return 200 "to $uri?$args"; }
        location /last/ { rewrite ^/last/(.*)$ /to/$1?a=b last; return 200 lost; }
        location /stay/ { rewrite ^/stay/(.*)$ /to/$1 break; return 200 lost; }
        location /on/ { rewrite ^/on/(.*)$ /to/$1?; return 200 "on $uri?$args"; }
        location /redirect/ { rewrite ^/redirect/(.*)$ /to/$1?a=b redirect; }
        location /permanent/ { rewrite ^/permanent/(.*)$ /to/$1 permanent; }
        location /address/ { rewrite ^/address/(.*)$ http://b.test/$1? last; }
        location /loop/ { rewrite ^ /loop/$uri; }
        location /nothing/ { rewrite ^ $arg_none last; }
        location /hidden { internal; return 200 hidden; }
        location /to-hidden { rewrite ^ /hidden last; }
        location /break/ { rewrite ^/break/(.*)$ /to/$1; break; return 200 lost; }
        """

    @Test(arguments: [
        ("/moved/x?q", "200 to /to/x?q"), ("/last/x?q", "200 to /to/x?a=b&q"),
        ("/server-break/x", "200 to /to/x?"),
        ("/on/x?q", "200 on /to/x?"), ("/redirect/x?q", "302 /to/x?a=b&q"),
        ("/redirect/a%20b%3fc", "302 /to/a%20b?c?a=b"), ("/permanent/x", "301 /to/x"),
        ("/address/x?q", "302 http://b.test/x"), ("/loop/", "500"), ("/nothing/", "500"),
        ("/hidden", "404"), ("/to-hidden", "200 hidden"),
    ])
    func `a path is rewritten`(_ target: String, _ answer: String) throws {
        #expect(try Self.answer(target, of: Self.rewriting) == answer)
    }

    @Test(arguments: [("/stay/x", "200 file"), ("/break/x", "200 file"), ("/stay/y", "404")])
    func `a location that stays serves the new path`(_ target: String, _ answer: String) throws {
        // Files of a bench lie in one folder.
        let rules = Self.rewriting.split(separator: "/to/$1", omittingEmptySubsequences: false)
            .joined(separator: "/$1")
        #expect(try Self.answer(target, of: rules, files: ["x": "file"]) == answer)
    }

    @Test(arguments: [
        ("$arg_a", "a=1", true), ("$arg_a", "a=0", false), ("$arg_a", "", false),
        ("$arg_a", "a=00", true), ("$arg_a = x", "a=x", true), ("$arg_a = x", "a=X", false),
        ("$arg_a != x", "a=x", false), ("$arg_a != x", "a=y", true), ("$arg_a = ''", "", true),
        ("$arg_a ~ x", "a=axb", true), ("$arg_a ~ x", "a=aXb", false),
        ("$arg_a ~* x", "a=aXb", true), ("$arg_a !~ x", "a=axb", false),
        ("$arg_a !~* x", "a=aXb", false), ("$arg_a !~* x", "a=b", true),
        ("-f $document_root/$arg_a", "a=x", true), ("-f $document_root/$arg_a", "a=", false),
        ("!-f $document_root/$arg_a", "a=y", true), ("-d $document_root", "", true),
        ("!-d $document_root", "", false), ("-e $document_root/$arg_a", "a=x", true),
        ("!-e $document_root/$arg_a", "a=x", false), ("-x $document_root", "", true),
        ("-x $document_root/$arg_a", "a=x", false), ("!-x $document_root/$arg_a", "a=x", true),
        (" $arg_a ", "a=1", true), (" $arg_a = \"x y\" ", "a=x%20y", false),
        ("$uri = \"/\"", "", true),
    ])
    func `a condition holds`(_ condition: String, _ query: String, _ holds: Bool) throws {
        let answer = try Self.answer(
            "/?" + query, of: "if (\(condition)) { return 200 yes; } return 200 no;",
            files: ["x": "file"])
        #expect(answer == (holds ? "200 yes" : "200 no"))
    }

    private static let conditions = """
        default_type text/plain;
        location / {
            set $x "";
            if ($arg_a) { set $x "${x}a"; add_header X-A 1; root DIR/none; }
            set $x "${x}.";
            if ($arg_b) { set $x "${x}b"; error_page 404 =200 @named; }
            return 200 "$x";
        }
        location /files/ {
            if ($arg_a) { return 200 "a $document_root"; }
            if ($arg_b) { root DIR; error_page 404 =200 @named; }
            if ($arg_c) { root DIR/none; }
            try_files /x =404;
        }
        location @named { return 200 "named $uri"; }
        """

    @Test(arguments: [
        ("/", "200 ."), ("/?a=1", "200 a."), ("/?b=1", "200 .b"), ("/?a=1&b=1", "200 a.b"),
        ("/files/", "200 file"), ("/files/?b=1", "200 named /files/"), ("/files/?c=1", "404"),
        ("/files/?b=1&c=1", "404"),
    ])
    func `the last block that held decides`(_ target: String, _ answer: String) throws {
        #expect(try Self.answer(target, of: Self.conditions, files: ["x": "file"]) == answer)
    }

    @Test(arguments: [
        ("GET", "200 free"), ("HEAD", "200 "), ("POST", "404"), ("PUT", "405"), ("MINE", "405"),
    ])
    func `limit_except is for the other methods`(_ method: String, _ answer: String) throws {
        // The rewriting of the location is not for them, so that files answer.
        let configuration = "location / { limit_except get { access_log off; } return 200 free; }"
        #expect(try Self.answer("/x", of: configuration, method: method) == answer)
    }

    @Test(arguments: [
        ("/?a=b", "200 x=1?x=1 "), ("/none?a=b", "200  "),
    ])
    func `args can be set`(_ target: String, _ answer: String) throws {
        let configuration = """
            location / { set $args x=1; return 200 "$args$is_args$query_string $arg_a"; }
            location /none { set $args ""; return 200 "$args$is_args $arg_a"; }
            """
        #expect(try Self.answer(target, of: configuration) == answer)
    }

    @Test(arguments: [
        "location / { rewrite ^/(a+)+$ /b; return 200 no; }",
        "location / { if ($uri ~ ^/(a+)+$) { return 200 yes; } return 200 no; }",
        "location ~ ^/(a+)+$ { return 200 yes; } location / { return 200 no; }",
    ])
    func `a pattern that costs too much is an error`(_ configuration: String) throws {
        let target = "/" + String(repeating: "a", count: 40) + "!"
        #expect(try Self.answer(target, of: configuration) == "500")
    }

    @Test func `what rewrite puts together does not lead out of the root`() throws {
        let configuration = "location / { root DIR/none; rewrite ^/a(.*)$ /$1 break; }"
        #expect(try Self.answer("/a../x", of: configuration, files: ["x": "file"]) == "404")
    }

    @Test(arguments: [
        ("/field", "200 [own][]"), ("/other", "200 [][sent]"), ("/plain", "200 [][]"),
    ])
    func `a variable of a family can be set`(_ target: String, _ answer: String) throws {
        let configuration = """
            location /field { set $http_x_a own; return 200 "[$http_x_a][$arg_b]"; }
            location /other { rewrite ^ /plain?b=sent last; }
            location /plain { return 200 "[$http_x_a][$arg_b]"; }
            """
        #expect(try Self.answer(target, of: configuration) == answer)
    }

    @Test(arguments: [
        ("/redirect", "302 /there"), ("/named", "200 /there"), ("/own", "301 /elsewhere"),
    ])
    func `an error page keeps where a redirect leads`(_ target: String, _ answer: String) throws {
        let configuration = """
            location /redirect { error_page 302 /page; return 302 /there; }
            location /named { error_page 302 =200 @page; return 302 /there; }
            location /own { error_page 302 /redirecting; return 302 /there; }
            location /page { return 200 page; }
            location @page { return 200 page; }
            location /redirecting { return 301 /elsewhere; }
            """
        #expect(try Self.answer(target, of: configuration) == answer)
    }

    @Test func `a block without a destination hides that of the one before`() throws {
        let configuration = """
            location / {
                if ($uri) { proxy_pass http://127.0.0.1:1; }
                if ($uri) { add_header X-A b; }
            }
            """
        #expect(try Self.answer("/", of: configuration) == "500")
    }

    @Test func `an alias does not fit a path that was rewritten`() throws {
        let configuration = "location /a/ { alias DIR/; rewrite ^/a/(.*)$ /$1 break; }"
        #expect(try Self.answer("/a/x", of: configuration, files: ["x": "file"]) == "500")
    }

    @Test(arguments: [
        ("a%20b", "a%20b"), ("a%2fb", "a/b"), ("a%2Bb", "a+b"), ("a%41b", "aAb"),
        ("a%3fb%41", "a?b%41"), ("a?b%41", "a?b%41"), ("a%C3", "a%C3"), ("a%", "a"), ("a%4", "a"),
        ("a%gg", "agg"), ("%%41", "%41"), ("a%4gb", "ab"), ("", ""),
    ])
    func `an address is written with as few escapes as it needs`(
        _ written: String, _ plain: String
    ) {
        var address = Buffer(capacity: 16)
        RedirectAddress.unescape(bytes(written).span, into: &address)
        #expect(address.copied() == bytes(plain))
    }

    @Test(arguments: [("/?a=1", "GET", "200"), ("/", "GET", "200"), ("/x", "POST", "404")])
    func `a block answers as the location around it`(
        _ target: String, _ method: String, _ status: String
    ) throws {
        let configuration = """
            location / {
                empty_gif;
                if ($arg_a) { add_header X-A b; }
                limit_except GET { access_log off; }
            }
            """
        let answer = try Self.answer(target, of: configuration, method: method)
        #expect(answer.prefix(3) == status)
    }
}
