// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Makes words of a command that is written as one text. Pure: text in, words out.

/// A command as one writes it in a terminal.
enum CommandText {
    /// Why a text is no command.
    enum Flaw: Error, Equatable {
        case empty
        case openQuote
    }

    /// The program and its arguments.
    ///
    /// Quotes of both kinds and the backslash do what they do in a shell. What only a shell can do
    /// (`|`, `&&`, `$PORT`, `*`) is left to one: then the words are `/bin/sh -c`, and the text.
    static func words(of text: String) throws(Flaw) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var characters = text[...]
        var needsShell = false
        while let character = characters.popFirst() {
            switch (quote, character) {
            case (nil, "'"), (nil, "\""):
                quote = character
                word = word ?? ""
            case (let open?, _) where open == character:
                quote = nil
            case (nil, "\\"), ("\"", "\\"):
                word = (word ?? "") + (characters.popFirst().map(String.init) ?? "\\")
            case (nil, _) where character.isWhitespace:
                if let complete = word { words.append(complete) }
                word = nil
            default:
                let special = quote == nil ? unquotedMarks : quote == "\"" ? quotedMarks : ""
                if special.contains(character) { needsShell = true }
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil else { throw .openQuote }
        if let word { words.append(word) }
        guard let program = words.first, !program.isEmpty else { throw .empty }
        return needsShell ? ["/bin/sh", "-c", text] : words
    }

    /// What means something to a shell, outside of quotes and within double ones.
    private static let unquotedMarks = "|&;<>()$`*?[]{}#~\n"
    private static let quotedMarks = "$`"
}
