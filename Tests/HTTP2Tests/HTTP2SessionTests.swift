// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Sessions: what they make of bytes, and what they write.

import HTTP2
import Memory
import Testing

@Suite struct HTTP2SessionTests {
    private func answer(_ stream: HTTP2Stream, _ lines: String, hasContent: Bool) -> Bool {
        stream.session.answer(
            stream, status: 200, lines: Array(lines.utf8).span, hasContent: hasContent)
    }

    private func session(_ settings: HTTP2Settings = HTTP2Settings()) throws -> HTTP2Session {
        try #require(HTTP2Session(settings))
    }

    /// Everything that a session has to say.
    private func output(_ session: HTTP2Session) -> [SentFrame] {
        var buffer = Buffer(capacity: 0)
        session.write(to: &buffer, limit: 1 << 20)
        var bytes: [UInt8] = []
        for index in buffer.readable.indices { bytes.append(buffer.readable[index]) }
        return SentFrame.all(in: bytes)
    }

    private func head(_ stream: HTTP2Stream) -> String {
        var buffer = Buffer(capacity: 0)
        stream.session.appendHead(of: stream, to: &buffer)
        var bytes: [UInt8] = []
        for index in buffer.readable.indices { bytes.append(buffer.readable[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func content(_ stream: HTTP2Stream) -> String {
        var buffer = Buffer(capacity: 0)
        _ = stream.receive(into: &buffer, atMost: .max)
        var bytes: [UInt8] = []
        for index in buffer.readable.indices { bytes.append(buffer.readable[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let posts =
        ClientBytes.opening
        + ClientBytes.headers(1, ClientBytes.get("/a", [("x-y", "z")]), ends: false)
        + ClientBytes.data(1, "hello ") + ClientBytes.headers(3, ClientBytes.get("/b"))
        + ClientBytes.data(1, "world", ends: true)

    private func expectPosts(_ session: HTTP2Session) throws {
        try #require(session.started.count == 2)
        #expect(
            head(session.started[0]) == "GET /a HTTP/1.1\r\nhost: localhost\r\nx-y: z\r\n\r\n")
        #expect(head(session.started[1]) == "GET /b HTTP/1.1\r\nhost: localhost\r\n\r\n")
        #expect(content(session.started[0]) == "hello world")
        #expect(session.started.allSatisfy { $0.isInputEnded && $0.flaw == nil })
    }

    @Test func `requests are read however their bytes are cut`() throws {
        for cut in 0...Self.posts.count {
            let session = try session()
            #expect(receive(session, Array(Self.posts[..<cut])))
            #expect(receive(session, Array(Self.posts[cut...])))
            try expectPosts(session)
        }
    }

    @Test func `requests are read byte by byte`() throws {
        let session = try session()
        for byte in Self.posts { #expect(receive(session, [byte])) }
        try expectPosts(session)
    }

    @Test func `a client need not send settings`() throws {
        let session = try session()
        let request = ClientBytes.preface + ClientBytes.headers(1, ClientBytes.get())
        #expect(receive(session, request))
        #expect(session.started.count == 1)
        #expect(!output(session).contains { $0.type == 4 && $0.flags == 1 })
    }

    @Test func `settings are answered`() throws {
        let session = try session()
        #expect(receive(session, ClientBytes.opening))
        let frames = output(session)
        #expect(frames.filter { $0.type == 4 && $0.flags == 1 }.count == 1)
        #expect(frames.first?.type == 4)
    }

    @Test func `bytes that are no preface end the session`() throws {
        let session = try session()
        #expect(!receive(session, [UInt8](repeating: 0x41, count: 40)))
        #expect(session.failure == .protocolError)
    }

    @Test func `an answer is a head and content`() throws {
        let session = try session()
        let request = ClientBytes.opening + ClientBytes.headers(1, ClientBytes.get())
        #expect(receive(session, request))
        _ = output(session)
        let stream = session.started[0]
        #expect(answer(stream, "X-A: b\r\nConnection: close\r\n", hasContent: true))
        stream.send(Array("content".utf8).span)
        stream.finish()
        let frames = output(session)
        #expect(frames.map(\.type) == [1, 0])
        #expect(frames.map(\.flags) == [4, 1])
        #expect(frames.last?.body == Array("content".utf8))
        #expect(stream.isSent && stream.isClosed)
        #expect(session.streams.isEmpty)
    }

    @Test func `content that is lent is cut into frames and told when it has gone`() throws {
        let session = try session()
        let request = ClientBytes.opening + ClientBytes.headers(1, ClientBytes.get())
        #expect(receive(session, request))
        let stream = session.started[0]
        stream.chunkSize = 1000
        #expect(answer(stream, "", hasContent: true))
        _ = output(session)
        let bytes = (0..<2500).map { UInt8(truncatingIfNeeded: $0) }
        stream.lend(bytes.span, isLast: true)
        let frames = output(session).filter { $0.type == 0 }
        #expect(frames.map(\.body.count) == [1000, 1000, 500])
        #expect(frames.flatMap(\.body) == bytes)
        #expect(frames.last?.flags == 1)
        #expect(stream.takeNotice() == 2500)
        #expect(session.drained.contains { $0 === stream })
        #expect(!stream.isLending)
    }

    @Test func `the window of a client is kept to`() throws {
        let session = try session()
        let small = ClientBytes.frame(4, 0, 0, [0, 4, 0, 0, 0, 10])
        let request =
            ClientBytes.preface + small + ClientBytes.headers(1, ClientBytes.get())
        #expect(receive(session, request))
        let stream = session.started[0]
        #expect(answer(stream, "", hasContent: true))
        stream.send([UInt8](repeating: 1, count: 25).span)
        stream.finish()
        #expect(!stream.isDone)
        #expect(output(session).filter { $0.type == 0 }.map(\.body.count) == [10])
        let update = ClientBytes.frame(8, 0, 1, ClientBytes.number(100))
        #expect(receive(session, update))
        #expect(output(session).filter { $0.type == 0 }.map(\.body.count) == [15])
        #expect(stream.isDone)
    }

    @Test func `the window opens only as content is taken`() throws {
        var settings = HTTP2Settings()
        settings.streamWindow = 100
        let session = try session(settings)
        _ = output(session)
        let request =
            ClientBytes.opening + ClientBytes.frame(4, 1, 0, [])
            + ClientBytes.headers(1, ClientBytes.get(), ends: false)
            + ClientBytes.data(1, String(repeating: "x", count: 100))
        #expect(receive(session, request))
        #expect(!output(session).contains { $0.type == 8 && $0.stream == 1 })
        #expect(content(session.started[0]).count == 100)
        let updates = output(session).filter { $0.type == 8 && $0.stream == 1 }
        #expect(updates.map(\.body) == [ClientBytes.number(100)])
    }

    @Test func `a stream that the client resets is over`() throws {
        let session = try session()
        let request =
            ClientBytes.opening + ClientBytes.headers(1, ClientBytes.get(), ends: false)
            + ClientBytes.frame(3, 0, 1, ClientBytes.number(8))
        #expect(receive(session, request))
        #expect(session.closed.count == 1 && session.streams.isEmpty)
        #expect(session.closed[0].isClosed)
        #expect(
            !answer(session.closed[0], "", hasContent: false))
    }

    @Test func `a head that is too large ends the session`() throws {
        var settings = HTTP2Settings()
        settings.headByteLimit = 100
        let session = try session(settings)
        let request =
            ClientBytes.opening
            + ClientBytes.headers(
                1, ClientBytes.get("/", [("x", String(repeating: "y", count: 100))]))
        #expect(!receive(session, request))
        #expect(session.failure == .enhanceYourCalm)
        var buffer = Buffer(capacity: 0)
        session.writeFarewell(to: &buffer)
        #expect(buffer.count == 17 && buffer.readable[3] == 7 && buffer.readable[16] == 11)
    }
}

@Suite struct HeadTextTests {
    private func flaw(_ fields: [(String, String)]) throws -> HTTP2Flaw? {
        let session = try #require(HTTP2Session(HTTP2Settings()))
        let block = fields.flatMap { ClientBytes.field($0.0, $0.1) }
        let request = ClientBytes.opening + ClientBytes.headers(1, block)
        try #require(receive(session, request))
        return try #require(session.started.first).flaw
    }

    private static let start = [(":method", "GET"), (":scheme", "http"), (":path", "/")]
    private static let whole = start + [(":authority", "a")]

    @Test(arguments: [
        ([("x", "a\r\nb: c")], HTTP2Flaw.fieldValue), ([("x", "a\0")], .fieldValue),
        ([("X", "a")], .fieldName), ([("x y", "a")], .fieldName), ([("x:", "a")], .fieldName),
        ([("connection", "close")], .connectionField), ([("upgrade", "h2c")], .connectionField),
        ([("transfer-encoding", "chunked")], .connectionField),
        ([("proxy-connection", "x")], .connectionField), ([("keep-alive", "1")], .connectionField),
        ([("te", "gzip")], .trailersExpected), ([("host", "b")], .differentAuthority),
        ([("x", "y"), (":path", "/")], .pseudoFieldOrder),
        ([(":path", "/")], .duplicatePseudoField),
        ([(":x", "y")], .unknownPseudoField), ([(":status", "200")], .unknownPseudoField),
    ])
    func `what could be smuggled is refused`(_ more: [(String, String)], _ flaw: HTTP2Flaw) throws {
        #expect(try self.flaw(Self.whole + more) == flaw)
    }

    @Test(arguments: [
        ([(":scheme", "http"), (":path", "/"), (":authority", "a")], HTTP2Flaw.noMethod),
        ([(":method", "GET"), (":path", "/"), (":authority", "a")], .noScheme),
        ([(":method", "GET"), (":scheme", "http"), (":authority", "a")], .noPath),
        (start, .noAuthority), (start + [("x", "y")], .noAuthority),
        ([(":method", "GET"), (":scheme", "h ttp"), (":path", "/"), (":authority", "a")], .scheme),
        ([(":method", "GET"), (":scheme", "http"), (":path", "a"), (":authority", "a")], .path),
        (
            [(":method", "GET"), (":scheme", "http"), (":path", ""), (":authority", "a")],
            .emptyPseudoField
        ),
    ])
    func `pseudo-fields that are needed must be there`(
        _ fields: [(String, String)], _ flaw: HTTP2Flaw
    ) throws {
        #expect(try self.flaw(fields) == flaw)
    }

    @Test(arguments: [
        [("te", "trailers")], [("host", "a")], [("x_y", "z")], [("cookie", "a"), ("cookie", "b")],
    ])
    func `what is usual is taken`(_ more: [(String, String)]) throws {
        #expect(try flaw(Self.whole + more) == nil)
    }
}
