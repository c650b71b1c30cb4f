// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Peers that do what they should not: nobody else may get to feel it, and nothing may be left over.

import EventLoop
import HTTP
import Memory
import OS
import Testing

@testable import Server

@Suite struct PeerFaultTests {
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    private static func site(_ port: UInt16, _ rest: String = "") -> String {
        """
        server {
            listen 127.0.0.1:8080; proxy_hold 0;
            location / { proxy_pass http://127.0.0.1:\(port); \(rest) }
            location = /old { error_page 404 =200 @peer; return 404; }
            location @peer { proxy_pass http://127.0.0.1:\(port); }
        }
        """
    }

    /// A request that the peer is to answer.
    private struct Question: ~Copyable {
        let slot: Int
        let socket: Socket
    }

    /// Asks the only peer, and gives the connection on which it is asked.
    private func ask(
        _ head: String, _ bench: inout Bench, _ peer: borrowing PlayedPeer
    ) throws -> Question {
        let (slot, _) = try bench.begin(head)
        #expect(bench.exchanges[slot].proceed(&bench.peers, &bench.services) == .wait)
        let socket = try peer.accept()
        #expect(bench.waitForPeer(slot) == .wait)
        return Question(slot: slot, socket: socket)
    }

    // MARK: Answers that are not asked for

    @Test(arguments: [0, 1, 40])
    func `what a peer says unasked never answers another request`(_ excess: Int) throws {
        let peer = try PlayedPeer()
        var bench = try Bench(Self.site(peer.port))
        let asked = try ask(Self.get, &bench, peer)
        // The answer fills the buffer to its last byte, so that nothing behind it is seen.
        let whole = BufferPool.largeCapacity
        let head = "HTTP/1.1 200 OK\r\nContent-Length: "
        let count = whole - head.utf8.count - 5 - 4
        let answer = head + "\(count)\r\n\r\n" + String(repeating: "a", count: count)
        #expect(answer.utf8.count == whole)
        let all = Buffer(Array((answer + String(repeating: "b", count: excess)).utf8))
        #expect(asked.socket.send(all.readableBytes) == .bytes(all.count))
        #expect(bench.waitForPeer(asked.slot) == .respond)
        let content = bench.content(of: asked.slot)
        #expect(content.last == .end)
        #expect(content.bytes.count == count)
        #expect(bench.peers.idleCount == (excess == 0 ? 1 : 0))
        #expect(bench.peers.connections.count == (excess == 0 ? 1 : 0))
    }

    // MARK: Lengths of content that does not come

    @Test func `a 304 behind another status promises no content`() throws {
        let peer = try PlayedPeer()
        var bench = try Bench(Self.site(peer.port))
        let asked = try ask("GET /old HTTP/1.1\r\nHost: a\r\n\r\n", &bench, peer)
        send("HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n", to: asked.socket)
        #expect(bench.waitForPeer(asked.slot) == .respond)
        #expect(bench.exchanges[asked.slot].response.status == 200)
        #expect(bench.exchanges[asked.slot].response.contentLength == 0)
        #expect(bench.content(of: asked.slot).last == .end)
    }

    @Test func `a client that asked for content is not promised what HEAD left out`() throws {
        let peer = try PlayedPeer()
        var bench = try Bench(Self.site(peer.port, "proxy_method HEAD;"))
        let asked = try ask(Self.get, &bench, peer)
        #expect(receive(from: asked.socket).hasPrefix("HEAD / HTTP/1.1\r\n"))
        send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", to: asked.socket)
        #expect(bench.waitForPeer(asked.slot) == .respond)
        #expect(bench.exchanges[asked.slot].response.contentLength == 0)
        #expect(bench.content(of: asked.slot).last == .end)
    }

    @Test func `the length of what was asked for by HEAD is told`() throws {
        let peer = try PlayedPeer()
        var bench = try Bench(Self.site(peer.port))
        let asked = try ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", &bench, peer)
        send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", to: asked.socket)
        #expect(bench.waitForPeer(asked.slot) == .respond)
        #expect(bench.exchanges[asked.slot].response.contentLength == 100)
    }

    // MARK: Who is asked

    @Test func `sockets that variables name are told apart`() throws {
        var bench = try Bench(
            """
            upstream localhost { server 127.0.0.1:1; }
            server { listen 127.0.0.1:8080; location / { proxy_pass http://$arg_to; } }
            """)
        var names: [String] = []
        for to in ["unix:/tmp/a.sock", "unix:/tmp/b.sock", "unix:/tmp/a.sock", "localhost"] {
            let (slot, step) = try bench.begin("GET /?to=\(to) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(step == .proceed)
            let group = bench.services.groups[bench.exchanges[slot].proxy.group]
            names.append(String(decoding: group.peers[0].name, as: UTF8.self))
        }
        #expect(
            names == ["unix:/tmp/a.sock", "unix:/tmp/b.sock", "unix:/tmp/a.sock", "127.0.0.1:1"])
    }

    // MARK: Anything at all

    /// What a peer may do with a connection.
    private enum Fault: CaseIterable {
        case whole, wholeAndMore, closed, half, malformed, refused, cut, chunks, badChunk, endless
        case interim, silent
    }

    private static func answer(_ fault: Fault) -> String {
        switch fault {
        case .whole, .silent: "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour"
        case .wholeAndMore: "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfourfive"
        case .closed: ""
        case .half: "HTTP/1.1 200 OK\r\nContent-Le"
        case .malformed: "\0\r\n\r\n"
        case .refused: "HTTP/1.1 503 Sorry\r\nContent-Length: 0\r\n\r\n"
        case .cut: "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\nfour"
        case .chunks: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\n\r\n"
        case .badChunk: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\nx\r\n"
        case .endless: "HTTP/1.0 200 OK\r\n\r\nfour"
        case .interim: String(repeating: "HTTP/1.1 102 Wait\r\n\r\n", count: 20)
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `whatever peers do, in the end they are asked by nobody`(_ seed: UInt64) throws {
        let first = try PlayedPeer()
        let second = try PlayedPeer()
        var bench = try Bench(
            """
            upstream u { server 127.0.0.1:\(first.port); server 127.0.0.1:\(second.port); }
            server { listen 127.0.0.1:8080; proxy_hold 0; proxy_next_upstream error timeout
                invalid_header http_503; location / { proxy_pass http://u; } }
            """)
        var dice = Dice(state: seed)
        for _ in 0..<200 {
            let (slot, _) = try bench.begin(Self.get)
            var step = bench.exchanges[slot].proceed(&bench.peers, &bench.services)
            for _ in 0..<20 where step == .wait {
                let peer = bench.exchanges[slot].proxy.peer
                let isNew = bench.exchanges[slot].proxy.stage == .connecting
                let socket: Socket? =
                    isNew ? try (peer == 0 ? first.accept() : second.accept()) : nil
                let fault = Fault.allCases[dice.roll(Fault.allCases.count)]
                if isNew { step = bench.waitForPeer(slot) }
                guard step == .wait, let socket, fault != .silent else {
                    step = bench.exchanges[slot].peerTimedOut(&bench.peers, &bench.services)
                    continue
                }
                let text = Self.answer(fault)
                if !text.isEmpty { send(text, to: socket) }
                _ = consume socket
                step = bench.waitForPeer(slot)
            }
            #expect(step == .respond)
            if dice.roll(4) > 0 {
                let last = bench.content(of: slot).last
                #expect(last == .end || last == .failed)
                #expect(bench.requestCounts == [0, 0])
            }
            bench.exchanges[slot].closePeer(&bench.peers)
            bench.exchanges[slot].reset()
            bench.exchanges.release(slot)
            #expect(bench.requestCounts == [0, 0])
            bench.peers.closeIdle()
            #expect(bench.peers.connections.count == 0)
        }
    }
}

/// Numbers that look thrown and are the same each time.
private struct Dice {
    var state: UInt64

    mutating func roll(_ sides: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % sides
    }
}

extension Bench {
    /// How many requests each peer of the first group is counted to be answering.
    fileprivate var requestCounts: [Int] {
        services.groups[0].peers.map(\.health.connectionCount)
    }
}
