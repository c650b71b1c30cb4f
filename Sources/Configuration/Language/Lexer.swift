// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// From bytes to words, by nginx's rules.
//
// Knows one file's bytes and the environment; knows no statements, no includes, no directives.

/// What the lexer finds next.
enum Token {
    case word(Word)
    case semicolon(SourceLocation)
    case open(SourceLocation)
    case close(SourceLocation)
    case end(SourceLocation)
}

/// Cuts the text of one file into words and punctuation.
///
/// Words end at white space, `;` and `{`. A quote is special only as the first byte of a word; a
/// `}` or `#` only where a word would begin; a `{` behind a `$` belongs to the word. Of the
/// escapes, `\"`, `\'` and `\\` stand for the byte, `\t`, `\r` and `\n` for the control character;
/// any other backslash stays, so that regular expressions need no doubling.
///
/// `${NAME}` and `${NAME:-text}` in upper case are replaced from the environment. What comes from
/// there is part of the word that it stands in, whatever it contains, and never starts a new one.
struct Lexer {
    let file: Int
    private let bytes: [UInt8]
    private let environment: [String: String]
    private let limits: ParsingLimits

    private var position = 0
    private var line = 1
    private var lineStart = 0
    /// Set behind a quoted word, which only white space or punctuation may follow.
    private var needsSpace = false
    /// Set when the rest of the file is not worth reading; the reason has been reported.
    private(set) var isAborted = false

    init(
        file: Int, bytes: [UInt8], environment: [String: String], limits: ParsingLimits = .standard
    ) {
        self.file = file
        self.bytes = bytes
        self.environment = environment
        self.limits = limits
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            position = 3
            lineStart = 3
        }
    }

    /// Finds the next word or punctuation mark; flaws are reported and stepped over.
    mutating func next(_ diagnostics: inout Diagnostics) -> Token {
        if needsSpace { checkSpace(&diagnostics) }
        skipSpace()
        guard position < bytes.count else { return .end(here()) }
        let location = here()
        switch bytes[position] {
        case UInt8(ascii: ";"):
            position += 1
            return .semicolon(location)
        case UInt8(ascii: "{"):
            position += 1
            return .open(location)
        case UInt8(ascii: "}"):
            position += 1
            return .close(location)
        default:
            return scanWord(&diagnostics)
        }
    }

    /// Gives up on the rest of the file.
    mutating func abort() {
        isAborted = true
        position = bytes.count
    }

    /// Steps over a block in a foreign language, up to the brace that closes it.
    mutating func skipForeignBlock() {
        var depth = 1
        while position < bytes.count {
            let byte = bytes[position]
            advance()
            if byte == UInt8(ascii: "{") { depth += 1 }
            if byte == UInt8(ascii: "}") { depth -= 1 }
            if depth == 0 { return }
        }
    }

    // MARK: Steps

    private func here(length: Int = 1) -> SourceLocation {
        SourceLocation(file: file, line: line, column: position - lineStart + 1, length: length)
    }

    private mutating func advance() {
        if bytes[position] == UInt8(ascii: "\n") {
            line += 1
            lineStart = position + 1
        }
        position += 1
    }

    private mutating func checkSpace(_ diagnostics: inout Diagnostics) {
        needsSpace = false
        guard position < bytes.count else { return }
        switch bytes[position] {
        case let byte where Lexer.isSpace(byte): return
        case UInt8(ascii: ";"), UInt8(ascii: "{"), UInt8(ascii: ")"): return
        case let byte:
            diagnostics.add(
                Diagnostic(
                    "unexpected \"\(printable(byte))\"", at: here(),
                    label: "expected a space or \";\" behind the closing quote"))
        }
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "#") {
                while position < bytes.count, bytes[position] != UInt8(ascii: "\n") {
                    position += 1
                }
            } else if Lexer.isSpace(bytes[position]) {
                advance()
            } else {
                return
            }
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
            || byte == UInt8(ascii: "\n")
    }
}

/// The part of the lexer that reads one word.
extension Lexer {
    /// A word while it grows.
    private struct Draft {
        var bytes: [UInt8] = []
        var environmentRanges: [Range<Int>] = []
        var quote: UInt8?
    }

    private mutating func scanWord(_ diagnostics: inout Diagnostics) -> Token {
        let (start, startLine, startColumn) = (position, line, position - lineStart + 1)
        var draft = Draft()
        if bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'") {
            draft.quote = bytes[position]
            position += 1
        }
        var isClosed = draft.quote == nil
        while position < bytes.count, !endsWord(draft) {
            if bytes[position] == draft.quote {
                position += 1
                isClosed = true
                needsSpace = true
                break
            }
            scanByte(into: &draft, &diagnostics)
            guard draft.bytes.count <= limits.wordByteLimit else {
                return tooLong(line: startLine, column: startColumn, &diagnostics)
            }
        }
        let location = SourceLocation(
            file: file, line: startLine, column: startColumn, length: position - start)
        if !isClosed, !isAborted {
            let opening = SourceLocation(
                file: file, line: startLine, column: startColumn, length: 1)
            diagnostics.add(
                Diagnostic(
                    "unexpected end of file", at: opening, label: "this quote is never closed"))
            abort()
        }
        return .word(
            Word(
                bytes: draft.bytes, isQuoted: draft.quote != nil, location: location,
                environmentRanges: draft.environmentRanges))
    }

    private func endsWord(_ draft: Draft) -> Bool {
        guard draft.quote == nil else { return false }
        let byte = bytes[position]
        return Lexer.isSpace(byte) || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "{")
    }

    private mutating func tooLong(
        line: Int, column: Int, _ diagnostics: inout Diagnostics
    ) -> Token {
        let location = SourceLocation(file: file, line: line, column: column, length: 1)
        diagnostics.add(
            Diagnostic(
                "too long parameter", at: location,
                label: "this word has more than \(limits.wordByteLimit) bytes; is a quote missing?")
        )
        abort()
        return .end(location)
    }

    private mutating func scanByte(into draft: inout Draft, _ diagnostics: inout Diagnostics) {
        switch bytes[position] {
        case UInt8(ascii: "\\") where position + 1 < bytes.count:
            position += 1
            scanEscape(into: &draft)
        case UInt8(ascii: "$"):
            if scanEnvironment(into: &draft, &diagnostics) { return }
            draft.bytes.append(UInt8(ascii: "$"))
            position += 1
            while position < bytes.count, bytes[position] == UInt8(ascii: "{") {
                draft.bytes.append(UInt8(ascii: "{"))
                position += 1
            }
        case 0:
            diagnostics.add(
                Diagnostic("unexpected byte 0x00", at: here(), label: "this is not a text file"))
            abort()
        case let byte:
            draft.bytes.append(byte)
            advance()
        }
    }

    private mutating func scanEscape(into draft: inout Draft) {
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"): draft.bytes.append(byte)
        case UInt8(ascii: "t"): draft.bytes.append(UInt8(ascii: "\t"))
        case UInt8(ascii: "r"): draft.bytes.append(UInt8(ascii: "\r"))
        case UInt8(ascii: "n"): draft.bytes.append(UInt8(ascii: "\n"))
        default: draft.bytes += [UInt8(ascii: "\\"), byte]
        }
        advance()
    }

    /// Replaces `${NAME}` and `${NAME:-text}`; false when something else stands here.
    private mutating func scanEnvironment(
        into draft: inout Draft, _ diagnostics: inout Diagnostics
    ) -> Bool {
        guard let reference = EnvironmentReference(in: bytes, at: position) else { return false }
        let start = draft.bytes.count
        let name = String(decoding: bytes[reference.name], as: UTF8.self)
        let value = environment[name]
        if let value, !(value.isEmpty && reference.fallback != nil) {
            draft.bytes += value.utf8
        } else if let fallback = reference.fallback {
            draft.bytes += bytes[fallback]
        } else {
            diagnostics.add(
                Diagnostic(
                    "environment variable \(name) is not set",
                    at: here(length: reference.end - position),
                    label: "set it, or give a default: ${\(name):-default}"))
        }
        if draft.bytes.count > start {
            draft.environmentRanges.append(start..<draft.bytes.count)
        }
        position = reference.end
        return true
    }
}

/// A place that is to be filled from the environment, as ranges of the text around it.
private struct EnvironmentReference {
    /// How long a default may be.
    ///
    /// Why: without a limit, a file full of openings would be searched to its end for each of them.
    static let fallbackByteLimit = 1024

    let name: Range<Int>
    let fallback: Range<Int>?
    let end: Int

    /// Recognises `${NAME}` and `${NAME:-text}`; nil for anything else, such as nginx's `${name}`.
    init?(in bytes: [UInt8], at start: Int) {
        var i = start + 2
        guard i < bytes.count, bytes[start + 1] == UInt8(ascii: "{") else { return nil }
        while i < bytes.count, EnvironmentReference.isNameByte(bytes[i], isFirst: i == start + 2) {
            i += 1
        }
        guard i > start + 2, i < bytes.count else { return nil }
        name = start + 2..<i
        if bytes[i] == UInt8(ascii: "}") {
            fallback = nil
            end = i + 1
            return
        }
        guard i + 1 < bytes.count, bytes[i] == UInt8(ascii: ":"), bytes[i + 1] == UInt8(ascii: "-")
        else { return nil }
        let text = i + 2
        let window = bytes[text...].prefix(EnvironmentReference.fallbackByteLimit)
        guard let brace = window.firstIndex(where: EnvironmentReference.endsFallback),
            bytes[brace] == UInt8(ascii: "}")
        else { return nil }
        fallback = text..<brace
        end = brace + 1
    }

    private static func isNameByte(_ byte: UInt8, isFirst: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): !isFirst
        default: false
        }
    }

    private static func endsFallback(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "}") || byte == UInt8(ascii: "\n") || byte == 0
    }
}
