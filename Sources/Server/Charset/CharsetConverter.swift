// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Converts contents from one character set to another, piece by piece.
//
// It knows bytes only; where they come from and what frames them is the business of others.

internal import Memory

/// Converts contents from one character set to another.
///
/// The result does not depend on where the pieces are cut.
/// Cost: one pass; a byte becomes ten at most (a reference in place of a character).
struct CharsetConverter: BitwiseCopyable, Equatable {
    let direction: CharsetMap.Direction
    /// The character of UTF-8 that has begun: its bits so far, and how many bytes it still lacks.
    private var codePoint: UInt32 = 0
    private var missingCount: UInt8 = 0
    /// The least code point that needs so many bytes.
    private var least: UInt32 = 0

    init(_ direction: CharsetMap.Direction) {
        self.direction = direction
    }

    /// Appends to `output` what `input` becomes.
    mutating func convert(
        _ input: Span<UInt8>, by map: CharsetMap, into output: inout Buffer
    ) {
        if !direction.isForward, map.isToUTF8 {
            decode(input, map, &output)
        } else {
            Self.replace(input, (direction.isForward ? map.forward : map.backward).span, &output)
        }
    }

    /// Appends what is left when the content has ended.
    mutating func finish(into output: inout Buffer) {
        if missingCount > 0 { output.append(byte: Self.unknown) }
        missingCount = 0
    }

    private static func replace(
        _ input: Span<UInt8>, _ table: Span<UInt32>, _ output: inout Buffer
    ) {
        for index in input.indices {
            var packed = table[Int(input[index])]
            var count = packed & 0xFF
            while count > 0 {
                packed >>= 8
                output.append(byte: UInt8(truncatingIfNeeded: packed))
                count &-= 1
            }
        }
    }

    /// Spec: Unicode 3.9, table 3-7, but surrogates, which are only code points here.
    ///
    /// A sequence that breaks off is one question mark, and what breaks it off stands for itself.
    private mutating func decode(
        _ input: Span<UInt8>, _ map: borrowing CharsetMap, _ output: inout Buffer
    ) {
        for index in input.indices {
            let byte = input[index]
            if missingCount > 0 {
                if byte & 0xC0 == 0x80 {
                    codePoint = codePoint << 6 | UInt32(byte & 0x3F)
                    missingCount -= 1
                    if missingCount == 0 { append(codePoint, map, &output) }
                    continue
                }
                missingCount = 0
                output.append(byte: Self.unknown)
            }
            switch byte {
            case ..<0x80: output.append(byte: byte)
            case 0xC2...0xDF: begin(byte & 0x1F, 1, least: 0x80)
            case 0xE0...0xEF: begin(byte & 0x0F, 2, least: 0x800)
            case 0xF0...0xF4: begin(byte & 0x07, 3, least: 0x1_0000)
            default: output.append(byte: Self.unknown)
            }
        }
    }

    private mutating func begin(_ bits: UInt8, _ count: UInt8, least: UInt32) {
        codePoint = UInt32(bits)
        missingCount = count
        self.least = least
    }

    private func append(
        _ codePoint: UInt32, _ map: borrowing CharsetMap, _ output: inout Buffer
    ) {
        guard codePoint >= least, codePoint <= 0x10_FFFF else {
            return output.append(byte: Self.unknown)
        }
        if codePoint <= 0xFFFF {
            let page = Int(map.pages[Int(codePoint >> 8)])
            let byte = map.bytes[page * 256 + Int(codePoint & 0xFF)]
            if byte != 0 { return output.append(byte: byte) }
        }
        output.append("&#")
        output.append(decimal: Int(codePoint))
        output.append(byte: UInt8(ascii: ";"))
    }

    private static var unknown: UInt8 { UInt8(ascii: "?") }
}
