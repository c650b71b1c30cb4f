// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Response heads of peers: bytes in, places and meaning out.
//
// A peer is trusted more than a client, but what it sends reaches clients: the rules are the same.

package import HTTP
internal import Memory

/// Parses response heads.
///
/// Spec: RFC 9112 §4 to §6. A bare LF ends a line, as small servers write it; bare CR, control
///       bytes and contradictory framing make the response malformed, which is 502 to the client.
/// Cost: one pass, eight bytes at a time; no allocation.
package enum ResponseParser {
    /// Parses the head at the start of `bytes`, which answers a request of this method.
    ///
    /// Interim responses are parsed like final ones; `head.status.isInformational` tells them.
    /// `scanned` is used as by `RequestParser.parse`.
    package static func parse(
        _ bytes: Span<UInt8>, answering method: Method, into head: inout ResponseHead,
        limits: HeadLimits = HeadLimits(), scanned: Int = 0
    ) -> ParseResult {
        if Resumption.canWait(bytes, scanned: scanned, limits) { return .needsBytes }
        head.reset()
        var offset: Int
        switch statusLine(bytes, &head, limits) {
        case .line(let end), .last(let end): offset = end
        case .needsBytes: return .needsBytes
        case .malformed(let flaw): return .malformed(flaw)
        }
        var notes = FramingNotes()
        while true {
            let limit = LineLimit(lineStart: offset, limits, isStartLine: false)
            switch FieldLine.parse(bytes, at: offset, limit: limit, into: &head.fields) {
            case .line(let end):
                let field = head.fields[head.fields.count &- 1]
                if let flaw = notes.note(field, bytes) { return .malformed(flaw) }
                offset = end
            case .last(let end):
                if let flaw = finish(&head, notes, method) { return .malformed(flaw) }
                head.byteCount = end
                return .parsed(byteCount: end)
            case .needsBytes: return .needsBytes
            case .malformed(let flaw): return .malformed(flaw)
            }
        }
    }

    /// `HTTP/1.1 200 OK`; the reason and the space before it may be missing.
    ///
    /// Spec: RFC 9112 §4. Exactly three digits, from 100 on.
    @inline(__always)
    private static func statusLine(
        _ bytes: Span<UInt8>, _ head: inout ResponseHead, _ limits: HeadLimits
    ) -> LineStep {
        let limit = LineLimit(
            stop: min(limits.lineByteLimit, limits.headByteLimit), flaw: .headTooLong)
        for i in 0..<fixedByteCount {
            guard i < bytes.count else { return limit.wait(at: bytes.count) }
            guard isExpected(bytes[i], at: i) else { return limit.refuse(.statusLine, at: i) }
        }
        head.version = bytes[7] == UInt8(ascii: "0") ? .http10 : .http11
        var code: UInt16 = 0
        for i in 9..<fixedByteCount { code = code &* 10 &+ UInt16(bytes[i] &- 48) }
        head.status = Status(rawValue: code)
        guard fixedByteCount < bytes.count else { return limit.wait(at: bytes.count) }
        guard bytes[fixedByteCount] == 32 else {
            return FieldLine.lineEnd(bytes, fixedByteCount, limit, otherwise: .statusLine)
        }
        let reasonStart = fixedByteCount &+ 1
        let reasonEnd = FieldLine.valueEnd(bytes, reasonStart)
        guard reasonEnd < bytes.count else { return limit.wait(at: bytes.count) }
        head.reasonRange = ByteRange(reasonStart, reasonEnd)
        return FieldLine.lineEnd(bytes, reasonEnd, limit, otherwise: .statusLine)
    }

    /// Bytes of `HTTP/1.1 200`.
    private static var fixedByteCount: Int { 12 }

    /// Whether a byte may stand at this place of the status line.
    @inline(__always)
    private static func isExpected(_ byte: UInt8, at offset: Int) -> Bool {
        switch offset {
        case 0: byte == UInt8(ascii: "H")
        case 1, 2: byte == UInt8(ascii: "T")
        case 3: byte == UInt8(ascii: "P")
        case 4: byte == UInt8(ascii: "/")
        case 5: byte == UInt8(ascii: "1")
        case 6: byte == UInt8(ascii: ".")
        case 8: byte == 32
        case 9: byte != UInt8(ascii: "0") && ByteClass.isDigit(byte)
        default: ByteClass.isDigit(byte)
        }
    }

    /// What can only be said when all field lines are known.
    @inline(__always)
    private static func finish(
        _ head: inout ResponseHead, _ notes: FramingNotes, _ method: Method
    ) -> Flaw? {
        switch notes.framing(of: head.version, answering: (method, head.status)) {
        case .success(let framing): head.framing = framing
        case .failure(let flaw): return flaw
        }
        head.contentLength = notes.length
        head.persistence =
            head.framing == .untilClose ? .close : notes.persistence(of: head.version)
        head.offersUpgrade = notes.offersUpgrade(head.fields)
        return nil
    }
}
