// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import HTTP1
import Testing

@Suite struct RequestParserTests {
    /// The result of parsing a text in every way it can arrive.
    private func result(_ text: String, limits: HeadLimits = HeadLimits()) -> ParseResult? {
        var head = RequestHead()
        return everySplit(bytes(text)) { input, scanned in
            RequestParser.parse(input.span, into: &head, limits: limits, scanned: scanned)
        }
    }

    private static let good: [String] = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.0\n\n",
        "GET / HTTP/1.1\nHost: a\r\n\n",
        "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a/b?c=d#e HTTP/1.1\r\nHost: example.com:8080\r\nAccept: */*\r\n\r\n",
        "GET /caf\u{c3}\u{a9} HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://example.com/x HTTP/1.1\r\nHost: other\r\n\r\n",
        "GET http://example.com?x HTTP/1.1\r\nHost: other\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
        "GET / HTTP/1.7\r\nHost: a\r\n\r\n",
        "M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:a\r\nX:\r\nY: \t b \t\r\nZ_z: 1\r\nw.w: 2\r\nD3: 4\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: \u{80}\u{ff}\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n",
    ]

    @Test("A good head is taken however its bytes arrive", arguments: good)
    func takesGoodHeads(text: String) {
        #expect(result(text) == .parsed(byteCount: bytes(text).count))
    }

    @Test("The beginning of a head needs bytes", arguments: good)
    func needsBytes(text: String) {
        let input = bytes(text)
        var head = RequestHead()
        for count in 0..<input.count {
            let beginning = Array(input[..<count])
            #expect(RequestParser.parse(beginning.span, into: &head) == .needsBytes)
        }
    }

    private static let bad: [(String, Flaw)] = [
        // A01 to A08: framing.
        ("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", .conflictingLength),
        ("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", .conflictingLength),
        ("Content-Length: 5\r\nContent-Length: 5\r\n\r\n", .contentLength),
        ("Content-Length: 5\r\nContent-Length: 6\r\n\r\n", .contentLength),
        ("Content-Length: 5, 5\r\n\r\n", .contentLength),
        ("Content-Length: +5\r\n\r\n", .contentLength),
        ("Content-Length: -5\r\n\r\n", .contentLength),
        ("Content-Length: 0x5\r\n\r\n", .contentLength),
        ("Content-Length: 5_0\r\n\r\n", .contentLength),
        ("Content-Length: 5e0\r\n\r\n", .contentLength),
        ("Content-Length: \"5\"\r\n\r\n", .contentLength),
        ("Content-Length: 5;\r\n\r\n", .contentLength),
        ("Content-Length:\r\n\r\n", .contentLength),
        ("Content-Length: 5 5\r\n\r\n", .contentLength),
        ("Content-Length: \u{d9}\u{a5}\r\n\r\n", .contentLength),
        ("Content-Length: 9223372036854775808\r\n\r\n", .contentLength),
        ("Content-Length: 18446744073709551621\r\n\r\n", .contentLength),
        ("Content-Length: 123456789012345678901234567890\r\n\r\n", .contentLength),
        ("Transfer-Encoding: xchunked\r\n\r\n", .unknownTransferCoding),
        ("Transfer-Encoding: identity\r\n\r\n", .unknownTransferCoding),
        ("Transfer-Encoding: chunked;a=b\r\n\r\n", .unknownTransferCoding),
        ("Transfer-Encoding: gzip\r\n\r\n", .unknownTransferCoding),
        ("Transfer-Encoding: gzip, chunked\r\n\r\n", .unknownTransferCoding),
        ("Transfer-Encoding: chunked, identity\r\n\r\n", .unknownTransferCoding),
        ("Transfer-Encoding: chunked, chunked\r\n\r\n", .transferCoding),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", .transferCoding),
        ("Transfer-Encoding: ,chunked\r\n\r\n", .transferCoding),
        ("Transfer-Encoding: chunked,\r\n\r\n", .transferCoding),
        ("Transfer-Encoding:\r\n\r\n", .transferCoding),
        ("Transfer-Encoding: chunked\u{b}\r\n\r\n", .fieldValue),
        ("Transfer-Encoding: chunked\u{c}\r\n\r\n", .fieldValue),
        ("Transfer-Encoding: chunked\0\r\n\r\n", .fieldValue),
        ("Transfer-Encoding: chunked\u{a0}\r\n\r\n", .transferCoding),
        ("Transfer-Encoding: chunked\u{85}\r\n\r\n", .transferCoding),
        ("Transfer-Encoding: chun\u{e2}\u{84}\u{aa}ed\r\n\r\n", .transferCoding),
        // A09, A13, A14: line ends and white space.
        ("Transfer-Encoding : chunked\r\n\r\n", .spaceBeforeColon),
        ("X\t: y\r\n\r\n", .spaceBeforeColon),
        (" folded\r\n\r\n", .obsoleteFolding),
        ("X: y\r\n\tz\r\n\r\n", .obsoleteFolding),
        ("X: y\rZ: w\r\n\r\n", .bareCarriageReturn),
        ("X: y\r\r\n\r\n", .bareCarriageReturn),
        ("\rX: y\r\n\r\n", .bareCarriageReturn),
        // A22, A23: names and values.
        (": y\r\n\r\n", .fieldName),
        ("X(: y\r\n\r\n", .fieldName),
        ("X[]: y\r\n\r\n", .fieldName),
        ("X@: y\r\n\r\n", .fieldName),
        ("X,: y\r\n\r\n", .fieldName),
        ("X;: y\r\n\r\n", .fieldName),
        ("X\u{80}: y\r\n\r\n", .fieldName),
        ("X\0: y\r\n\r\n", .fieldName),
        ("foo\u{2}: y\r\n\r\n", .fieldName),
        ("X\r\n\r\n", .missingColon),
        ("X: \0\r\n\r\n", .fieldValue),
        ("X: \u{1}\r\n\r\n", .fieldValue),
        ("X: \u{1f}\r\n\r\n", .fieldValue),
        ("X: \u{7f}\r\n\r\n", .fieldValue),
        // Fields that may come once.
        ("If-Range: \"a\"\r\nIf-Range: \"a\"\r\n\r\n", .duplicateField),
        ("Authorization: a\r\nAuthorization: b\r\n\r\n", .duplicateField),
    ]

    @Test("Bad field lines are refused however they arrive", arguments: bad)
    func refusesBadFields(lines: String, flaw: Flaw) {
        #expect(result("POST / HTTP/1.1\r\nHost: a\r\n" + lines) == .malformed(flaw))
    }

    private static let badStarts: [(String, Flaw)] = [
        // A08, A09.
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .transferCodingInOldVersion),
        ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", .leadingSpace),
        ("GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", .leadingSpace),
        // A20, A21, A25, A26: the request line.
        ("GET /\r\n\r\n", .version),
        ("GET / HTTP/0.9\r\n\r\n", .version),
        ("GET / HTTP/1.32\r\n\r\n", .version),
        ("GET / http/1.1\r\n\r\n", .version),
        ("GET / HTTP/2.0\r\n\r\n", .unsupportedVersion),
        ("GET / HTTP/1.1 \r\n\r\n", .version),
        ("GET / FOO\r\n\r\n", .version),
        ("GET / \r\n\r\n", .version),
        ("GET  / HTTP/1.1\r\n\r\n", .target),
        ("GET /  HTTP/1.1\r\n\r\n", .version),
        ("GET\t/ HTTP/1.1\r\n\r\n", .method),
        ("GET /\tHTTP/1.1\r\n\r\n", .target),
        ("GET / HTTP/1.1\rX\n\r\n", .bareCarriageReturn),
        ("PRI * HTTP/2.0\r\n\r\n", .target),
        ("get / HTTP/1.1\r\n\r\n", .method),
        ("G=\":<> / HTTP/1.1\r\n\r\n", .method),
        (" GET / HTTP/1.1\r\n\r\n", .method),
        ("\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n", .tooManyEmptyLines),
        ("\u{16}\u{3}\u{1}\r\n", .method),
        // B03, B04, B05: the target.
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", .target),
        ("GET admin HTTP/1.1\r\nHost: a\r\n\r\n", .target),
        ("GET haproxy.org:80 HTTP/1.1\r\nHost: a\r\n\r\n", .target),
        ("GET /a\0 HTTP/1.1\r\nHost: a\r\n\r\n", .target),
        ("GET /a\u{7f} HTTP/1.1\r\nHost: a\r\n\r\n", .target),
        ("GET http:/x HTTP/1.1\r\nHost: a\r\n\r\n", .target),
        ("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", .host),
        ("GET http://u@h/ HTTP/1.1\r\nHost: a\r\n\r\n", .host),
        ("CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", .target),
        // B01: Host.
        ("GET / HTTP/1.1\r\n\r\n", .missingHost),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .host),
        ("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", .host),
        ("GET / HTTP/1.1\r\nHost:\r\n\r\n", .host),
        ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .host),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", .host),
        ("GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", .host),
        ("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", .host),
        ("GET http://a/ HTTP/1.1\r\nHost: a@b\r\n\r\n", .host),
    ]

    @Test("Bad heads are refused however they arrive", arguments: badStarts)
    func refusesBadHeads(text: String, flaw: Flaw) {
        #expect(result(text) == .malformed(flaw))
    }

    @Test("Each part of the head is found where it is")
    func findsParts() throws {
        let text = "\r\nPOST /a%20b?c=d&e#f HTTP/1.1\r\nHost: Example.com:8080\r\nX: \t y \r\n\r\n"
        let head = try #require(ParsedRequest(text))
        #expect(head.method == .post)
        #expect(head.methodName == "POST")
        #expect(head.line == "POST /a%20b?c=d&e#f HTTP/1.1")
        #expect(head.target == "/a%20b?c=d&e#f")
        #expect(head.path == "/a%20b")
        #expect(head.query == "c=d&e")
        #expect(head.authority == "Example.com:8080")
        #expect(head.host.nameCount == 11)
        #expect(head.host.port == 8080)
        #expect(head.host.needsLowercase)
        #expect(head.fields.map(\.name) == [.host, .other])
        #expect(head.fields.map(\.key) == ["Host", "X"])
        #expect(head.fields.map(\.value) == ["Example.com:8080", "y"])
        #expect(head.byteCount == text.utf8.count)
    }

    @Test("An authority in the target wins over Host")
    func prefersTargetAuthority() throws {
        let text = "GET https://Real:1/p?q HTTP/1.1\r\nHost: other\r\n\r\n"
        let head = try #require(ParsedRequest(text))
        #expect(head.targetForm == .absolute)
        #expect(head.authority == "Real:1")
        #expect(head.scheme == "https")
        #expect(head.path == "/p")
        #expect(head.query == "q")
    }

    @Test(
        "Persistence follows version and Connection",
        arguments: [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", Persistence.keepAlive),
            ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", .close),
            ("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", .close),
            ("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, close\r\n\r\n", .close),
            ("GET / HTTP/1.0\r\n\r\n", .close),
            ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", .keepAlive),
        ])
    func persistence(text: String, expected: Persistence) throws {
        let head = try #require(ParsedRequest(text))
        #expect(head.persistence == expected)
    }

    @Test(
        "Framing is what the fields say",
        arguments: [
            ("", ContentFraming.none),
            ("Content-Length: 0\r\n", .length(0)),
            ("Content-Length: 0012\r\n", .length(12)),
            ("Content-Length: 9223372036854775807\r\n", .length(.max)),
            ("Transfer-Encoding: chunked\r\n", .chunked),
            ("transfer-encoding:\tCHUNKED \r\n", .chunked),
        ])
    func framing(lines: String, expected: ContentFraming) throws {
        let head = try #require(ParsedRequest("GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n"))
        #expect(head.framing == expected)
    }

    @Test("Upgrade is offered only when Connection lists it")
    func upgrade() throws {
        let start = "GET / HTTP/1.1\r\nHost: a\r\n"
        let offer = start + "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n"
        #expect(try #require(ParsedRequest(offer)).offersUpgrade)
        #expect(
            try #require(ParsedRequest(start + "Upgrade: websocket\r\n\r\n")).offersUpgrade == false
        )
        let old = "GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
        #expect(try #require(ParsedRequest(old)).offersUpgrade == false)
    }

    @Test("100-continue is expected only by HTTP/1.1")
    func expectation() throws {
        let new = "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n"
        #expect(try #require(ParsedRequest(new)).expectsContinue)
        let other = "PUT / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n"
        #expect(try #require(ParsedRequest(other)).expectsContinue == false)
        let old = "PUT / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n"
        #expect(try #require(ParsedRequest(old)).expectsContinue == false)
    }

    @Test("Names are marked that nginx would drop")
    func traits() throws {
        let text = "GET / HTTP/1.1\r\nHost: a\r\nx_y: 1\r\nx.y: 2\r\nx-y2: 3\r\n\r\n"
        let head = try #require(ParsedRequest(text))
        #expect(head.fields[1].traits == .underscore)
        #expect(head.fields[2].traits == .unusualName)
        #expect(head.fields[3].traits == [])
    }
}

/// Limits.
extension RequestParserTests {
    private static let small = HeadLimits(lineByteLimit: 32, headByteLimit: 100)

    private static func line(_ byteCount: Int) -> String {
        "X: " + String(repeating: "y", count: byteCount - 5) + "\r\n"
    }

    @Test("A line may be as long as its limit and no longer")
    func lineLimit() {
        let start = "GET / HTTP/1.0\r\n"
        let fits = start + Self.line(32) + "\r\n"
        #expect(result(fits, limits: Self.small) == .parsed(byteCount: 50))
        #expect(
            result(start + Self.line(33) + "\r\n", limits: Self.small) == .malformed(.fieldTooLong))
        let target = "GET /" + String(repeating: "a", count: 16)
        #expect(
            result(target + " HTTP/1.0\r\n\r\n", limits: Self.small) == .parsed(byteCount: 34))
        #expect(
            result(target + "a HTTP/1.0\r\n\r\n", limits: Self.small)
                == .malformed(.requestLineTooLong))
    }

    @Test("A head may be as long as its limit and no longer")
    func headLimit() {
        let start = "GET / HTTP/1.0\r\n" + Self.line(32) + Self.line(32)
        #expect(
            result(start + Self.line(18) + "\r\n", limits: Self.small) == .parsed(byteCount: 100))
        #expect(
            result(start + Self.line(19) + "\r\n", limits: Self.small) == .malformed(.headTooLong))
    }

    @Test("A head may have as many field lines as the table and no more")
    func fieldLimit() {
        var head = RequestHead(fieldLimit: 2)
        let start = bytes("GET / HTTP/1.0\r\nA: 1\r\nB: 2\r\n")
        #expect(
            RequestParser.parse((start + bytes("\r\n")).span, into: &head)
                == .parsed(byteCount: start.count + 2))
        #expect(
            RequestParser.parse((start + bytes("C: 3\r\n\r\n")).span, into: &head)
                == .malformed(.tooManyFields))
    }

    @Test("The longest method is refused early")
    func methodLimit() {
        let text = String(repeating: "A", count: 65) + " / HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(result(text) == .malformed(.method))
    }
}
