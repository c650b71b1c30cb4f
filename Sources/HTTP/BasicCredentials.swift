// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The credentials of the Basic scheme. Knows no passwords and checks none.

internal import Memory

/// Reads `Authorization: Basic …`.
///
/// Spec: RFC 7617 §2.
package enum BasicCredentials {
    /// The name before the colon; nil when the value is none of this scheme or is malformed.
    package static func user(in value: Span<UInt8>) -> [UInt8]? {
        let scheme = Array("basic ".utf8)
        guard value.count > scheme.count,
            value.extracting(0..<scheme.count).equalsIgnoringCase(scheme.span)
        else { return nil }
        var start = scheme.count
        while start < value.count, value[start] == 32 { start += 1 }
        guard let decoded = decode(value.extracting(start..<value.count)),
            let colon = decoded.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        return Array(decoded[..<colon])
    }

    /// Decodes Base64 (RFC 4648 §4); the padding may be missing.
    private static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        var end = text.count
        while end > 0, text.count - end < 2, text[end - 1] == UInt8(ascii: "=") { end -= 1 }
        guard end % 4 != 1 else { return nil }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(end / 4 * 3 + 2)
        var bits: UInt32 = 0
        var bitCount = 0
        for index in 0..<end {
            guard let value = value(of: text[index]) else { return nil }
            bits = bits << 6 | value
            bitCount += 6
            guard bitCount >= 8 else { continue }
            bitCount -= 8
            decoded.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
        }
        return decoded
    }

    private static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte) - 97 + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) - 48 + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
