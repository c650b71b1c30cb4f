// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Prints diagnostics, in full with the line of the text, or on one line for a log.
//
// Prints no control character that the text contained, so that a configuration cannot drive the
// terminal on which it is checked.

extension Diagnostics {
    /// How many diagnostics are printed at most.
    package static let printedLimit = 50

    /// Prints all findings with their lines, and a summary below.
    package func render(color: Bool = false, errorsOnly: Bool = false) -> String {
        let style = Style(isOn: color)
        var text = ""
        let findings = sorted.filter { !errorsOnly || $0.severity == .error }
        for diagnostic in findings.prefix(Diagnostics.printedLimit) {
            text += render(diagnostic, style) + "\n"
        }
        return text + summary(errorsOnly: errorsOnly)
    }

    /// One finding in the shape of nginx's log lines: `[emerg] … in /path/nginx.conf:12`.
    package func oneLine(_ diagnostic: Diagnostic) -> String {
        let level =
            switch diagnostic.severity {
            case .error: "emerg"
            case .warning: "warn"
            case .note: "notice"
            }
        var text = "[\(level)] \(sanitized(diagnostic.message))"
        if let location = diagnostic.location, location.file < sources.count {
            text += " in \(sanitized(sources[location.file].path)):\(location.line)"
        }
        return text
    }

    /// How much was found, in words; empty when nothing was.
    package var summary: String { summary(errorsOnly: false) }

    private func summary(errorsOnly: Bool) -> String {
        let warningCount = errorsOnly ? 0 : self.warningCount
        var parts: [String] = []
        if errorCount > 0 { parts.append(errorCount == 1 ? "1 error" : "\(errorCount) errors") }
        if warningCount > 0 {
            parts.append(warningCount == 1 ? "1 warning" : "\(warningCount) warnings")
        }
        guard !parts.isEmpty else { return "" }
        let total = errorCount + warningCount
        let isCut = total > Diagnostics.printedLimit
        let cut = isCut ? " (the first \(Diagnostics.printedLimit) are shown)" : ""
        return parts.joined(separator: ", ") + cut + "\n"
    }

    // MARK: One finding

    private func render(_ diagnostic: Diagnostic, _ style: Style) -> String {
        let title = style.title(diagnostic.severity)
        var text = title + style.bold(": " + sanitized(diagnostic.message)) + "\n"
        guard let location = diagnostic.location, location.file < sources.count else {
            if !diagnostic.label.isEmpty { text += "  = \(sanitized(diagnostic.label))\n" }
            if let help = diagnostic.help { text += "  = help: \(sanitized(help))\n" }
            return text
        }
        let file = sources[location.file]
        let excerpt = Excerpt(of: file.bytes, location)
        let number = String(location.line)
        let margin = String(repeating: " ", count: number.count)
        let bar = style.frame(margin + " |")
        text += style.frame(margin + "-->")
        text += " \(sanitized(file.path)):\(location.line):\(excerpt.column)\n"
        text += bar + "\n"
        text += style.frame(number + " |") + (excerpt.line.isEmpty ? "" : " " + excerpt.line) + "\n"
        let carets = String(repeating: "^", count: excerpt.caretCount)
        let label = diagnostic.label.isEmpty ? "" : " " + sanitized(diagnostic.label)
        text +=
            bar + " " + excerpt.indentation + style.mark(diagnostic.severity, carets + label) + "\n"
        if let help = diagnostic.help {
            text += bar + "\n" + style.frame(margin + " = ") + "help: \(sanitized(help))\n"
        }
        return text
    }
}

/// The line that a location points into, cut to what a terminal can show.
private struct Excerpt {
    /// How many characters of a line are shown at most.
    static let widthLimit = 160

    /// The visible part of the line.
    let line: String
    /// What stands above the carets, as blanks (tabs stay tabs).
    let indentation: String
    /// How many carets to print.
    let caretCount: Int
    /// The column in characters, counted from 1.
    let column: Int

    init(of bytes: [UInt8], _ location: SourceLocation) {
        let text = Excerpt.bytes(ofLine: location.line, in: bytes)
        let start = min(max(location.column - 1, 0), text.count)
        let end = min(start + max(location.length, 1), text.count)
        var before = Excerpt.characters(text[..<start])
        var marked = Excerpt.characters(text[start..<end])
        var after = Excerpt.characters(text[end...])
        column = before.count + 1
        let room = Excerpt.widthLimit
        if before.count > room / 2 { before = ["…"] + before.suffix(room / 2 - 1) }
        if marked.count > room / 2 { (marked, after) = (Array(marked.prefix(room / 2)), ["…"]) }
        let rest = room - before.count - marked.count
        if after.count > rest { after = after.prefix(max(rest - 1, 0)) + ["…"] }
        line = String(String.UnicodeScalarView(before + marked + after))
        indentation = String(String.UnicodeScalarView(before.map { $0 == "\t" ? $0 : " " }))
        caretCount = max(marked.count, 1)
    }

    private static func bytes(ofLine number: Int, in bytes: [UInt8]) -> ArraySlice<UInt8> {
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var line = 1
        while line < number, let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            start = end + 1
            line += 1
        }
        guard line == number else { return [] }
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        let isCRLF = end > start && bytes[end - 1] == UInt8(ascii: "\r")
        return ArraySlice(Array(bytes[start..<(isCRLF ? end - 1 : end)]))
    }

    private static func characters(_ bytes: ArraySlice<UInt8>) -> [Unicode.Scalar] {
        String(decoding: bytes, as: UTF8.self).unicodeScalars.map {
            isPlain($0) || $0 == "\t" ? $0 : "?"
        }
    }
}

/// The colours of a terminal, or none.
private struct Style {
    let isOn: Bool

    func title(_ severity: Diagnostic.Severity) -> String {
        mark(severity, severity.word)
    }

    func mark(_ severity: Diagnostic.Severity, _ text: String) -> String {
        switch severity {
        case .error: wrap("1;31", text)
        case .warning: wrap("1;33", text)
        case .note: wrap("1;36", text)
        }
    }

    func bold(_ text: String) -> String { wrap("1", text) }

    func frame(_ text: String) -> String { wrap("1;34", text) }

    private func wrap(_ code: String, _ text: String) -> String {
        isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

private func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator: false
    default: true
    }
}

/// Replaces control characters by question marks.
private func sanitized(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { isPlain($0) ? $0 : "?" }))
}

/// A byte as it may stand in a message.
func printable(_ byte: UInt8) -> String {
    guard byte < 0x20 || byte >= 0x7F else { return String(Unicode.Scalar(byte)) }
    return "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
}
