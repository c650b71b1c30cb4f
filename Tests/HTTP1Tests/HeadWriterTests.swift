// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import HTTP1
import Memory
import Testing

@Suite struct HeadWriterTests {
    private func written(_ write: (inout Buffer) -> Void) -> String {
        var buffer = Buffer(capacity: 256)
        write(&buffer)
        var text: [UInt8] = []
        for i in 0..<buffer.count { text.append(buffer.readable[i]) }
        return String(decoding: text, as: UTF8.self)
    }

    @Test(
        "Status lines are nginx's",
        arguments: [
            (200, "HTTP/1.1 200 OK\r\n"), (302, "HTTP/1.1 302 Moved Temporarily\r\n"),
            (494, "HTTP/1.1 400 Bad Request\r\n"), (299, "HTTP/1.1 299 \r\n"),
            (503, "HTTP/1.1 503 Service Temporarily Unavailable\r\n"),
        ] as [(UInt16, String)])
    func statusLine(code: UInt16, line: String) {
        #expect(written { HeadWriter.statusLine(Status(rawValue: code), to: &$0) } == line)
    }

    private static let hostile = ["a\r\nX: y", "a\nb", "a\rb", "a\0", "a\u{7f}"]

    @Test("No value ends its line", arguments: hostile)
    func refusesLineEnds(value: String) {
        let value = bytes(value)
        let name = bytes("X")
        let text = written { buffer in
            #expect(HeadWriter.field(name.span, value.span, to: &buffer) == false)
            #expect(HeadWriter.field(value.span, name.span, to: &buffer) == false)
            #expect(HeadWriter.field(.location, value.span, to: &buffer) == false)
            #expect(
                HeadWriter.requestLine(method: name.span, target: value.span, to: &buffer)
                    == false)
            #expect(
                HeadWriter.requestLine(method: value.span, target: name.span, to: &buffer)
                    == false)
            HeadWriter.statusLine(.ok, reason: value.span, to: &buffer)
        }
        #expect(text == "HTTP/1.1 200 OK\r\n")
    }

    @Test("A head that was parsed and written parses to the same")
    func fixedPoint() throws {
        let text = "PUT /a?b HTTP/1.1\nHost: a\nx-b:  c \nEmpty:\nContent-Length: 3\n\n"
        let first = try #require(ParsedRequest(text))
        let second = written { buffer in
            let method = bytes(first.methodName)
            let target = bytes(first.target)
            #expect(
                HeadWriter.requestLine(method: method.span, target: target.span, to: &buffer))
            for line in first.fields {
                let name = bytes(line.key)
                let value = bytes(line.value)
                #expect(HeadWriter.field(name.span, value.span, to: &buffer))
            }
            HeadWriter.end(to: &buffer)
        }
        let again = try #require(ParsedRequest(second))
        #expect(again.fields == first.fields)
        #expect(again.line == first.line)
        #expect(again.framing == first.framing)
        #expect(again.host == first.host)
    }

    @Test("The lines of a response are as expected")
    func response() {
        let text = written { buffer in
            HeadWriter.statusLine(.ok, to: &buffer)
            HeadWriter.date(.date, seconds: 784_111_777, to: &buffer)
            HeadWriter.field(.server, "beranda", to: &buffer)
            HeadWriter.contentLength(12, to: &buffer)
            HeadWriter.connection(.close, to: &buffer)
            HeadWriter.chunked(to: &buffer)
            HeadWriter.end(to: &buffer)
        }
        #expect(
            text == """
                HTTP/1.1 200 OK\r
                Date: Sun, 06 Nov 1994 08:49:37 GMT\r
                Server: beranda\r
                Content-Length: 12\r
                Connection: close\r
                Transfer-Encoding: chunked\r
                \r

                """)
    }
}
