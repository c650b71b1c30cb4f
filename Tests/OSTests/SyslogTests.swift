// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Lines that go to a syslog server, and what their heads say.

import OS
import Testing

@Suite struct SyslogTests {
    private static let there = SyslogServer(
        address: .unix(path: Array("/tmp/beranda-test-nobody-listens-here".utf8)), facility: 1,
        tag: Array("web".utf8), hostName: Array("host".utf8))

    @Test func `a head is that of RFC 3164`() throws {
        let head = Self.there.head(severity: 3, at: LocalTime(seconds: 1_000_000_000))
        let text = String(decoding: head, as: UTF8.self)
        let shape = #/<11>Sep [ \d]\d \d\d:\d\d:\d\d host web: /#
        #expect(try shape.wholeMatch(in: text) != nil, "\(text)")
    }

    @Test func `without a name of the host there is no second blank`() throws {
        var server = Self.there
        server.hostName = nil
        server.facility = 23
        let head = server.head(severity: 6, at: LocalTime(seconds: 0))
        let text = String(decoding: head, as: UTF8.self)
        let shape = #/<190>(Jan  1|Dec 31) \d\d:\d\d:\d\d web: /#
        #expect(try shape.wholeMatch(in: text) != nil, "\(text)")
    }

    @Test func `that nobody listens is told once a minute`() {
        let sender = SyslogSender(Self.there)
        let message = Array("x".utf8)
        let outcomes = [1000, 1000, 1001, 1059, 1060, 1061].map { second in
            unsafe sender.send(message.span.bytes, at: second)
        }
        #expect(outcomes == [.noSuchFile, nil, nil, nil, .noSuchFile, nil])
    }
}
