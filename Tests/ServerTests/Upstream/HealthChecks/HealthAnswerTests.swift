// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Answers to health checks, cut at every place.

import HTTP1
import Memory
import Testing

@testable import Server

@Suite struct HealthAnswerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let text: String
        /// Whether the peer closes behind it.
        var ends = false
        var progress = HealthAnswer.Progress.complete
        var content = ""
        var mayReuse = false
    }

    static let cases: [Case] = [
        Case(
            testDescription: "a length",
            text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", content: "hello",
            mayReuse: true),
        Case(
            testDescription: "no content",
            text: "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", mayReuse: true),
        Case(
            testDescription: "chunks",
            text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nA: b\r\n\r\n", content: "hello", mayReuse: true),
        Case(
            testDescription: "until it closes", text: "HTTP/1.0 200 OK\r\n\r\nhello", ends: true,
            content: "hello"),
        Case(
            testDescription: "closing, with a length",
            text: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
            content: "ok"),
        Case(
            testDescription: "interim answers before it",
            text: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: <a>\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", content: "x", mayReuse: true),
        Case(
            testDescription: "interim answers without end",
            text: String(repeating: "HTTP/1.1 103 Hints\r\n\r\n", count: 11),
            progress: .flawed(.unexpected(status: 103))),
        Case(
            testDescription: "another protocol",
            text: "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
            progress: .flawed(.unexpected(status: 101))),
        Case(
            testDescription: "no HTTP", text: "SSH-2.0-OpenSSH\r\n",
            progress: .flawed(.malformedHead(.statusLine))),
        Case(
            testDescription: "two lengths",
            text: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            progress: .flawed(.malformedHead(.contentLength))),
        Case(
            testDescription: "a chunk without a size",
            text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxy\r\n",
            progress: .flawed(.malformedContent(.chunkSize))),
        Case(
            testDescription: "nothing", text: "", ends: true, progress: .flawed(.headEndedEarly)),
        Case(
            testDescription: "half a head", text: "HTTP/1.1 200 OK\r\nX: ", ends: true,
            progress: .flawed(.headEndedEarly)),
        Case(
            testDescription: "less than its length",
            text: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", ends: true,
            progress: .flawed(.contentEndedEarly), content: "hello"),
        Case(
            testDescription: "half a chunk",
            text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello", ends: true,
            progress: .flawed(.contentEndedEarly), content: "hello"),
    ]

    @Test(arguments: cases)
    func `an answer is read the same way wherever it is cut`(_ example: Case) {
        let text = Array(example.text.utf8)
        for cut in 0...text.count {
            var answer = HealthAnswer()
            answer.reset(keepsContent: true)
            var progress = feed(text[..<cut], to: &answer)
            if progress == .needsBytes { progress = feed(text[cut...], to: &answer) }
            if progress == .needsBytes, example.ends { progress = answer.end() }
            #expect(progress == example.progress, "cut at \(cut)")
            let (content, mayReuse) = (answer.content.copied(), answer.mayReuse)
            #expect(content == bytes(example.content), "cut at \(cut)")
            #expect(mayReuse == example.mayReuse, "cut at \(cut)")
        }
    }

    private func feed(
        _ bytes: ArraySlice<UInt8>, to answer: inout HealthAnswer
    ) -> HealthAnswer.Progress {
        answer.input.append(Array(bytes))
        return answer.advance()
    }

    @Test func `of long content no more than 256k is kept, and that is enough`() {
        for length in ["Content-Length: 1000000", "Connection: close"] {
            var answer = HealthAnswer()
            answer.reset(keepsContent: true)
            _ = feed(bytes("HTTP/1.1 200 OK\r\n\(length)\r\n\r\n")[...], to: &answer)
            let piece = [UInt8](repeating: 65, count: 10_000)
            var progress = HealthAnswer.Progress.needsBytes
            for _ in 0..<27 where progress == .needsBytes {
                progress = feed(piece[...], to: &answer)
            }
            #expect(progress == .complete)
            let (count, mayReuse) = (answer.content.count, answer.mayReuse)
            #expect(count == 256 << 10)
            #expect(!mayReuse)
        }
    }

    @Test func `content that nobody looks at is not kept`() {
        var answer = HealthAnswer()
        answer.reset(keepsContent: false)
        let text = bytes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        #expect(feed(text[...], to: &answer) == .complete)
        let isEmpty = answer.content.isEmpty
        #expect(isEmpty)
    }

    @Test func `a head that never ends is refused at its limit`() {
        var answer = HealthAnswer()
        answer.reset(headByteLimit: 4096)
        let head = "HTTP/1.1 200 OK\r\nX: " + String(repeating: "a", count: 5000)
        #expect(feed(bytes(head)[...], to: &answer) != .needsBytes)
    }

    @Test func `whoever says more than was asked is not asked again`() {
        var answer = HealthAnswer()
        answer.reset()
        let text = bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n")
        #expect(feed(text[...], to: &answer) == .complete)
        let mayReuse = answer.mayReuse
        #expect(!mayReuse)
    }
}
