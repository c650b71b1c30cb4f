// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How a session says goodbye.

import HTTP2
import Memory
import Testing

@Suite struct HTTP2SessionEndingTests {
    private func session() throws -> HTTP2Session {
        let session = try #require(HTTP2Session(HTTP2Settings()))
        let begun = ClientBytes.opening + ClientBytes.headers(1, ClientBytes.get())
        try #require(receive(session, begun))
        _ = output(session)
        return session
    }

    private func output(_ session: HTTP2Session) -> [SentFrame] {
        var buffer = Buffer(capacity: 0)
        session.write(to: &buffer, limit: 1 << 20)
        var bytes: [UInt8] = []
        for index in buffer.readable.indices { bytes.append(buffer.readable[index]) }
        return SentFrame.all(in: bytes)
    }

    private func goodbye(_ stream: UInt32, _ code: UInt32 = 0) -> [UInt8] {
        ClientBytes.number(stream) + ClientBytes.number(code)
    }

    @Test func `the end is announced before the last stream is named`() throws {
        let session = try session()
        #expect(session.announceEnd())
        #expect(!session.announceEnd())
        let told = output(session)
        #expect(told.map(\.type) == [7, 6])
        #expect(told[0].body == goodbye(0x7FFF_FFFF))
        #expect(session.isEnding && session.isAnnouncing)
        // What was on its way is served.
        #expect(receive(session, ClientBytes.headers(3, ClientBytes.get())))
        #expect(session.started.count == 2)
        #expect(receive(session, ClientBytes.frame(6, 1, 0, told[1].body)))
        #expect(!session.isAnnouncing)
        #expect(output(session).map(\.body) == [goodbye(3)])
        // What comes later is not.
        #expect(receive(session, ClientBytes.headers(5, ClientBytes.get())))
        #expect(session.started.count == 2)
    }

    @Test func `an answer to nothing ends nothing`() throws {
        let session = try session()
        #expect(receive(session, ClientBytes.frame(6, 1, 0, [1, 2, 3, 4, 5, 6, 7, 8])))
        #expect(!session.isEnding && output(session).isEmpty)
    }

    @Test func `who does not wait for the client names the last stream at once`() throws {
        let session = try session()
        session.end(.enhanceYourCalm)
        #expect(output(session).map(\.body) == [goodbye(1, 11)])
        #expect(!session.announceEnd())
        #expect(output(session).isEmpty)
    }

    @Test func `an announced end may come early`() throws {
        let session = try session()
        #expect(session.announceEnd())
        session.end()
        let bodies = output(session).filter { $0.type == 7 }.map(\.body)
        #expect(bodies == [goodbye(0x7FFF_FFFF), goodbye(1)])
    }
}
