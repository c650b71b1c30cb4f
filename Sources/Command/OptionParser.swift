// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads the words of the command line by the table of options.

extension Options {
    /// Reads a command line, without the name of the program.
    ///
    /// Letters may be glued to each other (`-tq`) and to their value (`-cFILE`); words take theirs
    /// after `=` or as the next word.
    package static func parse(_ arguments: [String]) throws(OptionError) -> Options {
        var reader = ArgumentReader(rest: arguments[...])
        while let argument = reader.next() {
            try reader.read(argument)
        }
        try reader.options.checkCombination()
        return reader.options
    }

    /// Refuses what cannot be meant together.
    private func checkCombination() throws(OptionError) {
        let shorthand =
            directory.map { "the folder \"\($0)\"" }
            ?? (port != nil ? "--port" : (apiAddresses.isEmpty ? nil : "--api"))
        guard configurationPath != nil, let shorthand else { return }
        throw OptionError(
            message: "-c and \(shorthand) cannot be used together",
            advice: "With a configuration file, its directives say what is served and where.")
    }
}

/// The words that are left, and the options read so far.
private struct ArgumentReader {
    var rest: ArraySlice<String>
    var options = Options()

    mutating func next() -> String? { rest.popFirst() }

    /// Reads one word and, where an option takes a value, perhaps the one after it.
    mutating func read(_ argument: String) throws(OptionError) {
        if argument.hasPrefix("--"), argument.count > 2 {
            try readWord(argument.dropFirst(2))
        } else if argument.hasPrefix("-"), argument.count > 1 {
            try readLetters(argument.dropFirst())
        } else {
            try readDirectory(argument)
        }
    }

    /// Reads the letters after a single dash: options without values, then perhaps one with.
    private mutating func readLetters(_ letters: Substring) throws(OptionError) {
        var letters = letters
        while let letter = letters.popFirst() {
            guard let option = Option.table.first(where: { $0.letter == letter }) else {
                throw unknown("-\(letter)")
            }
            guard option.valueName != nil else {
                try option.apply("", &options)
                continue
            }
            let value = letters.isEmpty ? next() : String(letters)
            try option.apply(try required(value, of: option, named: "-\(letter)"), &options)
            return
        }
    }

    /// Reads what follows two dashes.
    private mutating func readWord(_ text: Substring) throws(OptionError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let word = String(parts[0])
        guard let option = Option.table.first(where: { $0.word == word }) else {
            throw unknown("--\(word)")
        }
        let glued = parts.count > 1 ? String(parts[1]) : nil
        guard option.valueName != nil else {
            if glued != nil {
                throw OptionError(
                    message: "option \"--\(word)\" takes no value", advice: Help.pointer)
            }
            return try option.apply("", &options)
        }
        try option.apply(try required(glued ?? next(), of: option, named: "--\(word)"), &options)
    }

    /// Takes the one word that is not an option: the folder to serve.
    private mutating func readDirectory(_ argument: String) throws(OptionError) {
        if let directory = options.directory {
            throw OptionError(
                message: "invalid option: \"\(argument)\"",
                advice: "One folder can be served, and \"\(directory)\" was given already.")
        }
        if argument.isEmpty || argument == "-" {
            throw OptionError(message: "invalid option: \"\(argument)\"", advice: Help.pointer)
        }
        options.directory = argument
    }

    private func required(
        _ value: String?, of option: Option, named name: String
    ) throws(OptionError) -> String {
        if let value, !value.isEmpty { return value }
        throw OptionError(
            message: "option \"\(name)\" requires \(option.valueName ?? "a value")",
            advice: Help.pointer)
    }

    private func unknown(_ name: String) -> OptionError {
        let words = Option.table.compactMap(\.word).map { "--" + $0 }
        let letters = Option.table.compactMap(\.letter).map { "-" + String($0) }
        // A letter is one edit from every other letter, which says nothing, except for its case.
        let candidates =
            name.hasPrefix("--")
            ? words : letters.filter { $0.lowercased() == name.lowercased() }
        return OptionError(
            message: "invalid option: \"\(name)\"",
            advice: Suggestion.advice(for: name, among: candidates, otherwise: Help.pointer))
    }
}
