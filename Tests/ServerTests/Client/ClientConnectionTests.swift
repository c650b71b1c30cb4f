// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Connections driven over a scripted transport: no sockets, no sleeping.

import EventLoop
import HTTP
import Memory
import OS
import Testing

@testable import Server

@Suite struct ClientConnectionTests {
    private static let site = """
        server {
            listen 127.0.0.1:8080;
            root DIR;
            location = /text { return 200 "hello"; }
            location = /long { keepalive_timeout 500; return 200 "hello"; }
            location = /safari { keepalive_disable safari; return 200 "hello"; }
            location = /none { keepalive_disable none; return 200 "hello"; }
            location = /reset { reset_timedout_connection on; return 444; }
            location = /dropped { return 444; }
            location = /big { return 200 "\(String(repeating: "x", count: 3000))"; }
        }
        """

    /// Runs a connection over a script until it asks for nothing but time.
    private func run(
        _ script: ScriptedTransport, turns: Int = 1
    ) throws -> (sent: String, last: Instruction) {
        var bench = try Bench(Self.site, files: ["index.html": "<p>home</p>"])
        var facts = ClientFacts()
        facts.acceptedAt = bench.services.clock.now
        var connection = ClientConnection(Transport(script), facts, at: bench.services.clock.now)
        var last = Instruction.close
        for _ in 0..<turns {
            connection.transport.noteReady()
            last = connection.turn(&bench.exchanges, &bench.peers, &bench.services)
            if last == .close { break }
        }
        return (String(decoding: script.sent, as: UTF8.self), last)
    }

    private static let request = "GET /text HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func `a request is answered and the connection kept`() throws {
        let (sent, last) = try run(ScriptedTransport([.bytes(Array(Self.request.utf8))]))
        #expect(sent.hasPrefix("HTTP/1.1 200 OK\r\nServer: beranda/"))
        #expect(sent.contains("\r\nConnection: keep-alive\r\n"))
        #expect(sent.hasSuffix("\r\n\r\nhello"))
        #expect(last != .close)
    }

    @Test func `the location of the last request says how long a connection rests`() throws {
        var bench = try Bench(Self.site)
        let now = bench.services.clock.now
        let request = "GET /long HTTP/1.1\r\nHost: a\r\n\r\n"
        let script = ScriptedTransport([.bytes(Array(request.utf8))])
        var facts = ClientFacts()
        facts.acceptedAt = now
        var connection = ClientConnection(Transport(script), facts, at: now)
        for _ in 0..<2 {
            connection.transport.noteReady()
            let last = connection.turn(&bench.exchanges, &bench.peers, &bench.services)
            #expect(last == .wait(until: now + 500_000))
        }
    }

    @Test func `the answer is the same however the request is cut`() throws {
        let whole = try run(ScriptedTransport([.bytes(Array(Self.request.utf8))])).sent
        let bytes: [UInt8] = Array(Self.request.utf8)
        for cut in 1..<bytes.count {
            let arrivals: [ScriptedTransport.Arrival] = [
                .bytes(Array(bytes[..<cut])), .bytes(Array(bytes[cut...])),
            ]
            let script = ScriptedTransport(arrivals)
            let sent = try run(script, turns: 2).sent
            #expect(Self.withoutDate(sent) == Self.withoutDate(whole), "cut at \(cut)")
        }
    }

    private static func withoutDate(_ text: String) -> [Substring] {
        text.split(separator: "\r\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("Date:") }
    }

    @Test func `pipelined requests are answered in order`() throws {
        let three = Self.request + "GET / HTTP/1.1\r\nHost: a\r\n\r\n" + Self.request
        let (sent, _) = try run(ScriptedTransport([.bytes(Array(three.utf8))]))
        #expect(sent.components(of: "HTTP/1.1 200 OK") == 3)
        let bodies = sent.split(separator: "\r\n\r\n").dropFirst().map { $0.prefix(5) }
        #expect(bodies == ["hello", "<p>ho", "hello"])
    }

    @Test func `an answer goes out however little the client takes`() throws {
        let script = ScriptedTransport([
            .bytes(Array("GET /big HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        ])
        for _ in 0..<40 { script.sendLimits += [100, 0] }
        let (sent, last) = try run(script, turns: 120)
        #expect(sent.hasSuffix("\r\n\r\n" + String(repeating: "x", count: 3000)))
        #expect(sent.components(of: "HTTP/1.1") == 1)
        #expect(last != .close)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", "400 Bad Request"),
        ("GET /\u{1} HTTP/1.1\r\nHost: a\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", "505 HTTP Version Not Supported"),
        ("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", "405 Not Allowed"),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: a\r\n\r\n",
            "417 Expectation Failed"
        ),
    ])
    func `what cannot be served is refused and the connection ends`(
        _ request: String, _ status: String
    ) throws {
        let (sent, last) = try run(
            ScriptedTransport([.bytes(Array(request.utf8)), .end]), turns: 3)
        #expect(sent.hasPrefix("HTTP/1.1 \(status)\r\n"))
        #expect(sent.contains("\r\nConnection: close\r\n"))
        #expect(last == .close)
    }

    @Test func `a client that closes its side still gets its answer`() throws {
        let (sent, last) = try run(
            ScriptedTransport([.bytes(Array(Self.request.utf8)), .end]), turns: 2)
        #expect(sent.hasSuffix("hello"))
        #expect(last == .close)
    }

    @Test func `a client that fails is closed without a word`() throws {
        let (sent, last) = try run(ScriptedTransport([.failure(.connectionReset)]))
        #expect(sent.isEmpty)
        #expect(last == .close)
    }

    @Test func `a client that sends without end does not hold the worker`() throws {
        let script = ScriptedTransport([
            .bytes(Array("POST /text HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n".utf8)),
            .bytes([UInt8](repeating: 0, count: 2 << 20)),
        ])
        let (sent, last) = try run(script, turns: 2)
        #expect(sent.hasPrefix("HTTP/1.1 413 Request Entity Too Large\r\n"))
        #expect(last == .yield)
    }

    @Test func `a head that never ends is answered with 408`() throws {
        var bench = try Bench(Self.site)
        let script = ScriptedTransport([.bytes(Array("GET / HT".utf8))])
        var facts = ClientFacts()
        facts.acceptedAt = bench.services.clock.now
        var connection = ClientConnection(Transport(script), facts, at: bench.services.clock.now)
        let first = connection.turn(&bench.exchanges, &bench.peers, &bench.services)
        #expect(first == .wait(until: bench.services.clock.now + 60_000))
        let last = connection.expire(&bench.exchanges, &bench.peers, &bench.services)
        #expect(last == .close)
        #expect(String(decoding: script.sent, as: UTF8.self).hasPrefix("HTTP/1.1 408 "))
    }

    @Test(arguments: [
        ("POST /text", "MSIE 5.0", "close"), ("GET /text", "MSIE 5.0", "keep-alive"),
        ("POST /text", "MSIE 7.0", "keep-alive"), ("POST /none", "MSIE 5.0", "keep-alive"),
        ("GET /text", "Mac OS X Safari/7", "keep-alive"),
        ("GET /safari", "Mac OS X Safari/7", "close"),
        ("GET /safari", "Mac OS X Chrome/1 Safari/7", "keep-alive"),
        ("GET /safari", "Safari/7", "keep-alive"),
    ])
    func `old browsers are not kept`(_ line: String, _ agent: String, _ answer: String) throws {
        let request =
            "\(line) HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nUser-Agent: \(agent)\r\n\r\n"
        let (sent, _) = try run(ScriptedTransport([.bytes(Array(request.utf8))]))
        #expect(sent.contains("\r\nConnection: \(answer)\r\n"))
    }

    @Test(arguments: [("/reset", true), ("/dropped", false)])
    func `a connection that is worth no answer is reset where that is said`(
        _ path: String, _ isReset: Bool
    ) throws {
        let request = "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n"
        let script = ScriptedTransport([.bytes(Array(request.utf8))])
        let (sent, last) = try run(script)
        #expect(sent.isEmpty)
        #expect(last == .close)
        #expect(script.willReset == isReset)
    }

    @Test(arguments: [
        ("4\r\nabcd\r\n0\r\n\r\n", "200 OK"), ("4\r\nabcdefgh\r\n0\r\n\r\n", "400 Bad Request"),
        ("x\r\n", "400 Bad Request"),
    ])
    func `chunks that nobody wants must be chunks`(_ content: String, _ status: String) throws {
        let request =
            "POST /text HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(content)"
        let (sent, last) = try run(
            ScriptedTransport([.bytes(Array(request.utf8)), .end]), turns: 3)
        #expect(sent.hasPrefix("HTTP/1.1 \(status)\r\n"))
        #expect(sent.components(of: "HTTP/1.1") == 1)
        #expect(last == .close)
    }

    @Test func `an idle connection is as small as it should be`() {
        #expect(MemoryLayout<ClientConnection>.size <= 320)
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(of text: String) -> Int {
        split(separator: text, omittingEmptySubsequences: false).count - 1
    }
}
