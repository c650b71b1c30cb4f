// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// One request and one answer of a health check, with a kernel that is played by a script.

import HTTP1
import Memory
import OS
import Testing

@testable import Server

@Suite struct HealthConnectionTests {
    private func connection(_ script: ScriptedTransport) -> HealthConnection {
        var request = Buffer(capacity: 64)
        request.append("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        var connection = HealthConnection(
            Transport(script), probe: 0, at: Instant(milliseconds: 0))
        connection.ask(request, keepsContent: false, headByteLimit: 64 << 10)
        return connection
    }

    private let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)

    @Test func `an answer that comes byte by byte is an answer`() {
        let script = ScriptedTransport(answer.flatMap { [.bytes([$0]), .wouldBlock] })
        script.sendLimits = [3, 0, 5, 0]
        var connection = connection(script)
        var progress = connection.advance()
        for _ in 0..<200 where progress == .wait {
            connection.transport.noteReady()
            progress = connection.advance()
        }
        #expect(progress == .answered)
        #expect(script.sent == Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        let mayReuse = connection.answer.mayReuse
        #expect(mayReuse)
    }

    @Test func `a second request goes on the same connection, and its end may be an old one`() {
        let script = ScriptedTransport([.bytes(answer)])
        var connection = connection(script)
        let first = (connection.advance(), connection.mayBeStale)
        #expect(first == (.answered, false))
        connection.rest()
        let resting = (connection.stage, connection.advance())
        #expect(resting == (.resting, .wait))
        var request = Buffer(capacity: 8)
        request.append("again")
        connection.ask(request, keepsContent: false, headByteLimit: 64 << 10)
        script.arrivals = [.end]
        connection.transport.noteReady()
        let second = (connection.advance(), connection.mayBeStale)
        #expect(second == (.failed(.headEndedEarly), true))
        #expect(script.sent.suffix(5) == Array("again".utf8))
    }

    @Test(arguments: [
        (ScriptedTransport.Arrival.end, HealthFlaw.headEndedEarly),
        (.failure(.connectionReset), .receiveFailed(.connectionReset)),
        (.bytes(Array("junk\r\n\r\n".utf8)), .malformedHead(.statusLine)),
    ])
    func `what is no answer fails`(_ arrival: ScriptedTransport.Arrival, _ flaw: HealthFlaw) {
        var connection = connection(ScriptedTransport([arrival]))
        let outcome = (connection.advance(), connection.mayBeStale)
        #expect(outcome == (.failed(flaw), false))
    }

    @Test func `a peer that sends without end is given up`() {
        let head = Array("HTTP/1.1 200 OK\r\n\r\n".utf8)
        let script = ScriptedTransport(
            [.bytes(head + [UInt8](repeating: 65, count: 1 << 20))])
        var connection = connection(script)
        let progress = connection.advance()
        let (mayReuse, isEmpty) = (connection.answer.mayReuse, connection.answer.content.isEmpty)
        #expect(progress == .answered)
        #expect(!mayReuse && isEmpty)
        // The rest is left where it is.
        #expect(script.arrivals.count == 1)
    }
}
