// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Texts in commands of pages, taken apart in literals and variables.

internal import Memory

/// A text with variables, as a page has it.
struct IncludeText: Equatable {
    enum Segment: Equatable {
        case literal([UInt8])
        /// The name in lower case.
        case variable([UInt8])
    }

    /// Why a text cannot be understood.
    enum Flaw: Error, Equatable {
        case invalidName
        case bracketMissing([UInt8])
    }

    private(set) var segments: [Segment] = []

    /// Spec: nginx ngx_http_ssi_evaluate_string: a backslash quotes itself, quotes and the dollar
    ///       sign.
    init(parsing text: [UInt8]) throws(Flaw) {
        var index = 0
        while index < text.count {
            if text[index] == UInt8(ascii: "$") {
                segments.append(.variable(try Self.name(in: text, &index)))
            } else {
                segments.append(.literal(Self.literal(in: text, &index)))
            }
        }
    }

    private static func name(
        in text: [UInt8], _ index: inout Int
    ) throws(Flaw) -> [UInt8] {
        index += 1
        let hasBracket = index < text.count && text[index] == UInt8(ascii: "{")
        if hasBracket { index += 1 }
        let start = index
        while index < text.count, isOfName(text[index]) { index += 1 }
        let name = text[start..<index].map(\.asciiLowercased)
        if hasBracket {
            guard index < text.count, text[index] == UInt8(ascii: "}") else {
                throw .bracketMissing(name)
            }
            index += 1
        }
        guard !name.isEmpty else { throw .invalidName }
        return name
    }

    private static func literal(in text: [UInt8], _ index: inout Int) -> [UInt8] {
        var literal: [UInt8] = []
        var isQuoted = false
        while index < text.count {
            let byte = text[index]
            if isQuoted {
                isQuoted = false
                if !isQuotable(byte) { literal.append(UInt8(ascii: "\\")) }
                literal.append(byte)
            } else if byte == UInt8(ascii: "\\") {
                isQuoted = true
            } else if byte == UInt8(ascii: "$") {
                break
            } else {
                literal.append(byte)
            }
            index += 1
        }
        return literal
    }

    private static func isQuotable(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"")
            || byte == UInt8(ascii: "$")
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

/// The target of an `include`.
struct IncludeTarget: Equatable {
    let path: [UInt8]
    let arguments: [UInt8]?

    /// Spec: nginx ngx_http_parse_unsafe_uri: no empty path, none with a step upwards or a NUL; the
    ///       path is decoded.
    init?(parsing text: [UInt8]) {
        let end = text.firstIndex(of: UInt8(ascii: "?")) ?? text.count
        guard end > 0, let path = Self.decoded(Array(text[..<end])), !path.contains(0) else {
            return nil
        }
        let steps = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard !steps.contains(where: { $0.elementsEqual(Array("..".utf8)) }) else { return nil }
        self.path = path
        arguments = end < text.count ? Array(text[(end + 1)...]) : nil
    }

    private static func decoded(_ text: [UInt8]) -> [UInt8]? {
        var decoded: [UInt8] = []
        var index = 0
        while index < text.count {
            if text[index] == UInt8(ascii: "%"), index + 2 < text.count,
                let high = digit(text[index + 1]), let low = digit(text[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(text[index])
                index += 1
            }
        }
        return decoded
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
