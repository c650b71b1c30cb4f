// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Handlers driven through the exchange alone: no connection, no protocol, no client's descriptor.

import EventLoop
import HTTP
import Memory
import OS
import Testing

@testable import Server

@Suite struct ExchangeTests {
    private static let site = """
        server {
            listen 127.0.0.1:8080;
            root DIR;
            location = /text { return 200 "hello $arg_name"; }
            location = /moved { return 301 /there; }
            location /fall { try_files $uri /page.html; }
            error_page 404 /missing.html;
        }
        """
    private static let files = [
        "page.html": "<p>page</p>", "missing.html": "<p>lost</p>", "index.html": "<p>home</p>",
    ]

    @Test func `a file is answered with its content and type`() throws {
        var bench = try Bench(Self.site, files: Self.files)
        let (slot, step) = try bench.begin("GET /page.html HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(step == .respond)
        #expect(bench.exchanges[slot].response.status == 200)
        let (bytes, last) = bench.content(of: slot)
        #expect(String(decoding: bytes, as: UTF8.self) == "<p>page</p>")
        #expect(last == .end)
        let type = bench.exchanges[slot].response.file.values(of: Array("content_type".utf8))
        #expect(type == [Array("text/html".utf8)])
    }

    @Test func `HEAD has the length and no content`() throws {
        var bench = try Bench(Self.site, files: Self.files)
        let (slot, step) = try bench.begin("HEAD /page.html HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(step == .respond)
        #expect(bench.exchanges[slot].response.contentLength == 11)
        #expect(bench.content(of: slot).bytes.isEmpty)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1", 200, "<p>home</p>"),
        ("GET /text?name=you HTTP/1.1", 200, "hello you"),
        ("GET /fallen HTTP/1.1", 200, "<p>page</p>"),
        ("GET /nothing HTTP/1.1", 404, "<p>lost</p>"),
    ])
    func `a request leads to its answer`(_ line: String, _ status: Int, _ content: String) throws {
        var bench = try Bench(Self.site, files: Self.files)
        let (slot, step) = try bench.begin("\(line)\r\nHost: a\r\n\r\n")
        #expect(step == .respond)
        #expect(bench.exchanges[slot].response.status == status)
        #expect(String(decoding: bench.content(of: slot).bytes, as: UTF8.self) == content)
    }

    @Test func `error pages that lead to each other end`() throws {
        var bench = try Bench(
            """
            server {
                listen 127.0.0.1:8080;
                root DIR;
                recursive_error_pages on;
                error_page 404 500 /gone.html;
            }
            """)
        let (slot, step) = try bench.begin("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(step == .respond)
        #expect(bench.exchanges[slot].response.status == 500)
    }

    @Test func `an exchange that was used answers another request`() throws {
        var bench = try Bench(Self.site, files: Self.files)
        let (slot, _) = try bench.begin("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = bench.content(of: slot)
        bench.exchanges[slot].reset()
        bench.exchanges.release(slot)
        let (again, step) = try bench.begin("GET /page.html HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(again == slot)
        #expect(step == .respond)
        #expect(bench.exchanges[again].response.status == 200)
    }

    @Test func `captures of one request do not reach the next`() throws {
        var bench = try Bench(
            """
            server {
                listen 127.0.0.1:8080;
                location ~ ^/kept/(.*)$ { return 200 "$1"; }
                location = /other { return 200 "[$1]"; }
            }
            """)
        let long = String(repeating: "x", count: 200)
        let (slot, _) = try bench.begin("GET /kept/\(long) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(bench.content(of: slot).bytes == Array(long.utf8))
        bench.exchanges[slot].reset()
        bench.exchanges.release(slot)
        let (again, step) = try bench.begin("GET /other HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(again == slot)
        #expect(step == .respond)
        #expect(bench.content(of: again).bytes == Array("[]".utf8))
    }

    @Test func `a path that is none is answered by the server that was asked`() throws {
        var bench = try Bench(
            """
            server { listen 127.0.0.1:8080; server_name a; }
            server {
                listen 127.0.0.1:8080;
                server_name b;
                error_page 400 =200 /flaw;
                location = /flaw { return 200 "of b"; }
            }
            """)
        let (slot, step) = try bench.begin("GET /%00 HTTP/1.1\r\nHost: b\r\n\r\n")
        #expect(step == .respond)
        #expect(bench.content(of: slot).bytes == Array("of b".utf8))
    }

    @Test func `maps that need each other have no value`() throws {
        var bench = try Bench(
            """
            http {
                map $one $two { default "$one$one"; }
                map $two $one { default $two; }
                server { listen 127.0.0.1:8080; location / { return 200 "[$one]"; } }
            }
            """)
        let (slot, step) = try bench.begin("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(step == .respond)
        #expect(bench.content(of: slot).bytes == Array("[]".utf8))
    }

    @Test func `a peer is asked and its answer handed on`() throws {
        let descriptor = try Listener.open(.ip(CompactAddress(ipv4: 0x7F00_0001, port: 0)))
        let listener = Listener(adopting: descriptor)
        let port = listener.localAddress?.port ?? 0
        var bench = try Bench(
            "server { listen 127.0.0.1:8080; location / { proxy_pass http://127.0.0.1:\(port); } }")
        let (slot, step) = try bench.begin("GET /a?b=c HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n")
        #expect(step == .proceed)
        #expect(bench.exchanges[slot].proceed(&bench.peers, &bench.services) == .wait)
        guard case .connection(let peer, _) = listener.accept() else {
            Issue.record("the peer was not dialled")
            return
        }
        #expect(bench.waitForPeer(slot) == .wait)
        let request = receive(from: peer)
        #expect(request.hasPrefix("GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"))
        #expect(request.contains("\r\nX: y\r\n"))
        send("HTTP/1.1 201 Created\r\nContent-Length: 4\r\nY: z\r\n\r\nfour", to: peer)
        #expect(bench.waitForPeer(slot) == .respond)
        #expect(bench.exchanges[slot].response.status == 201)
        let (bytes, last) = bench.content(of: slot)
        #expect(bytes == Array("four".utf8))
        #expect(last == .end)
        #expect(bench.peers.idleCount == 1)
    }

    @Test func `a peer that refuses is a 502`() throws {
        let descriptor = try Listener.open(.ip(CompactAddress(ipv4: 0x7F00_0001, port: 0)))
        let port = Listener(adopting: descriptor).localAddress?.port ?? 0
        var bench = try Bench(
            """
            server { listen 127.0.0.1:8080; proxy_hold 0;
                location / { proxy_pass http://127.0.0.1:\(port); } }
            """)
        let (slot, _) = try bench.begin("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        var step = bench.exchanges[slot].proceed(&bench.peers, &bench.services)
        if step == .wait { step = bench.waitForPeer(slot) }
        #expect(step == .respond)
        #expect(bench.exchanges[slot].response.status == 502)
    }
}

extension Bench {
    /// Waits for events of peers, hands them on, and lets the exchange proceed.
    mutating func waitForPeer(_ slot: Int) -> ExchangeStep {
        let count = services.poller.wait(timeoutMilliseconds: 2000)
        services.clock.refresh()
        for index in 0..<count {
            let event = services.poller.event(index)
            guard let peer = peers.connections.slot(for: SlotID(token: event.token)) else {
                continue
            }
            peers.connections[peer].transport.note(event)
        }
        return exchanges[slot].proceed(&peers, &services)
    }
}
