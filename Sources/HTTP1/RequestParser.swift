// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Request heads: bytes in, places and meaning out.
//
// This file knows bytes only: no sockets, no clock, no configuration except the limits passed in.
// It never allocates.

package import HTTP
internal import Memory

/// Parses request heads.
///
/// Spec: RFC 9112 §3 to §6. Where the RFC leaves a choice, nginx's, except that what requests are
///       smuggled with is refused.
/// Cost: one pass, eight bytes at a time; no allocation.
package enum RequestParser {
    /// Parses the head at the start of `bytes`.
    ///
    /// After `.needsBytes`, call again with all bytes so far and, as `scanned`, how many there
    /// were: then nothing is done before a further line is complete, so that a head that comes byte
    /// by byte costs no more than its lines.
    ///
    /// Limits: `limits`, and as many field lines as `head` has room for.
    package static func parse(
        _ bytes: Span<UInt8>, into head: inout RequestHead, limits: HeadLimits = HeadLimits(),
        scanned: Int = 0
    ) -> ParseResult {
        if Resumption.canWait(bytes, scanned: scanned, limits) { return .needsBytes }
        head.reset()
        let start: Int
        switch skipEmptyLines(bytes, limits) {
        case .line(let end), .last(let end): start = end
        case .needsBytes: return .needsBytes
        case .malformed(let flaw): return .malformed(flaw)
        }
        var offset: Int
        switch requestLine(bytes, start, &head, limits) {
        case .line(let end), .last(let end): offset = end
        case .needsBytes: return .needsBytes
        case .malformed(let flaw): return .malformed(flaw)
        }
        var notes = FramingNotes()
        while true {
            let limit = LineLimit(lineStart: offset, limits, isStartLine: false)
            let before = head.fields.present
            switch FieldLine.parse(bytes, at: offset, limit: limit, into: &head.fields) {
            case .line(let end):
                if let flaw = note(bytes, before, &head, &notes) { return .malformed(flaw) }
                offset = end
            case .last(let end):
                if let flaw = finish(&head, notes) { return .malformed(flaw) }
                head.byteCount = end
                return .parsed(byteCount: end)
            case .needsBytes: return .needsBytes
            case .malformed(let flaw): return .malformed(flaw)
            }
        }
    }

    /// The most empty lines before a request.
    ///
    /// Spec: RFC 9112 §2.2 asks for at least one.
    private static var emptyLineLimit: Int { 2 }

    /// The longest method.
    ///
    /// Why: the longest registered one, UPDATEREDIRECTREF, has 17 bytes.
    private static var methodByteLimit: Int { 64 }

    /// Fields that may come once.
    ///
    /// A second line is refused, as nginx does, because proxies differ in
    /// which of the two they take.
    private static let uniqueNames = FieldNameSet(
        rawValue: bit(.host) | bit(.ifModifiedSince) | bit(.ifUnmodifiedSince) | bit(.ifMatch)
            | bit(.ifNoneMatch) | bit(.ifRange) | bit(.contentRange) | bit(.expect)
            | bit(.authorization))

    @inline(__always)
    private static func bit(_ name: FieldName) -> UInt64 { 1 << UInt64(name.rawValue) }

    @inline(__always)
    private static func skipEmptyLines(_ bytes: Span<UInt8>, _ limits: HeadLimits) -> LineStep {
        var offset = 0
        var lineCount = 0
        while true {
            let limit = LineLimit(lineStart: offset, limits, isStartLine: true)
            if offset >= bytes.count { return limit.wait(at: bytes.count) }
            guard bytes[offset] == 13 || bytes[offset] == 10 else { return .line(end: offset) }
            let step = FieldLine.lineEnd(bytes, offset, limit, otherwise: .method)
            guard case .line(let end) = step else { return step }
            lineCount &+= 1
            guard lineCount <= emptyLineLimit else { return .malformed(.tooManyEmptyLines) }
            offset = end
        }
    }

    /// Method, target and version.
    @inline(__always)
    private static func requestLine(
        _ bytes: Span<UInt8>, _ start: Int, _ head: inout RequestHead, _ limits: HeadLimits
    ) -> LineStep {
        let count = bytes.count
        let limit = LineLimit(lineStart: start, limits, isStartLine: true)
        let isGet = start &+ 4 <= count && bytes.half(at: start) == 0x2054_4547
        let methodEnd = isGet ? start &+ 3 : Self.methodEnd(bytes, start)
        if methodEnd &- start > methodByteLimit {
            return limit.refuse(.method, at: start &+ methodByteLimit)
        }
        if methodEnd >= count { return limit.wait(at: count) }
        if methodEnd == start || bytes[methodEnd] != 32 {
            return limit.refuse(.method, at: methodEnd)
        }
        let targetStart = methodEnd &+ 1
        let targetEnd = RequestTarget.end(bytes, targetStart)
        if targetEnd >= count { return limit.wait(at: count) }
        if bytes[targetEnd] != 32 {
            let isLineEnd = bytes[targetEnd] == 13 || bytes[targetEnd] == 10
            return limit.refuse(isLineEnd ? .version : .target, at: targetEnd)
        }
        if targetEnd == targetStart { return limit.refuse(.target, at: targetEnd) }
        let versionStart = targetEnd &+ 1
        let step = RequestVersion.parse(bytes, versionStart, limit, &head.version)
        if case .malformed(.unsupportedVersion) = step, bytes[targetStart] == UInt8(ascii: "*") {
            // The preface of HTTP/2, where that is not spoken.
            return limit.refuse(.target, at: targetStart)
        }
        guard case .line = step else { return step }
        head.methodRange = ByteRange(start, methodEnd)
        head.targetRange = ByteRange(targetStart, targetEnd)
        head.lineRange = ByteRange(start, versionStart &+ RequestVersion.byteCount)
        head.method = isGet ? .get : Method(bytes, at: start, count: methodEnd &- start)
        if let flaw = RequestTarget.split(bytes, &head) { return .malformed(flaw) }
        return step
    }

    /// The offset after the last byte of the method.
    ///
    /// Spec: RFC 9110 §9.1 allows any token; nginx takes capitals, '-' and '_', and so do we: a
    ///       method in small letters is a mistake or a probe.
    @inline(__always)
    private static func methodEnd(_ bytes: Span<UInt8>, _ start: Int) -> Int {
        var i = start
        while i < bytes.count {
            let byte = bytes[i]
            guard byte &- 65 < 26 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") else {
                return i
            }
            i &+= 1
        }
        return i
    }

    /// Takes note of the field line that was just appended; answers what is wrong with it.
    @inline(__always)
    private static func note(
        _ bytes: Span<UInt8>, _ before: FieldNameSet, _ head: inout RequestHead,
        _ notes: inout FramingNotes
    ) -> Flaw? {
        let field = head.fields[head.fields.count &- 1]
        if field.name == .other { return nil }
        if before.rawValue & uniqueNames.rawValue & bit(field.name) != 0 {
            return field.name == .host ? .host : .duplicateField
        }
        if field.name == .host { return noteHost(bytes, field, &head) }
        if field.name == .expect {
            head.expectsContinue = bytes.extracting(field.valueRange)
                .equalsIgnoringCase("100-continue")
            return nil
        }
        return notes.note(field, bytes)
    }

    /// Spec: RFC 9112 §3.2.2: an authority in the target is used instead of Host, which must be
    ///       valid all the same.
    private static func noteHost(
        _ bytes: Span<UInt8>, _ field: Field, _ head: inout RequestHead
    ) -> Flaw? {
        let range = field.valueRange
        guard
            let host = HostName(validating: bytes, from: range.lowerBound, to: range.upperBound)
        else { return .host }
        if head.authorityRange == nil {
            head.authorityRange = ByteRange(range.lowerBound, range.upperBound)
            head.host = host
        }
        return nil
    }

    /// What can only be said when all field lines are known.
    @inline(__always)
    private static func finish(_ head: inout RequestHead, _ notes: FramingNotes) -> Flaw? {
        if head.version != .http10, !head.fields.contains(.host) { return .missingHost }
        switch notes.framing(of: head.version, answering: nil) {
        case .success(let framing): head.framing = framing
        case .failure(let flaw): return flaw
        }
        head.persistence = notes.persistence(of: head.version)
        if head.version == .http10 {
            // HTTP/1.0 knows neither; answering "100 Continue" would confuse such a client.
            head.expectsContinue = false
        } else {
            head.offersUpgrade = notes.offersUpgrade(head.fields)
        }
        return nil
    }
}
