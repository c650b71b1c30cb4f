// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The table behind a `charset_map` block: what each character of one set is in another.

internal import Memory

/// Which bytes of one character set stand for which of another.
///
/// Spec: nginx `charset_map`: ASCII is itself in both, and what no row names is a question mark; a
///       character of UTF-8 without a byte for it becomes a reference such as `&#8364;`.
struct CharsetMap: Sendable {
    /// One direction of a map.
    struct Direction: BitwiseCopyable, Sendable, Equatable {
        /// An index of `Site.charsetMaps`.
        var map: Int
        var isForward: Bool
        /// Whether the length of contents changes with it.
        var changesLength: Bool
    }

    /// The names as they are written.
    let first: [UInt8]
    let second: [UInt8]
    /// Whether the second one is UTF-8.
    let isToUTF8: Bool
    /// By byte of the first set, what it becomes: the count of bytes in the lowest eight bits, then
    /// the bytes in their order.
    private(set) var forward: [UInt32]
    /// By byte of the second set, the same; of no use when that is UTF-8.
    private(set) var backward: [UInt32]
    /// By the upper half of a code point, the number of its page in `bytes`; 0 for none.
    private(set) var pages: [UInt8]
    /// By page and the lower half of a code point, the byte for it; 0 for none.
    private(set) var bytes: [UInt8]

    init(_ first: [UInt8], _ second: [UInt8]) {
        self.first = first
        self.second = second
        isToUTF8 = Self.isUTF8(second)
        let identity = (0..<256).map { UInt32($0 < 128 ? $0 : 0x3F) << 8 | 1 }
        forward = identity
        backward = identity
        pages = Array(repeating: 0, count: 256)
        bytes = Array(repeating: 0, count: 256)
        guard isToUTF8 else { return }
        for byte in 0..<128 { setCodePoint(UInt32(byte), UInt8(byte)) }
    }

    static func isUTF8(_ name: [UInt8]) -> Bool { name.span.equalsIgnoringCase("utf-8") }

    /// Whether it is for these two, in this order or the other one.
    func connects(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
        isFrom(one, to: other) || isFrom(other, to: one)
    }

    /// Whether it is written for these two in this order.
    func isFrom(_ source: Span<UInt8>, to target: Span<UInt8>) -> Bool {
        source.equalsIgnoringCase(first) && target.equalsIgnoringCase(second)
    }

    /// Adds a row.
    ///
    /// - Returns: false when the bytes are no character of the second set.
    mutating func insert(_ byte: UInt8, as target: [UInt8]) -> Bool {
        guard isToUTF8 else {
            guard target.count == 1 else { return false }
            forward[Int(byte)] = UInt32(target[0]) << 8 | 1
            backward[Int(target[0])] = UInt32(byte) << 8 | 1
            return true
        }
        guard let scalar = Self.scalar(target), scalar <= 0xFFFF else { return false }
        var packed = UInt32(target.count)
        for (index, part) in target.enumerated() { packed |= UInt32(part) << UInt32(8 + 8 * index) }
        forward[Int(byte)] = packed
        setCodePoint(scalar, byte)
        return true
    }

    private static func scalar(_ bytes: [UInt8]) -> UInt32? {
        guard let text = String(validating: bytes, as: UTF8.self), text.unicodeScalars.count == 1
        else { return nil }
        return text.unicodeScalars.first?.value
    }

    /// Limits: a byte has one page at most, so there are never more than 256 beside the empty one.
    private mutating func setCodePoint(_ codePoint: UInt32, _ byte: UInt8) {
        let upper = Int(codePoint >> 8)
        if pages[upper] == 0 {
            let number = bytes.count / 256
            guard number < 256 else { return }
            pages[upper] = UInt8(number)
            bytes += Array(repeating: 0, count: 256)
        }
        bytes[Int(pages[upper]) * 256 + Int(codePoint & 0xFF)] = byte
    }
}

extension Site {
    /// The way from one character set to another; nil when no map knows it.
    func charsetDirection(
        from source: Span<UInt8>, to target: Span<UInt8>
    ) -> CharsetMap.Direction? {
        for index in charsetMaps.indices {
            let map = charsetMaps[index]
            if map.isFrom(source, to: target) {
                return CharsetMap.Direction(
                    map: index, isForward: true, changesLength: map.isToUTF8)
            }
            if map.isFrom(target, to: source) {
                return CharsetMap.Direction(
                    map: index, isForward: false, changesLength: map.isToUTF8)
            }
        }
        return nil
    }
}
