// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads and writes Base64.

/// Bytes as text (RFC 4648).
package enum Base64 {
    /// What the last two of the 64 digits are.
    package enum Alphabet: BitwiseCopyable, Sendable {
        /// `+` and `/` (§4).
        case standard
        /// `-` and `_` (§5).
        case url
    }

    /// Decodes a text; nil when it is none.
    ///
    /// Spec: nginx ngx_decode_base64: the text ends at the first `=`, however many follow, and may
    ///       as well end without.
    package static func decode(
        _ text: Span<UInt8>, _ alphabet: Alphabet = .standard
    ) -> [UInt8]? {
        let end = text.firstOffset(of: UInt8(ascii: "=")) ?? text.count
        guard end % 4 != 1 else { return nil }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(end / 4 * 3 + 2)
        var bits: UInt32 = 0
        var bitCount = 0
        for index in 0..<end {
            guard let value = value(of: text[index], alphabet) else { return nil }
            bits = bits << 6 | value
            bitCount += 6
            guard bitCount >= 8 else { continue }
            bitCount -= 8
            decoded.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
        }
        return decoded
    }

    /// Encodes bytes with the standard alphabet, with the `=` that fill the last group.
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var start = 0
        while start < bytes.count {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for byte in group { bits = bits << 8 | UInt32(byte) }
            bits <<= UInt32(3 - group.count) * 8
            for place in 0..<4 {
                let isFilling = place > group.count
                text.append(isFilling ? UInt8(ascii: "=") : digit(bits >> UInt32(18 - 6 * place)))
            }
            start += 3
        }
        return text
    }

    private static func digit(_ bits: UInt32) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: bits & 63)
        return switch value {
        case 0..<26: value + 65
        case 26..<52: value - 26 + 97
        case 52..<62: value - 52 + 48
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }

    private static func value(of byte: UInt8, _ alphabet: Alphabet) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte) - 97 + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) - 48 + 52
        case UInt8(ascii: "+"): alphabet == .standard ? 62 : nil
        case UInt8(ascii: "/"): alphabet == .standard ? 63 : nil
        case UInt8(ascii: "-"): alphabet == .url ? 62 : nil
        case UInt8(ascii: "_"): alphabet == .url ? 63 : nil
        default: nil
        }
    }
}
