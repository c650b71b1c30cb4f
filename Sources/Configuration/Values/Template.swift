// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Cuts a word with variables into its parts.
//
// Knows no variable: which names exist is decided by the features that define them.

/// A part of a word in which variables are replaced at run time.
package enum TemplateSegment: Sendable, Equatable {
    /// Text that stays as it is.
    case literal([UInt8])
    /// `$name` or `${name}`, with its place for messages.
    case variable(name: [UInt8], location: SourceLocation)
    /// `$1` to `$9`: a group of the last regular expression that matched.
    case capture(Int)
}

/// Reads templates.
package enum TemplateParser {
    /// Cuts a word into text, variables and captures.
    ///
    /// What came from the environment stays text.
    ///
    /// Spec: as nginx's script compiler: names are letters, digits and underscores, `$10` is `$1`
    ///       followed by a zero, and there is no escape for `$`.
    package static func parse(_ word: Word) throws(Diagnostic) -> [TemplateSegment] {
        let bytes = word.bytes
        var segments: [TemplateSegment] = []
        var literal: [UInt8] = []
        var i = 0
        while i < bytes.count {
            guard bytes[i] == UInt8(ascii: "$"), !isFromEnvironment(i, word) else {
                literal.append(bytes[i])
                i += 1
                continue
            }
            if !literal.isEmpty { segments.append(.literal(literal)) }
            literal = []
            segments.append(try variable(in: word, at: &i))
        }
        if !literal.isEmpty { segments.append(.literal(literal)) }
        return segments
    }

    private static func isFromEnvironment(_ index: Int, _ word: Word) -> Bool {
        word.environmentRanges.contains { $0.contains(index) }
    }

    /// Reads what follows a `$` and moves behind it.
    private static func variable(
        in word: Word, at i: inout Int
    ) throws(Diagnostic) -> TemplateSegment {
        let bytes = word.bytes
        let start = i
        i += 1
        if i < bytes.count, let number = captureNumber(bytes[i]) {
            i += 1
            return .capture(number)
        }
        let isBraced = i < bytes.count && bytes[i] == UInt8(ascii: "{")
        if isBraced { i += 1 }
        let nameStart = i
        while i < bytes.count, isNameByte(bytes[i]), !isFromEnvironment(i, word) { i += 1 }
        let name = Array(bytes[nameStart..<i])
        if isBraced {
            guard i < bytes.count, bytes[i] == UInt8(ascii: "}") else {
                throw Diagnostic(
                    "the closing bracket in \"\(String(decoding: name, as: UTF8.self))\" "
                        + "variable is missing",
                    at: word.location(of: start..<i), label: "expected \"}\" behind the name")
            }
            i += 1
        }
        let location = word.location(of: start..<i)
        guard let first = name.first else {
            throw Diagnostic(
                "invalid variable name in \"\(word.text)\"", at: location,
                label: "expected a name behind \"$\"")
        }
        if name.count == 1, let number = captureNumber(first) { return .capture(number) }
        return .variable(name: name, location: location)
    }

    private static func captureNumber(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
