// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Comparing bytes with bytes and with literals. ASCII only: nothing here knows Unicode, because two
// spellings that Unicode calls equal are different bytes on the wire.

extension Span where Element == UInt8 {
    /// Whether both have the same bytes.
    @inlinable
    package func equals(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return matches(other, at: 0)
    }

    /// Whether these are exactly the bytes of `literal`.
    @inlinable
    package func equals(_ literal: StaticString) -> Bool {
        count == literal.utf8CodeUnitCount && startsWith(literal)
    }

    /// Whether these are the letters of `literal`, in any case.
    ///
    /// Only A–Z and a–z are folded.
    @inlinable
    package func equalsIgnoringCase(_ literal: StaticString) -> Bool {
        guard count == literal.utf8CodeUnitCount else { return false }
        let text = unsafe literal.utf8Start
        for i in 0..<count where unsafe self[i].asciiLowercased != text[i].asciiLowercased {
            return false
        }
        return true
    }

    /// Whether both have the same letters, in any case.
    ///
    /// Only A–Z and a–z are folded.
    @inlinable
    package func equalsIgnoringCase(_ other: [UInt8]) -> Bool {
        let other = other.span
        return equalsIgnoringCase(other)
    }

    /// Compares letters without regard to case.
    @inlinable
    package func equalsIgnoringCase(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for i in 0..<count where self[i].asciiLowercased != other[i].asciiLowercased {
            return false
        }
        return true
    }

    /// Whether the first bytes are those of `prefix`.
    @inlinable
    package func startsWith(_ prefix: Span<UInt8>) -> Bool {
        guard count >= prefix.count else { return false }
        return matches(prefix, at: 0)
    }

    /// Whether the first bytes are those of `literal`.
    @inlinable
    package func startsWith(_ literal: StaticString) -> Bool {
        let length = literal.utf8CodeUnitCount
        guard count >= length else { return false }
        let text = unsafe literal.utf8Start
        for i in 0..<length where unsafe self[i] != text[i] { return false }
        return true
    }

    /// Whether the last bytes are those of `suffix`.
    @inlinable
    package func endsWith(_ suffix: Span<UInt8>) -> Bool {
        guard count >= suffix.count else { return false }
        return matches(suffix, at: count &- suffix.count)
    }

    /// The offset of the first `byte` at or after `start`, or nil.
    @inlinable
    package func firstOffset(of byte: UInt8, from start: Int = 0) -> Int? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var i = start
        while i &+ 8 <= count {
            // Zero where the byte is; the lowest mark is never a false one.
            let rest = word(at: i) ^ (ones &* UInt64(byte))
            let marks = (rest &- ones) & ~rest & (ones &* 0x80)
            if marks != 0 { return i &+ marks.trailingZeroBitCount &>> 3 }
            i &+= 8
        }
        while i < count {
            if self[i] == byte { return i }
            i &+= 1
        }
        return nil
    }

    /// Whether `other` lies at `offset`.
    ///
    /// The caller has checked that there is room for it.
    @inlinable
    func matches(_ other: Span<UInt8>, at offset: Int) -> Bool {
        let length = other.count
        var i = 0
        while i &+ 8 <= length {
            if word(at: offset &+ i) != other.word(at: i) { return false }
            i &+= 8
        }
        while i < length {
            if self[offset &+ i] != other[i] { return false }
            i &+= 1
        }
        return true
    }
}

extension UInt8 {
    /// The same byte, or its small letter when it is one of A–Z.
    @inlinable @inline(__always)
    package var asciiLowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
}
