// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The `priority` field, and what comes of it.

import HTTP2
import Memory
import Testing

@Suite struct HTTP2PriorityTests {
    private func merged(_ field: String, into urgency: UInt8, _ isIncremental: Bool) -> String {
        var priority = HTTP2Priority()
        priority.urgency = urgency
        priority.isIncremental = isIncremental
        priority.merge(Array(field.utf8).span)
        return "\(priority.urgency)\(priority.isIncremental ? "i" : "")"
    }

    @Test(arguments: [
        ("u=0", "0"), ("u=7", "7"), ("u=1, i", "1i"), ("i", "3i"), ("i=?1", "3i"), ("i=?0", "3"),
        ("  u=2,i  ", "2i"), ("u=5\t,\ti", "5i"), ("u=1, u=6", "6"), ("i, i=?0", "3"), ("", "3"),
        ("u=2;x;y=\"a\\\"b\", z=(a \"b\" 1.5);q, i;k=:YQ==:", "2i"), ("urgent, u=4", "4"),
        ("u=4, ix, i2=?1", "4"), ("*a=1, u=4", "4"), ("x=-12.5, u=4", "4"), ("x=(), u=4", "4"),
    ])
    func `a field says when a stream goes`(_ field: String, _ expected: String) {
        #expect(merged(field, into: 3, false) == expected)
    }

    @Test(arguments: [
        "u=8", "u=-1", "u=a", "u=1.0", "u", "u=?1", "u=(1)", "u=99", "i=1", "i=a", "i=()", "x=y",
    ])
    func `what is not of its type and range is ignored`(_ field: String) {
        #expect(merged(field, into: 5, true) == "5i")
    }

    @Test(arguments: [
        "u=1,", "u=1 i", "u=", "u=1, =2", "U=1", "u=1,,i", ",", "u=1, i=?2", "u=1;", "u=1; A",
        "u=1, x=\"a", "u=1, x=\"\u{7F}\"", "u=1, x=\"\\a\"", "u=1, x=(a", "u=1, x=(a\"b\")",
        "u=1, x=:a", "u=1, x=1.", "u=1, x=1.2345", "u=1, x=1234567890123456", "u=1, x=-", "u=1\0",
        "u=1, x=é", "\tu=1",
    ])
    func `nothing is taken of a field that is malformed`(_ field: String) {
        #expect(merged(field, into: 5, true) == "5i")
    }

    @Test func `what a field leaves out stays as it was`() {
        #expect(merged("u=1", into: 5, true) == "1i")
        #expect(merged("i=?0", into: 5, true) == "5")
    }
}

@Suite struct HTTP2SessionPriorityTests {
    private typealias Field = (String, String)

    /// A session whose client has asked for some streams, each with a `priority`.
    private func session(
        _ fields: [String?], settings: [UInt8] = [0, 9, 0, 0, 0, 1], before: [UInt8] = []
    ) throws -> HTTP2Session {
        let session = try #require(HTTP2Session(HTTP2Settings()))
        var request = ClientBytes.preface + ClientBytes.frame(4, 0, 0, settings) + before
        for (index, field) in fields.enumerated() {
            let more = field.map { [("priority", $0)] } ?? []
            request += ClientBytes.headers(UInt32(index * 2 + 1), ClientBytes.get("/", more))
        }
        try #require(receive(session, request))
        _ = output(session)
        return session
    }

    private func output(_ session: HTTP2Session, limit: Int = 1 << 20) -> [SentFrame] {
        var buffer = Buffer(capacity: 0)
        session.write(to: &buffer, limit: limit)
        var bytes: [UInt8] = []
        for index in buffer.readable.indices { bytes.append(buffer.readable[index]) }
        return SentFrame.all(in: bytes)
    }

    /// Answers all streams with three frames each.
    private func answer(_ session: HTTP2Session, _ lines: [UInt32: String] = [:]) {
        for stream in session.started {
            stream.chunkSize = 1000
            let text = lines[UInt32(bitPattern: stream.number)] ?? ""
            _ = session.answer(
                stream, status: 200, lines: Array(text.utf8).span, hasContent: true)
            stream.send([UInt8](repeating: 1, count: 3000).span)
            stream.finish()
        }
    }

    /// The streams whose content goes, in order.
    private func order(_ session: HTTP2Session) -> [UInt32] {
        output(session).filter { $0.type == 0 }.map(\.stream)
    }

    private static func update(_ stream: UInt32, _ field: String) -> [UInt8] {
        ClientBytes.frame(16, 0, 0, ClientBytes.number(stream) + Array(field.utf8))
    }

    @Test func `the settings say that dependencies do not count`() throws {
        let session = try #require(HTTP2Session(HTTP2Settings()))
        let settings = try #require(output(session).first)
        let entries = stride(from: 0, to: settings.body.count, by: 6).map {
            Array(settings.body[$0..<$0 + 6])
        }
        #expect(entries.contains([0, 9, 0, 0, 0, 1]))
    }

    @Test func `streams go one after the other`() throws {
        let session = try session([nil, nil, nil])
        answer(session)
        #expect(order(session) == [1, 1, 1, 3, 3, 3, 5, 5, 5])
    }

    @Test func `an urgent stream goes first`() throws {
        let session = try session(["u=5", nil, "u=0"])
        answer(session)
        #expect(order(session) == [5, 5, 5, 3, 3, 3, 1, 1, 1])
    }

    @Test func `incremental streams take turns`() throws {
        let session = try session(["i", "i", "u=1"])
        answer(session)
        #expect(order(session) == [5, 5, 5, 1, 3, 1, 3, 1, 3])
    }

    @Test func `an urgent stream overtakes one that is being sent`() throws {
        let session = try session([nil])
        answer(session)
        #expect(output(session, limit: 1000).filter { $0.type == 0 }.map(\.stream) == [1])
        session.started.removeAll()
        let late = ClientBytes.headers(3, ClientBytes.get("/", [("priority", "u=1")]))
        #expect(receive(session, late))
        answer(session)
        // One frame had been chosen already.
        #expect(order(session) == [1, 3, 3, 3, 1])
    }

    @Test func `a client may change its mind`() throws {
        let session = try session([nil, nil])
        answer(session)
        #expect(receive(session, Self.update(3, "u=0")))
        #expect(session.streams.last?.priority.urgency == 0)
        #expect(order(session) == [3, 3, 3, 1, 1, 1])
    }

    @Test func `what was said before a stream began goes over its field`() throws {
        let session = try session([nil, "u=7"], before: Self.update(3, "u=0, i"))
        #expect(session.started[1].priority.urgency == 0)
        answer(session)
        #expect(order(session) == [3, 3, 3, 1, 1, 1])
    }

    @Test func `a server has the last word`() throws {
        let session = try session(["u=1, i", nil])
        answer(session, [1: "Priority: u=6\r\n"])
        #expect(session.started[0].priority.urgency == 6)
        #expect(session.started[0].priority.isIncremental)
        #expect(receive(session, Self.update(1, "u=0")))
        #expect(session.started[0].priority.urgency == 6)
        #expect(order(session) == [3, 3, 3, 1, 1, 1])
    }

    @Test(arguments: [[UInt8](), [0, 3, 0, 0, 0, 100]])
    func `a client that has no dependencies needs not say so`(_ settings: [UInt8]) throws {
        let session = try session(["u=5", nil], settings: settings)
        answer(session)
        #expect(order(session) == [3, 3, 3, 1, 1, 1])
    }

    @Test func `the dependencies of a client that has some are followed`() throws {
        let session = try #require(HTTP2Session(HTTP2Settings()))
        // The first depends upon the second, which comes later and exclusively.
        let dependency: [UInt8] = [0x80, 0, 0, 0, 255]
        let request =
            ClientBytes.opening
            + ClientBytes.frame(1, 0x25, 1, dependency + ClientBytes.get())
            + ClientBytes.frame(1, 0x25, 3, dependency + ClientBytes.get())
        #expect(receive(session, request))
        answer(session)
        #expect(order(session) == [3, 3, 3, 1, 1, 1])
    }

    @Test func `only so many streams may be spoken of before they begin`() throws {
        var settings = HTTP2Settings()
        settings.concurrentStreamLimit = 10
        let session = try #require(HTTP2Session(settings))
        let scheme = ClientBytes.frame(4, 0, 0, [0, 9, 0, 0, 0, 1])
        #expect(receive(session, ClientBytes.preface + scheme))
        var count = 0
        while count < 100, receive(session, Self.update(UInt32(count * 2 + 1), "u=1")) {
            count += 1
        }
        #expect(count == 10 && session.failure == .protocolError)
    }

    @Test func `the same may be said again and again`() throws {
        let session = try session([nil])
        for round in 0..<1000 {
            #expect(receive(session, Self.update(9, "u=\(round % 8)")))
        }
        #expect(session.failure == nil)
    }
}
