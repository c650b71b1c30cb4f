// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The head of a request that came by a stream.

internal import HTTP
internal import HTTP1
internal import HTTP2
internal import Memory
internal import OS

extension Exchange {
    /// Takes the head of a stream.
    ///
    /// - Returns: the status to refuse it with, and why; nil if it is one.
    mutating func takeHead(
        of stream: HTTP2Stream, _ services: inout Services
    ) -> (status: Int, reason: StaticString)? {
        bytes.removeAll()
        stage = .idle
        let facts = stream.facts
        if let flaw = facts.flaw {
            takeBrokenHead(of: stream, services.site)
            return (400, flaw.description)
        }
        stream.session.appendHead(of: stream, to: &bytes)
        if facts.isTunnel { addKey() }
        // The session has measured it by the limits of the listener.
        let limits = HeadLimits(lineByteLimit: bytes.count + 1, headByteLimit: bytes.count + 1)
        switch Self.parse(bytes, &head, limits) {
        case .parsed: break
        case .malformed(let flaw):
            let status = flaw == .tooManyFields ? 400 : Int(flaw.status.rawValue)
            takeBrokenHead(of: stream, services.site)
            return (status, flaw.description)
        case .needsBytes:
            takeBrokenHead(of: stream, services.site)
            return (400, HTTP2Flaw.fieldValue.description)
        }
        setVersion()
        head.byteCount = facts.headByteCount
        return setFraming(facts)
    }

    private static func parse(
        _ bytes: borrowing Buffer, _ head: inout RequestHead, _ limits: HeadLimits
    ) -> ParseResult {
        RequestParser.parse(bytes.readable, into: &head, limits: limits)
    }

    /// Adds what a WebSocket has in HTTP/1 and not in HTTP/2.
    ///
    /// Spec: RFC 8441 §5, RFC 6455 §4.1.
    private mutating func addKey() {
        bytes.truncate(to: bytes.count - 2)
        bytes.append("sec-websocket-key: ")
        bytes.append(Base64.encode(Random.bytes(16)))
        bytes.append("\r\n\r\n")
    }

    /// Says in the request line what the client speaks.
    private mutating func setVersion() {
        head.version = .http2
        let end = head.lineRange.upperBound
        var text = bytes.mutableReadable
        text[end - 3] = UInt8(ascii: "2")
        text[end - 1] = UInt8(ascii: "0")
    }

    /// Spec: RFC 9113 §8.1.1: frames say where the content ends; a length must agree with them.
    private mutating func setFraming(
        _ facts: HTTP2StreamFacts
    ) -> (status: Int, reason: StaticString)? {
        if facts.isTunnel {
            head.framing = .none
            return nil
        }
        if case .length(let count) = head.framing {
            guard count == 0 || !facts.isWithoutContent else {
                return (400, "less content than \"Content-Length\" says")
            }
            return nil
        }
        head.framing = facts.isWithoutContent ? .none : .chunked
        return nil
    }

    /// Takes what a log can say of a head that is none.
    private mutating func takeBrokenHead(of stream: HTTP2Stream, _ site: Site) {
        var line = Buffer(capacity: 64)
        stream.session.appendHead(of: stream, to: &line)
        let isHead = line.readable.startsWith("HEAD ")
        takeMalformedHead(line, site)
        head.method = isHead ? .head : .get
        method = head.method
        head.version = .http2
    }
}
