// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Bytes as text of JSON and of logs. Knows nothing of documents and of lines.

extension Buffer {
    /// Appends what stands between the quotes of a JSON string.
    ///
    /// Spec: RFC 8259 §7. What is not UTF-8 stays as it is; digits are capital, as nginx's are.
    package mutating func append(jsonText text: Span<UInt8>) {
        for index in text.indices { append(jsonByte: text[index]) }
    }

    private mutating func append(jsonByte byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case 0x08: append("\\b")
        case 0x09: append("\\t")
        case 0x0A: append("\\n")
        case 0x0C: append("\\f")
        case 0x0D: append("\\r")
        case 0..<0x20:
            append("\\u00")
            append(capitalHex: byte)
        default: append(byte: byte)
        }
    }

    /// Appends two digits of base sixteen, with capital letters.
    package mutating func append(capitalHex byte: UInt8) {
        append(byte: Self.capitalDigit(byte >> 4))
        append(byte: Self.capitalDigit(byte & 15))
    }

    private static func capitalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x37 + value
    }
}
