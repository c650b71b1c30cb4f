// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a peer gets to see and what is made of its answer, with a peer that is played by hand.

import EventLoop
import HTTP
import Memory
import OS
import Testing

@testable import Server

@Suite struct ExchangeProxyTests {
    private static func site(_ port: UInt16, _ rest: String) -> String {
        """
        server {
            listen 127.0.0.1:8080;
            location / { proxy_pass http://127.0.0.1:\(port); }
            location @peer { proxy_pass http://127.0.0.1:\(port); }
            \(rest)
        }
        """
    }

    // MARK: What the peer is sent

    /// The request that a peer would get.
    private func request(_ head: String, _ rest: String = "") throws -> String {
        var bench = try Bench(Self.site(1, rest))
        let (slot, step) = try bench.begin(head)
        #expect(step == .proceed)
        return String(decoding: bench.exchanges[slot].proxy.request.copied(), as: UTF8.self)
    }

    @Test func `a query made of the decoded path cannot end the request line`() throws {
        let text = try request(
            "GET /old/a%0d%0aX:%20y HTTP/1.1\r\nHost: a\r\n\r\n",
            "location /old/ { try_files /none /new?q=$uri; }")
        #expect(text.hasPrefix("GET /new?q=/old/a%0d%0aX:%20y HTTP/1.1\r\n"))
    }

    @Test func `fields that any Connection line lists stay here`() throws {
        let text = try request(
            """
            GET / HTTP/1.1\r
            Host: a\r
            Connection: keep-alive\r
            Connection: X-Gone\r
            X-Gone: 1\r
            X-Kept: 2\r
            \r

            """)
        #expect(!text.contains("X-Gone"))
        #expect(text.contains("\r\nX-Kept: 2\r\n"))
    }

    @Test func `content that was refused is not passed on to an error page`() throws {
        let peer = try PlayedPeer()
        var bench = try Bench(Self.site(peer.port, "error_page 408 @peer;"))
        let head = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n"
        let (slot, step) = try bench.begin(head)
        #expect(step == .receiveContent)
        let content = Array("GET /other HTTP/1.1\r\n".utf8)
        #expect(bench.exchanges[slot].appendContent(content.span, bench.services.site) == .taken)
        #expect(bench.exchanges[slot].refuse(408, &bench.services) == .proceed)
        #expect(bench.exchanges[slot].proceed(&bench.peers, &bench.services) == .wait)
        let socket = try peer.accept()
        #expect(bench.waitForPeer(slot) == .wait)
        let text = receive(from: socket)
        #expect(text.hasPrefix("POST /a HTTP/1.1\r\n"))
        #expect(text.hasSuffix("\r\n\r\n"))
        #expect(!text.contains("GET /other"))
    }

    // MARK: What becomes of its answer

    @Test func `chunks that the client takes in parts stay whole`() throws {
        let peer = try PlayedPeer()
        var bench = try Bench(Self.site(peer.port, ""))
        let (slot, _) = try bench.begin("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(bench.exchanges[slot].proceed(&bench.peers, &bench.services) == .wait)
        let socket = try peer.accept()
        #expect(bench.waitForPeer(slot) == .wait)
        send(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "a\r\n0123456789\r\n3\r\nabc\r\n0\r\n\r\n", to: socket)
        #expect(bench.waitForPeer(slot) == .respond)
        var bytes: [UInt8] = []
        for _ in 0..<100 {
            let piece = bench.exchanges[slot].nextPiece(&bench.peers, &bench.services)
            guard case .peer(let number, let extent) = piece else {
                #expect(piece == .end)
                break
            }
            let count = min(4, extent.count)
            var copy = Buffer(capacity: count)
            switch bench.peers.connections[number].input {
            case .some(let input): copy.append(0..<count, of: input)
            case .none: Issue.record("a piece of nothing")
            }
            bytes += copy.copied()
            bench.exchanges[slot].didSend(count, of: piece, &bench.peers, &bench.services)
        }
        #expect(String(decoding: bytes, as: UTF8.self) == "0123456789abc")
        #expect(bench.peers.idleCount == 1)
    }

    @Test func `content that the status does not allow costs the connection`() throws {
        let peer = try PlayedPeer()
        var bench = try Bench(
            Self.site(peer.port, "error_page 404 =204 @peer; location = /x { return 404; }"))
        let (slot, _) = try bench.begin("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(bench.exchanges[slot].proceed(&bench.peers, &bench.services) == .wait)
        let socket = try peer.accept()
        #expect(bench.waitForPeer(slot) == .wait)
        send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", to: socket)
        #expect(bench.waitForPeer(slot) == .respond)
        #expect(bench.exchanges[slot].response.status == 204)
        #expect(bench.content(of: slot).last == .end)
        #expect(bench.peers.connections.count == 0)
    }

    @Test(arguments: [
        ("x-accel-limit-rate: 5000", ""),
        ("X-Accel-Expires: 5", ""),
        ("X-Accelerated: yes", "X-Accelerated: yes"),
        ("Refresh: 5; http://a/b", "Refresh: 5; http://a/b"),
        ("Refresh: 5; url=http://127.0.0.1:PORT/a", "Refresh: 5; url=/a"),
    ])
    func `a field of the peer becomes one of ours`(_ field: String, _ ours: String) throws {
        let peer = try PlayedPeer()
        var bench = try Bench(Self.site(peer.port, ""))
        let (slot, _) = try bench.begin("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(bench.exchanges[slot].proceed(&bench.peers, &bench.services) == .wait)
        let socket = try peer.accept()
        #expect(bench.waitForPeer(slot) == .wait)
        let line = field.split(separator: "PORT", omittingEmptySubsequences: false)
            .joined(separator: "\(peer.port)")
        send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\(line)\r\n\r\n", to: socket)
        #expect(bench.waitForPeer(slot) == .respond)
        let fields = String(
            decoding: bench.exchanges[slot].response.fields.copied(), as: UTF8.self)
        #expect(fields == (ours.isEmpty ? "" : ours + "\r\n"))
    }

    @Test func `an event that comes too late does not answer the next request`() throws {
        var bench = try Bench(Self.site(1, ""))
        let head = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n"
        let (slot, step) = try bench.begin(head)
        #expect(step == .receiveContent)
        #expect(bench.exchanges[slot].proceed(&bench.peers, &bench.services) == .receiveContent)
    }

    @Test func `a peer has its time again after the client was waited for`() throws {
        let peer = try PlayedPeer()
        var bench = try Bench(Self.site(peer.port, "proxy_read_timeout 20ms;"))
        let script = ScriptedTransport([.bytes(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))])
        let now = bench.services.clock.now
        var connection = ClientConnection(Transport(script), ClientFacts(), at: now)
        _ = connection.turn(&bench.exchanges, &bench.peers, &bench.services)
        let socket = try peer.accept()
        bench.noteEvents(withinMilliseconds: 2000)
        connection.step = .proceed
        _ = connection.turn(&bench.exchanges, &bench.peers, &bench.services)
        send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nfour", to: socket)
        bench.noteEvents(withinMilliseconds: 2000)
        script.sendLimits = [0]
        connection.step = .proceed
        _ = connection.turn(&bench.exchanges, &bench.peers, &bench.services)
        #expect(connection.awaits == .room)
        bench.noteEvents(withinMilliseconds: 50)
        connection.transport.noteReady()
        let last = connection.turn(&bench.exchanges, &bench.peers, &bench.services)
        #expect(script.sent.suffix(4) == Array("four".utf8))
        #expect(connection.awaits == .peer)
        #expect(last == .wait(until: bench.services.clock.now + 20))
    }
}

extension Bench {
    /// Waits for events of peers and hands them on.
    fileprivate mutating func noteEvents(withinMilliseconds limit: Int) {
        let count = services.poller.wait(timeoutMilliseconds: limit)
        services.clock.refresh()
        for index in 0..<count {
            let event = services.poller.event(index)
            guard let peer = peers.connections.slot(for: SlotID(token: event.token)) else {
                continue
            }
            peers.connections[peer].transport.note(event)
        }
    }
}
