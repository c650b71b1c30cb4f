// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Comma-separated lists in field values.

internal import Memory

/// Walks the elements of a list such as the value of Connection or Accept-Encoding.
///
/// Empty elements are skipped, as RFC 9110 §5.6.1.2 asks of recipients. A comma within a quoted
/// string separates nothing.
package struct TokenList: BitwiseCopyable {
    private var offset = 0

    package init() {}

    /// The next element of `value` without the white space around it, nil after the last.
    package mutating func next(in value: Span<UInt8>) -> Range<Int>? {
        while offset < value.count {
            var start = offset
            let comma = Self.elementEnd(in: value, from: start)
            offset = comma &+ 1
            var end = comma
            while start < end, Self.isSpace(value[start]) { start &+= 1 }
            while end > start, Self.isSpace(value[end &- 1]) { end &-= 1 }
            if start < end { return start..<end }
        }
        return nil
    }

    /// Whether one of the elements is this token, letters without regard to case.
    package static func contains(_ value: Span<UInt8>, _ token: Span<UInt8>) -> Bool {
        var list = TokenList()
        while let element = list.next(in: value) {
            if value.extracting(element).equalsIgnoringCase(token) { return true }
        }
        return false
    }

    /// Whether one of the elements is this token, letters without regard to case.
    package static func contains(_ value: Span<UInt8>, _ token: StaticString) -> Bool {
        var list = TokenList()
        while let element = list.next(in: value) {
            if value.extracting(element).equalsIgnoringCase(token) { return true }
        }
        return false
    }

    /// The offset of the comma that ends the element, or the end of the value.
    private static func elementEnd(in value: Span<UInt8>, from start: Int) -> Int {
        var i = start
        var isQuoted = false
        while i < value.count {
            switch value[i] {
            case UInt8(ascii: ",") where !isQuoted: return i
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "\\") where isQuoted: i &+= 1
            default: break
            }
            i &+= 1
        }
        return value.count
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }
}
