// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Heads to and from a peer that is played by hand, as the configuration rewrites them.

import HTTP
import Memory
import OS
import Testing

@testable import Server

@Suite struct ExchangePeerHeadsTests {
    private static let plain = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    /// The request that a peer would get.
    private func request(_ rest: String, _ head: String = plain) throws -> String {
        var bench = try Bench(
            "server { listen 80; location / { proxy_pass http://p.test:81; \(rest) } }")
        let (slot, step) = try bench.begin(head)
        #expect(step == .proceed)
        return String(decoding: bench.exchanges[slot].proxy.request.copied(), as: UTF8.self)
    }

    /// The field lines that a client would get.
    private func fields(_ answer: String, _ rest: String) throws -> String {
        let peer = try PlayedPeer()
        var bench = try Bench(
            "server { listen 80; location / { proxy_pass http://127.0.0.1:\(peer.port); \(rest) } }"
        )
        let (slot, _) = try bench.begin(Self.plain)
        #expect(bench.exchanges[slot].proceed(&bench.peers, &bench.services) == .wait)
        let socket = try peer.accept()
        #expect(bench.waitForPeer(slot) == .wait)
        send("HTTP/1.1 200 OK\r\n\(answer)Content-Length: 0\r\n\r\n", to: socket)
        #expect(bench.waitForPeer(slot) == .respond)
        return String(
            decoding: bench.exchanges[slot].response.fields.copied(), as: UTF8.self)
    }

    @Test(arguments: [
        ("proxy_method POST;", "POST / HTTP/1.1\r\n"),
        ("proxy_method $arg_none;", "GET / HTTP/1.1\r\n"),
        ("set $m \"A\\r\\nB\"; proxy_method $m;", "GET / HTTP/1.1\r\n"),
        ("set $m CONNECT; proxy_method $m;", "GET / HTTP/1.1\r\n"),
    ])
    func `the method may be another one, but never more than a method`(
        _ rest: String, _ expected: String
    ) throws {
        #expect(try request(rest).hasPrefix(expected))
    }

    @Test(arguments: [
        ("", "Host: p.test:81\r\n"), ("proxy_set_header Host $host;", "Host: a\r\n"),
        ("proxy_set_header Host '';", "Host: p.test:81\r\n"),
        ("proxy_set_header Host $arg_x;", "Host: p.test:81\r\n"),
        ("proxy_set_header Host x; proxy_set_header hOST y;", "Host: y\r\n"),
    ])
    func `there is one Host, and it is not empty`(_ rest: String, _ expected: String) throws {
        let text = try request(rest)
        #expect(text.contains("\r\n" + expected))
        #expect(text.lowercased().split(separator: "host:").count == 2)
    }

    @Test func `HTTP/1.0 may do without Host`() throws {
        let text = try request("proxy_http_version 1.0; proxy_set_header Host '';")
        #expect(!text.contains("Host:"))
    }

    @Test func `content that is set has its length and no chunks`() throws {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nX-A: b\r\n\r\n"
        let text = try request("proxy_set_body \"uri $uri\";", head)
        #expect(text.hasSuffix("\r\n\r\nuri /"))
        #expect(text.contains("\r\nContent-Length: 5\r\n"))
        #expect(!text.contains("Content-Length: 3"))
        #expect(text.contains("\r\nX-A: b\r\n"))
    }

    @Test func `content that is made of the client's waits for it`() throws {
        var bench = try Bench(
            """
            server { listen 80; location / { proxy_pass http://p.test:81;
                proxy_set_body "<$request_body>"; } }
            """)
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"
        let (slot, step) = try bench.begin(head)
        #expect(step == .receiveContent)
        let content = Array("abc".utf8)
        #expect(bench.exchanges[slot].appendContent(content.span, bench.services.site) == .taken)
        bench.exchanges[slot].content.isComplete = true
        #expect(bench.exchanges[slot].contentDidArrive(&bench.services) == .proceed)
        let text = String(decoding: bench.exchanges[slot].proxy.request.copied(), as: UTF8.self)
        #expect(text.hasSuffix("\r\n\r\n<abc>"))
    }

    @Test func `what a HEAD was answered with is not looked for in the content`() throws {
        let peer = try PlayedPeer()
        var bench = try Bench(
            """
            server { listen 80; location / { proxy_pass http://127.0.0.1:\(peer.port);
                proxy_method HEAD; } }
            """)
        let (slot, _) = try bench.begin(Self.plain)
        #expect(bench.exchanges[slot].proceed(&bench.peers, &bench.services) == .wait)
        let socket = try peer.accept()
        #expect(bench.waitForPeer(slot) == .wait)
        send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", to: socket)
        #expect(bench.waitForPeer(slot) == .respond)
        #expect(bench.exchanges[slot].proxy.stage == .finished)
        #expect(bench.peers.idleCount == 1)
    }

    @Test func `what is sent to a HEAD that became a GET costs the connection`() throws {
        let peer = try PlayedPeer()
        var bench = try Bench(
            """
            server { listen 80; location / { proxy_pass http://127.0.0.1:\(peer.port);
                proxy_method GET; } }
            """)
        let (slot, _) = try bench.begin("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(bench.exchanges[slot].proceed(&bench.peers, &bench.services) == .wait)
        let socket = try peer.accept()
        #expect(bench.waitForPeer(slot) == .wait)
        send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", to: socket)
        #expect(bench.waitForPeer(slot) == .respond)
        #expect(bench.peers.connections.count == 0)
    }

    @Test(arguments: [
        ("a=b; Domain=www.A.com; Path=/x/y", "a=b; Domain=b.org; Path=/z/y"),
        ("a=b;domain=.a.com;path=/q", "a=b; domain=.b.org; path=/q"),
        ("a=b;  Domain=c.com", "a=b;  Domain=c.com"),
        ("a; Domain=www.a.com", "a; Domain=www.a.com"),
        ("Domain=a.com; HttpOnly", "Domain=a.com; HttpOnly"),
        ("sid=1; Path=/x/", "sid=1; Path=/z/; Secure; SameSite=Lax"),
        ("SID=1; SameSite=None", "SID=1; SameSite=Lax; Secure"),
        ("my_x=1; secure", "my_x=1"),
    ])
    func `cookies are rewritten for the place that the client knows`(
        _ cookie: String, _ expected: String
    ) throws {
        let text = try fields(
            "Set-Cookie: \(cookie)\r\nset-cookie: other=1\r\n",
            """
            proxy_cookie_domain www.a.com b.org; proxy_cookie_domain ~^\\.?a\\.com$ .b.org;
            proxy_cookie_path /x/ /z/;
            proxy_cookie_flags sid secure samesite=lax; proxy_cookie_flags ~_x$ nosecure;
            """)
        #expect(text == "Set-Cookie: \(expected)\r\nset-cookie: other=1\r\n")
    }

    @Test func `a variable in a cookie cannot end its line`() throws {
        let text = try fields(
            "Set-Cookie: a=b; Path=/x\r\n",
            "set $v \"/y\\r\\nX: z\"; proxy_cookie_path /x $v;")
        #expect(text == "Set-Cookie: a=b; Path=/yX: z\r\n")
    }

    @Test func `the first of two lines counts where there can be one only`() throws {
        let text = try fields(
            "Expires: a\r\nX-A: 1\r\nexpires: b\r\nX-A: 2\r\nETag: \"x\"\r\nETag: \"y\"\r\n", "")
        #expect(text == "Expires: a\r\nX-A: 1\r\nX-A: 2\r\nETag: \"x\"\r\n")
    }

    @Test func `an offer of other protocols is passed on`() throws {
        let text = try fields("Upgrade: h2c\r\nConnection: upgrade, X-B\r\nX-B: 1\r\n", "")
        #expect(text == "Upgrade: h2c\r\n")
    }

    @Test(arguments: [
        ("Location: http://p/x", "proxy_redirect http://p/ http://q/;", "Location: http://q/x"),
        ("Location: http://p/x", "proxy_redirect HTTP://p/ /;", "Location: http://p/x"),
        ("Location: http://p/x", "proxy_redirect off;", "Location: http://p/x"),
        (
            "Location: http://p/x", "proxy_redirect ~^http://(.)/ https://$1.test;",
            "Location: https://p.test"
        ),
        ("Refresh: 5; URL=http://p/x", "proxy_redirect http://p/ /q/;", "Refresh: 5; URL=/q/x"),
        ("Refresh: 5", "proxy_redirect ~. /q/;", "Refresh: 5"),
        ("Location: /x", "absolute_redirect off; proxy_redirect / /q/;", "Location: /q/x"),
        ("Location: /x", "proxy_redirect / /q/;", "Location: http://a/q/x"),
    ])
    func `redirects are rewritten by the first rule that fits`(
        _ line: String, _ rest: String, _ expected: String
    ) throws {
        #expect(try fields(line + "\r\n", rest) == expected + "\r\n")
    }
}
