// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Real sockets on the loopback, one process, no threads.

import OS
import Testing

@Suite struct SocketTests {
    /// Receives what is there.
    private func receive(_ socket: borrowing Socket) -> (Transfer, String) {
        var bytes = [UInt8](repeating: 0, count: 64)
        var span = bytes.mutableSpan
        let outcome = unsafe socket.receive(into: span.mutableBytes)
        guard case .bytes(let count) = outcome else { return (outcome, "") }
        return (outcome, String(decoding: bytes[..<count], as: UTF8.self))
    }

    private func drop(_ pair: consuming Socket.Pair) {}

    private func send(_ socket: borrowing Socket, _ text: String) -> Transfer {
        let bytes = Array(text.utf8)
        return unsafe socket.send(bytes.span.bytes)
    }

    /// Connects to the listener and accepts that connection.
    private func connect(
        to listener: borrowing Listener, address: SocketAddress
    ) throws -> Socket.Pair {
        let connecting = try Socket.connect(to: address)
        for _ in 0..<1000 {
            if case .connection(let server, _) = listener.accept() {
                return Socket.Pair(first: connecting.take(), second: server)
            }
        }
        throw Errno.timedOut
    }

    @Test func `a pair moves bytes and reports the end`() throws {
        let pair = try Socket.pair()
        let nothing = receive(pair.second).0
        #expect(nothing == .wouldBlock)
        let sent = send(pair.first, "hello")
        #expect(sent == .bytes(5))
        let got = receive(pair.second)
        #expect(got == (.bytes(5), "hello"))
        pair.first.shutdownWrite()
        let end = receive(pair.second).0
        #expect(end == .endOfStream)
        let back = send(pair.second, "still open")
        #expect(back == .bytes(10))
    }

    @Test func `several parts leave in order`() throws {
        let pair = try Socket.pair()
        let (a, b, c) = (Array("one ".utf8), Array("two ".utf8), Array("three".utf8))
        let two = unsafe pair.first.send(a.span.bytes, b.span.bytes)
        let three = unsafe pair.first.send(a.span.bytes, b.span.bytes, c.span.bytes)
        #expect(two == .bytes(8))
        #expect(three == .bytes(13))
        let got = receive(pair.second)
        #expect(got.1 == "one two one two three")
    }

    @Test func `writing to a closed peer fails without a signal`() throws {
        let pair = try Socket.pair()
        let first = try pair.first.duplicate()
        drop(pair)
        let outcome = send(first, "x")
        #expect(outcome == .failed(.brokenPipe))
    }

    @Test func `a quiet connection is neither readable nor closed`() throws {
        let pair = try Socket.pair()
        let quiet = pair.first.isReadableOrClosed
        #expect(!quiet)
        _ = send(pair.second, "x")
        let readable = pair.first.isReadableOrClosed
        #expect(readable)
        _ = receive(pair.first)
        pair.second.shutdownWrite()
        let closed = pair.first.isReadableOrClosed
        #expect(closed)
    }

    @Test func `a file is sent without being read`() throws {
        let directory = try TemporaryDirectory()
        try directory.write("f", "0123456789")
        let file = try FileSystem.open(directory("f"))
        let pair = try Socket.pair()
        var offset = 3
        let sent = pair.first.sendFile(from: file.number, offset: &offset, count: 4)
        #expect(sent == .bytes(4))
        #expect(offset == 7)
        let got = receive(pair.second).1
        #expect(got == "3456")
        offset = 10
        let end = pair.first.sendFile(from: file.number, offset: &offset, count: 4)
        #expect(end == .endOfStream)
    }

    @Test(arguments: ["127.0.0.1:0", "[::1]:0"])
    func `a listener accepts and knows both addresses`(text: String) throws {
        let host = text.dropLast(2)
        let wanted = try #require(SocketAddress(host + ":1")?.compact)
        var compact = wanted
        compact.port = 0
        let listener = Listener(adopting: try Listener.open(.ip(compact)))
        let local = listener.localAddress
        let address = try #require(local)
        #expect(address.port != 0)
        let pair = try connect(to: listener, address: address)
        let (ours, theirs) = (pair.second.localAddress, pair.first.localAddress)
        #expect(ours == address.compact)
        #expect(theirs != nil)
        let error = pair.first.pendingError
        #expect(error == nil)
        _ = send(pair.first, "hi")
        pair.second.setNoDelay()
        pair.second.setKeepAlive()
        let none: Bool
        if case .wouldBlock = listener.accept() { none = true } else { none = false }
        #expect(none)
    }

    @Test func `nobody listening is an error`() throws {
        var compact = CompactAddress(ipv4: 0x7F00_0001, port: 0)
        do {
            let listener = Listener(adopting: try Listener.open(.ip(compact)))
            compact.port = listener.localAddress?.port ?? 0
        }
        #expect(throws: Errno.connectionRefused) {
            let connecting = try Socket.connect(to: .ip(compact))
            if let error = connecting.socket.pendingError { throw error }
        }
    }

    /// How the other side deals with a request.
    enum Ending: CaseIterable { case closesBefore, readsAndCloses, closesUnread, endsItsHalf }

    @Test(arguments: Ending.allCases)
    func `only who closed before a request came has taken nothing of it`(_ ending: Ending) throws {
        let any = CompactAddress(ipv4: 0x7F00_0001, port: 0)
        let listener = Listener(adopting: try Listener.open(.ip(any)))
        let local = listener.localAddress
        let address = try #require(local)
        let pair = try connect(to: listener, address: address)
        let client = try pair.first.duplicate()
        switch ending {
        case .closesBefore:
            drop(pair)
            _ = send(client, "request")
        case .readsAndCloses:
            _ = send(client, "request")
            let got = receive(pair.second).1
            #expect(got == "request")
            drop(pair)
        case .closesUnread:
            _ = send(client, "request")
            drop(pair)
        case .endsItsHalf:
            pair.second.shutdownWrite()
            _ = send(client, "request")
        }
        var isRefused = false
        for _ in 0..<1000 where !isRefused { isRefused = client.hasRefusedAll(of: 7) }
        #expect(isRefused == (ending == .closesBefore))
    }

    @Test func `an address in use is an error`() throws {
        let listener = Listener(
            adopting: try Listener.open(.ip(CompactAddress(ipv4: 0x7F00_0001, port: 0))))
        let local = listener.localAddress
        let address = try #require(local)
        #expect(throws: Errno.addressInUse) { _ = try Listener.open(address) }
    }

    @Test func `ports can be shared when asked for`() throws {
        var options = ListenerOptions()
        options.reusePort = true
        let first = Listener(
            adopting: try Listener.open(
                .ip(CompactAddress(ipv4: 0x7F00_0001, port: 0)), options: options))
        let local = first.localAddress
        let second = try Listener.open(try #require(local), options: options)
        let number = second.number
        #expect(number >= 0)
    }

    @Test func `a Unix listener replaces a file that nobody answers on`() throws {
        let directory = try TemporaryDirectory()
        let address = SocketAddress.unix(path: Array(directory("s").utf8))
        do { _ = try Listener.open(address) }
        // The file is still there, the listener is not.
        let status = try FileSystem.status(directory("s"))
        #expect(status.kind == .socket)
        #expect(status.mode == 0o666)
        let listener = Listener(adopting: try Listener.open(address))
        let local = listener.localAddress
        #expect(local == address)
        let pair = try connect(to: listener, address: address)
        _ = send(pair.first, "hi")
        let got = receive(pair.second).1
        #expect(got == "hi")
        #expect(throws: Errno.addressInUse) { _ = try Listener.open(address) }
    }

    @Test func `a file that is no socket is not replaced`() throws {
        let directory = try TemporaryDirectory()
        try directory.write("s", "precious")
        #expect(throws: Errno.addressInUse) {
            _ = try Listener.open(.unix(path: Array(directory("s").utf8)))
        }
        #expect(try directory.read("s") == "precious")
    }
}
