// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The expressions of `if` in a page, taken apart.

internal import Memory

/// `text`, `text = text`, `text != text`, `text = /regex/` or `text != /regex/`.
struct IncludeExpression: Equatable {
    enum Test: Equatable {
        case isNotEmpty
        case equals([UInt8])
        case matches([UInt8])
    }

    let left: [UInt8]
    let test: Test
    let isNegated: Bool

    /// Spec: nginx ngx_http_ssi_if: the left side has letters, digits, variables and quotes only,
    ///       and no upper case.
    init?(parsing text: [UInt8]) {
        var index = 0
        while index < text.count, Self.isOfLeftSide(text[index]) { index += 1 }
        left = text[..<index].map(\.asciiLowercased)
        while index < text.count, text[index] == 32 { index += 1 }
        guard index < text.count else {
            test = .isNotEmpty
            isNegated = false
            return
        }
        if text[index] == UInt8(ascii: "=") {
            isNegated = false
            index += 1
        } else if text[index...].starts(with: Array("!=".utf8)) {
            isNegated = true
            index += 2
        } else {
            return nil
        }
        while index < text.count, text[index] == 32 { index += 1 }
        let right = text[index...]
        if right.count > 1, right.first == UInt8(ascii: "/") {
            guard right.last == UInt8(ascii: "/") else { return nil }
            test = .matches(Array(right.dropFirst().dropLast()))
        } else if right.count > 2, right.starts(with: Array("\\/".utf8)) {
            test = .equals(Array(right.dropFirst()))
        } else {
            test = .equals(Array(right))
        }
    }

    private static func isOfLeftSide(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "$"), UInt8(ascii: "{"),
            UInt8(ascii: "}"), UInt8(ascii: "_"), UInt8(ascii: "\""), UInt8(ascii: "'"):
            true
        default: false
        }
    }
}
