// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import HTTP1
import Testing

@Suite struct ResponseParserTests {
    private func result(
        _ text: String, answering method: Method = .get, limits: HeadLimits = HeadLimits()
    ) -> ParseResult? {
        var head = ResponseHead()
        return everySplit(bytes(text)) { input, scanned in
            ResponseParser.parse(
                input.span, answering: method, into: &head, limits: limits, scanned: scanned)
        }
    }

    private static let good: [(String, UInt16, String)] = [
        ("HTTP/1.1 200 OK\r\n\r\n", 200, "OK"),
        ("HTTP/1.1 200\r\n\r\n", 200, ""),
        ("HTTP/1.1 200 \r\n\r\n", 200, ""),
        ("HTTP/1.0 404 Not Found\n\n", 404, "Not Found"),
        ("HTTP/1.1 204 No Content\nX: y\n\n", 204, "No Content"),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", 101, "Switching Protocols"),
        ("HTTP/1.1 100 Continue\r\n\r\n", 100, "Continue"),
        ("HTTP/1.1 999 \u{c3}\u{a9}\r\n\r\n", 999, "é"),
    ]

    @Test("A good head is taken however its bytes arrive", arguments: good)
    func takesGoodHeads(text: String, code: UInt16, reason: String) {
        let input = bytes(text)
        #expect(result(text) == .parsed(byteCount: input.count))
        var head = ResponseHead()
        _ = ResponseParser.parse(input.span, answering: .get, into: &head)
        let status = head.status
        let phrase = head.reasonRange.range
        #expect(status.rawValue == code)
        #expect(String(decoding: input[phrase], as: UTF8.self) == reason)
    }

    @Test("The beginning of a head needs bytes", arguments: good)
    func needsBytes(text: String, code: UInt16, reason: String) {
        let input = bytes(text)
        var head = ResponseHead()
        for count in 0..<input.count {
            let beginning = Array(input[..<count])
            let result = ResponseParser.parse(beginning.span, answering: .get, into: &head)
            #expect(result == .needsBytes)
        }
    }

    private static let bad: [(String, Flaw)] = [
        ("HTTP/1.1 20\r\n\r\n", .statusLine),
        ("HTTP/1.1 099 X\r\n\r\n", .statusLine),
        ("HTTP/1.1 1000 X\r\n\r\n", .statusLine),
        ("HTTP/1.1 2x0 X\r\n\r\n", .statusLine),
        ("HTTP/1.1  200 OK\r\n\r\n", .statusLine),
        ("HTTP/2 200 OK\r\n\r\n", .statusLine),
        ("200 OK\r\n\r\n", .statusLine),
        ("<html>\n", .statusLine),
        ("ICY 200 OK\r\n\r\n", .statusLine),
        ("HTTP/1.1 200 O\0K\r\n\r\n", .statusLine),
        ("HTTP/1.1 200 OK\rX: y\r\n\r\n", .bareCarriageReturn),
        ("HTTP/1.1 200 OK\r\nX: a\0\r\n\r\n", .fieldValue),
        ("HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n", .bareCarriageReturn),
        ("HTTP/1.1 200 OK\r\nX : a\r\n\r\n", .spaceBeforeColon),
        ("HTTP/1.1 200 OK\r\n folded\r\n\r\n", .leadingSpace),
        ("HTTP/1.1 200 OK\r\nnothing\r\n\r\n", .missingColon),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            .conflictingLength
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", .contentLength),
        ("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", .contentLength),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", .unknownTransferCoding),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .transferCodingInOldVersion),
    ]

    @Test("A bad head is refused however its bytes arrive", arguments: bad)
    func refusesBadHeads(text: String, flaw: Flaw) {
        #expect(result(text) == .malformed(flaw))
    }

    @Test("A head of a megabyte is refused at its limit")
    func headLimit() {
        let line = "X: " + String(repeating: "y", count: 1 << 20)
        let text = bytes("HTTP/1.1 200 OK\r\n" + line)
        var head = ResponseHead()
        let limits = HeadLimits(lineByteLimit: 4096, headByteLimit: 4096)
        let result = ResponseParser.parse(text.span, answering: .get, into: &head, limits: limits)
        #expect(result == .malformed(.headTooLong) || result == .malformed(.fieldTooLong))
    }

    private static let framings: [(String, Method, ContentFraming, Persistence)] = [
        ("HTTP/1.1 200 OK\r\n\r\n", .get, .untilClose, .close),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", .get, .length(3), .keepAlive),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", .head, .none, .keepAlive),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .get, .chunked, .keepAlive),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .head, .none, .keepAlive),
        ("HTTP/1.1 304 X\r\nContent-Length: 3\r\n\r\n", .get, .none, .keepAlive),
        ("HTTP/1.1 204 X\r\n\r\n", .get, .none, .keepAlive),
        ("HTTP/1.1 100 X\r\n\r\n", .get, .none, .keepAlive),
        ("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n", .get, .length(3), .close),
        (
            "HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n", .get,
            .length(3), .keepAlive
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n", .get,
            .length(3), .close
        ),
    ]

    @Test("Framing follows status, method and fields", arguments: framings)
    func framing(
        text: String, method: Method, framing: ContentFraming, persistence: Persistence
    ) {
        let input = bytes(text)
        var head = ResponseHead()
        let result = ResponseParser.parse(input.span, answering: method, into: &head)
        #expect(result == .parsed(byteCount: input.count))
        let found = (head.framing, head.persistence)
        #expect(found == (framing, persistence))
    }
}
