// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Field lines: what a request head, a response head and a trailer section have in common.

internal import HTTP
internal import Memory

/// Reads one field line.
///
/// Spec: RFC 9112 §5. A bare LF ends a line (§2.2 allows it, and users' tools send it); a bare CR,
///       obsolete folding and white space before the colon are refused.
enum FieldLine {
    /// The line that starts at `start`, appended to `fields` when it is a field.
    @inline(__always)
    static func parse(
        _ bytes: Span<UInt8>, at start: Int, limit: LineLimit, into fields: inout FieldSection
    ) -> LineStep {
        var field = Field(name: .other, nameStart: 0, nameCount: 0, valueStart: 0, valueEnd: 0)
        let step = scan(bytes, at: start, limit, isFirst: fields.count == 0, &field)
        guard case .line = step else { return step }
        return fields.append(field) ? step : .malformed(.tooManyFields)
    }

    /// The line that starts at `start`, noted in `field` when it is a field.
    @inline(__always)
    static func scan(
        _ bytes: Span<UInt8>, at start: Int, _ limit: LineLimit, isFirst: Bool,
        _ field: inout Field
    ) -> LineStep {
        let count = bytes.count
        if start >= count { return limit.wait(at: count) }
        var traits = FieldTraits()
        let nameEnd = Self.nameEnd(bytes, start, &traits)
        if nameEnd &- start > 65_535 { return .malformed(limit.flaw) }
        if nameEnd >= count { return limit.wait(at: count) }
        if nameEnd == start || bytes[nameEnd] != UInt8(ascii: ":") {
            return withoutColon(bytes, start, nameEnd, limit, isFirst: isFirst)
        }
        var valueStart = nameEnd &+ 1
        while valueStart < count, isSpace(bytes[valueStart]) { valueStart &+= 1 }
        let stop = Self.valueEnd(bytes, valueStart)
        if stop >= count { return limit.wait(at: count) }
        let step = lineEnd(bytes, stop, limit, otherwise: .fieldValue)
        guard case .line = step else { return step }
        var valueEnd = stop
        while valueEnd > valueStart, isSpace(bytes[valueEnd &- 1]) { valueEnd &-= 1 }
        let nameCount = nameEnd &- start
        field = Field(
            name: FieldName.recognise(bytes, at: start, count: nameCount), nameStart: start,
            nameCount: nameCount, valueStart: valueStart, valueEnd: valueEnd, traits: traits)
        return step
    }

    /// The line end at `offset`, which is LF or CR LF, or the fault that another byte is there.
    @inline(__always)
    static func lineEnd(
        _ bytes: Span<UInt8>, _ offset: Int, _ limit: LineLimit, otherwise flaw: Flaw
    ) -> LineStep {
        if bytes[offset] == 10 { return limit.finish(at: offset &+ 1) }
        guard bytes[offset] == 13 else { return limit.refuse(flaw, at: offset) }
        let next = offset &+ 1
        if next >= bytes.count { return limit.wait(at: bytes.count) }
        return bytes[next] == 10
            ? limit.finish(at: next &+ 1) : limit.refuse(.bareCarriageReturn, at: next)
    }

    /// What a line is that has no name followed by a colon: the empty line, or a fault.
    private static func withoutColon(
        _ bytes: Span<UInt8>, _ start: Int, _ nameEnd: Int, _ limit: LineLimit, isFirst: Bool
    ) -> LineStep {
        let byte = bytes[nameEnd]
        let isEmpty = nameEnd == start
        switch byte {
        case 10, 13:
            guard isEmpty else { return limit.refuse(.missingColon, at: nameEnd) }
            let step = lineEnd(bytes, start, limit, otherwise: .missingColon)
            if case .line(let end) = step { return .last(end: end) }
            return step
        case 9, 32:
            if !isEmpty { return limit.refuse(.spaceBeforeColon, at: nameEnd) }
            return limit.refuse(isFirst ? .leadingSpace : .obsoleteFolding, at: start)
        default:
            return limit.refuse(.fieldName, at: nameEnd)
        }
    }

    /// The offset after the last byte of the name.
    @inline(__always)
    private static func nameEnd(
        _ bytes: Span<UInt8>, _ start: Int, _ traits: inout FieldTraits
    ) -> Int {
        var i = start
        while i &+ 8 <= bytes.count {
            let found = ByteClass.nonLetters(bytes.word(at: i))
            if found != 0 {
                i &+= found.trailingZeroBitCount >> 3
                if bytes[i] == UInt8(ascii: ":") { return i }
                break
            }
            i &+= 8
        }
        while i < bytes.count {
            let byte = bytes[i]
            if !ByteClass.isAlphanumeric(byte), byte != UInt8(ascii: "-") {
                guard ByteClass.isToken(byte) else { break }
                traits.insert(byte == UInt8(ascii: "_") ? .underscore : .unusualName)
            }
            i &+= 1
        }
        return i
    }

    /// The offset of the first byte that cannot be part of a value.
    @inline(__always)
    static func valueEnd(_ bytes: Span<UInt8>, _ start: Int) -> Int {
        var i = start
        while i &+ 8 <= bytes.count {
            let found = ByteClass.controls(bytes.word(at: i), below: 32)
            if found == 0 {
                i &+= 8
                continue
            }
            i &+= found.trailingZeroBitCount >> 3
            if bytes[i] != 9 { return i }
            i &+= 1
        }
        while i < bytes.count, ByteClass.isValue(bytes[i]) { i &+= 1 }
        return i
    }

    @inline(__always)
    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }
}
