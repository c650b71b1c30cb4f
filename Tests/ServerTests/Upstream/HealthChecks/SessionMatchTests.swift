// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a peer of sessions must say, and what stands for bytes in it; and the connection by which
// it is asked, with a kernel that is played by a script.

import Memory
import OS
import Testing

@testable import Server

@Suite struct SessionMatchTests {
    private func expectation(_ text: String) -> SessionMatch.Expectation {
        SessionMatch.Expectation(form: .text(bytes(text)), written: bytes(text))
    }

    private func isMet(_ text: String, by said: String) throws -> Bool {
        var bench = try Bench("server { location / { root /x; } }")
        return expectation(text).isMet(
            by: bytes(said).span, regexes: [], &bench.services.matcher)
    }

    @Test(arguments: [
        ("220", "220 ready", true), ("220", "x220", true), ("220", "2220", true),
        ("aab", "aaab", true), ("220", "22", false), ("220", "", false), ("220", "22 0", false),
        ("OK", "ok", false),
    ])
    func `a text stands anywhere`(_ text: String, _ said: String, _ isMet: Bool) throws {
        let found = try self.isMet(text, by: said)
        #expect(found == isMet)
    }

    @Test(arguments: [
        ("abc", "abc".utf8.map { $0 }), (#"\x00\xfF"#, [0, 255]), (#"a\x41b"#, [97, 65, 98]),
        (#"\n\"#, [92, 110, 92]), (#"\x4"#, nil), (#"\x"#, nil), (#"\xzz"#, nil), ("", []),
    ])
    func `two digits stand for a byte`(_ text: String, _ expected: [UInt8]?) {
        #expect(SessionText.bytes(of: bytes(text)) == expected)
    }

    private func connection(
        _ script: ScriptedTransport, _ dialogue: HealthConnection.Dialogue, limit: Int = 8
    ) -> HealthConnection {
        var connection = HealthConnection(
            Transport(script), probe: 0, at: Instant(milliseconds: 0))
        connection.tell(bytes("ping"), after: bytes("H "), dialogue, byteLimit: limit)
        return connection
    }

    @Test func `what is told follows the header, and may be all`() {
        let script = ScriptedTransport([.bytes(bytes("not looked at"))])
        script.sendLimits = [nil, 3]
        var connection = connection(script, .words)
        let first = connection.advance()
        connection.transport.noteReady()
        let second = connection.advance()
        #expect((first, second) == (.wait, .answered))
        #expect(script.sent == bytes("H ping"))
        #expect(script.arrivals.count == 1)
    }

    @Test func `a header that cannot be sent at once is a failure`() {
        let script = ScriptedTransport([])
        script.sendLimits = [1]
        var connection = connection(script, .words)
        let progress = connection.advance()
        #expect(progress == .failed(.sendTimedOut))
    }

    @Test func `so much is heard as may be, and no more`() {
        let script = ScriptedTransport([.bytes(bytes("abcde")), .bytes(bytes("fghijkl"))])
        var connection = connection(script, .talk)
        let first = (connection.advance(), connection.hasHeardAll)
        connection.transport.noteReady()
        let second = (connection.advance(), connection.hasHeardAll)
        let heard = Array(copying: connection.heard.readable)
        #expect(first == (.heard, false))
        #expect(second == (.heard, true))
        #expect(heard == bytes("abcdefgh"))
    }

    @Test(arguments: [
        (
            HealthConnection.Dialogue.talk, ScriptedTransport.Arrival.end,
            HealthConnection.Progress.failed(.dataEndedEarly)
        ),
        (.datagrams, .end, .heard),
        (.datagrams, .failure(.connectionRefused), .failed(.receiveFailed(.connectionRefused))),
        (.talk, .failure(.connectionReset), .failed(.receiveFailed(.connectionReset))),
    ])
    func `an end is no answer, but an empty datagram is one`(
        _ dialogue: HealthConnection.Dialogue, _ arrival: ScriptedTransport.Arrival,
        _ expected: HealthConnection.Progress
    ) {
        var connection = connection(ScriptedTransport([arrival]), dialogue)
        let progress = connection.advance()
        #expect(progress == expected)
    }
}
