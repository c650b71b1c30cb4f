// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which bytes may stand where, one byte or eight at a time.
//
// Everything here is inlinable: these are the inner loops of the parsers in other modules.

/// Byte classes of RFC 9110 §5.6 and RFC 3986 §2.
@usableFromInline
package enum ByteClass {
    @inlinable static var ones: UInt64 { 0x0101_0101_0101_0101 }
    @inlinable static var highs: UInt64 { 0x8080_8080_8080_8080 }

    /// `tchar`: what names and methods are made of.
    @inlinable package static func isToken(_ byte: UInt8) -> Bool {
        let word: UInt64 =
            switch byte >> 6 {
            case 0: 0x03ff_6cfa_0000_0000
            case 1: 0x57ff_ffff_c7ff_fffe
            default: 0
            }
        return (word >> UInt64(byte & 63)) & 1 != 0
    }

    /// A byte of a field value: visible, space, tab, or above ASCII.
    @inlinable package static func isValue(_ byte: UInt8) -> Bool {
        (byte >= 32 && byte != 127) || byte == 9
    }

    /// A byte of a request target: no control, no space.
    ///
    /// Bytes above ASCII are no part of RFC 3986, but nginx serves files with such names to the
    /// clients that do not escape them.
    @inlinable package static func isTarget(_ byte: UInt8) -> Bool { byte > 32 && byte != 127 }

    /// A letter or digit of ASCII.
    @inlinable package static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLetter(byte)
    }

    /// A letter of ASCII.
    @inlinable package static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 97 < 26 }

    /// A decimal digit.
    @inlinable package static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

    /// The value of a hexadecimal digit, nil for other bytes.
    @inlinable package static func hexValue(_ byte: UInt8) -> UInt8? {
        if byte &- 48 < 10 { return byte &- 48 }
        let letter = (byte | 0x20) &- 97
        return letter < 6 ? letter &+ 10 : nil
    }

    /// The lower-case form of a letter of ASCII, other bytes unchanged.
    @inlinable package static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 65 < 26 ? byte | 0x20 : byte
    }

    /// 0x80 in each byte that is below `limit` or DEL; exact up to the first hit.
    ///
    /// Limits: `limit` is at most 128.
    @inlinable package static func controls(_ word: UInt64, below limit: UInt64) -> UInt64 {
        let low = (word &- ones &* limit) & ~word & highs
        let delete = word ^ (ones &* 127)
        return low | ((delete &- ones) & ~delete & highs)
    }

    /// 0x80 in each byte that is not a letter or '-'; exact.
    @inlinable package static func nonLetters(_ word: UInt64) -> UInt64 {
        let folded = (word | (ones &* 0x20)) & ~highs
        let atLeastA = folded &+ ones &* 0x1f
        let aboveZ = folded &+ ones &* 0x05
        let notDash = ((word ^ (ones &* 0x2d)) & ~highs) &+ ones &* 0x7f
        return ((~(atLeastA & ~aboveZ) & notDash) | word) & highs
    }

    /// 0x80 in each byte that equals `byte`; exact up to the first hit.
    @inlinable package static func equal(_ word: UInt64, to byte: UInt8) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        return (difference &- ones) & ~difference & highs
    }
}
