// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads Base64.

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
