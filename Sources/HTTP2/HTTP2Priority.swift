// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How soon the content of a stream should go: the `priority` field.
//
// The field is a dictionary of RFC 8941. All of its syntax is read, because a field that is none
// must not count, but only `u` and `i` mean anything.

internal import HTTP

/// Which of a connection's streams goes first.
///
/// Spec: RFC 9218 §4.
package struct HTTP2Priority: BitwiseCopyable, Equatable, Sendable {
    /// 0 goes before all others, 7 is for what nobody waits for.
    package var urgency: UInt8 = 3
    /// Whether parts of it are of use, so that it shares the line with others.
    package var isIncremental = false

    package init() {}

    /// Takes over what a field says; nothing of one that is malformed.
    ///
    /// Spec: RFC 9218 §4: parameters that are unknown, or not of their type and range, are ignored.
    package mutating func merge(_ field: Span<UInt8>) {
        var reader = DictionaryReader()
        var merged = self
        guard reader.read(field, into: &merged) else { return }
        self = merged
    }
}

/// Reads a dictionary of structured fields.
///
/// Spec: RFC 8941 §4.2.2.
private struct DictionaryReader: BitwiseCopyable {
    private var offset = 0

    private enum Value: BitwiseCopyable {
        case boolean(Bool)
        case integer(Int)
        case other
    }

    mutating func read(_ field: Span<UInt8>, into priority: inout HTTP2Priority) -> Bool {
        skip(field) { $0 == 32 }
        while offset < field.count {
            let start = offset
            guard skipKey(field), let value = memberValue(field) else { return false }
            let isShort = offset > start && Self.isOneLetterKey(field, start)
            switch (isShort ? field[start] : 0, value) {
            case (UInt8(ascii: "u"), .integer(let urgency)) where 0...7 ~= urgency:
                priority.urgency = UInt8(truncatingIfNeeded: urgency)
            case (UInt8(ascii: "i"), .boolean(let isOn)): priority.isIncremental = isOn
            default: break
            }
            skip(field) { $0 == 32 || $0 == 9 }
            if offset == field.count { return true }
            guard take(UInt8(ascii: ","), field) else { return false }
            skip(field) { $0 == 32 || $0 == 9 }
            if offset == field.count { return false }
        }
        return true
    }

    private static func isOneLetterKey(_ field: Span<UInt8>, _ start: Int) -> Bool {
        start + 1 == field.count || !isKeyByte(field[start + 1])
    }

    // MARK: Members

    private mutating func skipKey(_ field: Span<UInt8>) -> Bool {
        guard offset < field.count, Self.isLower(field[offset]) || field[offset] == 0x2A else {
            return false
        }
        skip(field) { Self.isKeyByte($0) }
        return true
    }

    /// What stands behind a key; a key by itself is true.
    private mutating func memberValue(_ field: Span<UInt8>) -> Value? {
        var value = Value.boolean(true)
        if take(UInt8(ascii: "="), field) {
            guard let read = take(UInt8(ascii: "("), field) ? list(field) : item(field) else {
                return nil
            }
            value = read
        }
        return skipParameters(field) ? value : nil
    }

    private mutating func list(_ field: Span<UInt8>) -> Value? {
        while offset < field.count {
            skip(field) { $0 == 32 }
            if take(UInt8(ascii: ")"), field) { return .other }
            guard item(field) != nil, skipParameters(field), offset < field.count,
                field[offset] == 32 || field[offset] == UInt8(ascii: ")")
            else { return nil }
        }
        return nil
    }

    private mutating func skipParameters(_ field: Span<UInt8>) -> Bool {
        while take(UInt8(ascii: ";"), field) {
            skip(field) { $0 == 32 }
            guard skipKey(field) else { return false }
            if take(UInt8(ascii: "="), field), item(field) == nil { return false }
        }
        return true
    }

    // MARK: Items

    private mutating func item(_ field: Span<UInt8>) -> Value? {
        guard offset < field.count else { return nil }
        switch field[offset] {
        case UInt8(ascii: "?"):
            offset += 1
            if take(UInt8(ascii: "1"), field) { return .boolean(true) }
            return take(UInt8(ascii: "0"), field) ? .boolean(false) : nil
        case UInt8(ascii: "-"), 0x30...0x39: return number(field)
        case UInt8(ascii: "\""): return skipString(field) ? .other : nil
        case UInt8(ascii: ":"): return skipBytes(field) ? .other : nil
        case let byte where ByteClass.isLetter(byte) || byte == 0x2A:
            skip(field) {
                ByteClass.isToken($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/")
            }
            return .other
        default: return nil
        }
    }

    private mutating func number(_ field: Span<UInt8>) -> Value? {
        let isNegative = take(UInt8(ascii: "-"), field)
        let start = offset
        var value = 0
        while offset < field.count, ByteClass.isDigit(field[offset]) {
            guard offset - start < 15 else { return nil }
            value = value * 10 + Int(field[offset] - UInt8(ascii: "0"))
            offset += 1
        }
        guard offset > start else { return nil }
        guard take(UInt8(ascii: "."), field) else { return .integer(isNegative ? -value : value) }
        let whole = offset - 1 - start
        let point = offset
        skip(field) { ByteClass.isDigit($0) }
        return whole <= 12 && 1...3 ~= offset - point ? .other : nil
    }

    private mutating func skipString(_ field: Span<UInt8>) -> Bool {
        offset += 1
        while offset < field.count {
            let byte = field[offset]
            offset += 1
            if byte == UInt8(ascii: "\"") { return true }
            guard byte >= 0x20, byte < 0x7F else { return false }
            guard byte == UInt8(ascii: "\\") else { continue }
            guard take(UInt8(ascii: "\""), field) || take(byte, field) else { return false }
        }
        return false
    }

    private mutating func skipBytes(_ field: Span<UInt8>) -> Bool {
        offset += 1
        skip(field) {
            ByteClass.isLetter($0) || ByteClass.isDigit($0) || $0 == UInt8(ascii: "+")
                || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "=")
        }
        return take(UInt8(ascii: ":"), field)
    }

    // MARK: Bytes

    private mutating func take(_ byte: UInt8, _ field: Span<UInt8>) -> Bool {
        guard offset < field.count, field[offset] == byte else { return false }
        offset += 1
        return true
    }

    private mutating func skip(_ field: Span<UInt8>, while isMeant: (UInt8) -> Bool) {
        while offset < field.count, isMeant(field[offset]) { offset += 1 }
    }

    private static func isLower(_ byte: UInt8) -> Bool { byte &- 97 < 26 }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        isLower(byte) || ByteClass.isDigit(byte) || byte == 0x2A || byte == 0x5F || byte == 0x2D
            || byte == 0x2E
    }
}
