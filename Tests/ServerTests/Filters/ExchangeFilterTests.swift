// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Content that an exchange pulls through a filter: from peers that pause or break off, and
// of any length.

import Compression
import Decoders
import EventLoop
import Memory
import OS
import Testing

@testable import Server

@Suite struct ExchangeFilterTests {
    private static let request = "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n"
    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"

    /// Begins an exchange with a peer, up to the head of its answer.
    private static func begin(
        _ bench: inout Bench, _ peer: borrowing PlayedPeer, _ answer: String,
        slot: inout Int
    ) throws -> Socket {
        slot = try bench.begin(request).slot
        #expect(bench.exchanges[slot].proceed(&bench.peers, &bench.services) == .wait)
        let socket = try peer.accept()
        #expect(bench.waitForPeer(slot) == .wait)
        send(answer, to: socket)
        #expect(bench.waitForPeer(slot) == .respond)
        return socket
    }

    private static func noteEvents(_ bench: inout Bench) {
        for index in 0..<bench.services.poller.wait(timeoutMilliseconds: 2000) {
            let event = bench.services.poller.event(index)
            guard let peer = bench.peers.connections.slot(for: SlotID(token: event.token)) else {
                continue
            }
            bench.peers.connections[peer].transport.note(event)
        }
    }

    private static func site(_ port: UInt16) -> String {
        """
        server { listen 127.0.0.1:80; gzip on;
            location / { proxy_pass http://127.0.0.1:\(port); } }
        """
    }

    @Test func `everything comes out when the peer pauses, and once`() throws {
        let peer = try PlayedPeer()
        var bench = try Bench(Self.site(peer.port))
        var slot = 0
        let socket = try Self.begin(
            &bench, peer, Self.head + "Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n",
            slot: &slot)
        var (bytes, last) = bench.content(of: slot)
        #expect(last == .pending)
        #expect(bytes.count > 10)
        #expect(bench.content(of: slot).bytes.isEmpty)
        send("6\r\nsecond\r\n0\r\n\r\n", to: socket)
        var rest: [UInt8] = []
        for _ in 0..<1000 where last == .pending {
            Self.noteEvents(&bench)
            (rest, last) = bench.content(of: slot)
            bytes += rest
        }
        #expect(last == .end)
        #expect(decoded(bytes, .gzip) == Array("firstsecond".utf8))
        #expect(bench.services.encoders.openCount == 0)
    }

    @Test func `what breaks off is not ended`() throws {
        let peer = try PlayedPeer()
        var bench = try Bench(Self.site(peer.port))
        var slot = 0
        let socket = try Self.begin(
            &bench, peer, Self.head + "Content-Length: 100\r\n\r\nhalf of it", slot: &slot)
        #expect(bench.content(of: slot).last == .pending)
        Self.close(socket)
        var last = Piece.pending
        for _ in 0..<1000 where last == .pending {
            Self.noteEvents(&bench)
            last = bench.content(of: slot).last
        }
        #expect(last == .failed)
    }

    private static func close(_ socket: consuming Socket) {}

    /// A bench with a file that is encoded from its descriptor.
    private static func fileBench() throws -> Bench {
        try Bench(
            "file_cache max_file=1k; server { listen 80; root DIR; gzip on; }",
            files: ["a.html": fileText])
    }

    private static func beginFile(_ bench: inout Bench) throws -> Int {
        let (slot, step) = try bench.beginAndWait(
            "GET /a.html HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
        #expect(step == .respond)
        return slot
    }

    private static let fileText = String(repeating: "0123456789abcdef", count: 40_000)

    @Test func `a disk is waited for behind what has come out`() throws {
        var bench = try Self.fileBench()
        let slot = try Self.beginFile(&bench)
        bench.exchanges[slot].response.fileView.isLoading = true
        #expect(bench.exchanges[slot].nextPiece(&bench.peers, &bench.services) == .cold)
        bench.exchanges[slot].diskDidAnswer()
        let (bytes, last) = bench.content(of: slot)
        #expect(last == .end)
        #expect(decoded(bytes, .gzip) == Array(Self.fileText.utf8))
    }

    @Test func `a file that is changed while it is encoded is not ended`() throws {
        var bench = try Self.fileBench()
        let slot = try Self.beginFile(&bench)
        _ = bench.exchanges[slot].nextPiece(&bench.peers, &bench.services)
        let path = bench.directory.path + "/a.html"
        let file = try FileSystem.open(path, [.write, .truncate])
        try file.writeAll(Array(Self.fileText.utf8.reversed()).span)
        #expect(bench.content(of: slot).last == .failed)
    }

    @Test func `a turn ends after some input, and the next one goes on`() throws {
        let text = String(repeating: "0123456789abcdef", count: 20_000)
        let start = String(text.prefix(100))
        var bench = try Bench(
            "server { listen 80; gzip on; gzip_types *; return 200 '\(start)'; }")
        let (slot, step) = try bench.begin(Self.request)
        #expect(step == .respond)
        bench.exchanges[slot].response.body.append(Array(text.utf8.dropFirst(100)))
        bench.exchanges[slot].response.end = text.utf8.count
        var bytes: [UInt8] = []
        var yieldCount = 0
        while true {
            let piece = bench.exchanges[slot].nextPiece(&bench.peers, &bench.services)
            if piece == .yield {
                yieldCount += 1
                #expect(bench.services.filteredCount >= 64 << 10)
                #expect(bench.services.filteredCount < 96 << 10)
                bench.services.filteredCount = 0
                continue
            }
            guard case .filtered(let extent) = piece else {
                #expect(piece == .end)
                break
            }
            let count = min(extent.count, 1000)
            bytes += Array(
                copying: bench.exchanges[slot].response.filter.output.span(0..<count))
            bench.exchanges[slot].didSend(count, of: piece, &bench.peers, &bench.services)
        }
        #expect(yieldCount >= 3)
        #expect(decoded(bytes, .gzip) == Array(text.utf8))
        #expect(bench.exchanges[slot].response.sentContentCount == bytes.count)
    }
}
