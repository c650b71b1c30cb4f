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
        let options = try ArgumentReader<Options>.read(arguments)
        try options.checkCombination()
        return options
    }

    /// Refuses what cannot be meant together.
    private func checkCombination() throws(OptionError) {
        let shorthand =
            directory.map { "the folder \"\($0)\"" }
            ?? (port != nil ? "--port" : (apiAddresses.isEmpty ? nil : "--api"))
            ?? (command.isEmpty ? nil : "a command")
        if instanceCount != nil, command.isEmpty {
            throw OptionError(
                message: "--instances says how many processes there are of a command",
                advice: "For example: beranda public --instances 2 -- node server.js")
        }
        if !apiAddresses.isEmpty, !command.isEmpty {
            throw OptionError(
                message: "--api and a command cannot be used together",
                advice: "Either somebody else answers /api, or processes that are started here do.")
        }
        guard configurationPath != nil, let shorthand else { return }
        throw OptionError(
            message: "-c and \(shorthand) cannot be used together",
            advice: "With a configuration file, its directives say what is served and where.")
    }
}

/// The words that are left, and the options read so far.
struct ArgumentReader<Result: CommandLineOptions> {
    private var rest: ArraySlice<String>
    private var options = Result()

    /// Reads all of them.
    static func read(_ arguments: [String]) throws(OptionError) -> Result {
        var reader = ArgumentReader(rest: arguments[...])
        while let argument = reader.next() {
            if argument == "--" {
                try reader.options.take(command: Array(reader.rest))
                break
            }
            try reader.read(argument)
        }
        return reader.options
    }

    private mutating func next() -> String? { rest.popFirst() }

    /// Reads one word and, where an option takes a value, perhaps the one after it.
    private mutating func read(_ argument: String) throws(OptionError) {
        if argument.hasPrefix("--"), argument.count > 2 {
            try readWord(argument.dropFirst(2))
        } else if argument.hasPrefix("-"), argument.count > 1 {
            try readLetters(argument.dropFirst())
        } else {
            try options.take(word: argument)
        }
    }

    /// Reads the letters after a single dash: options without values, then perhaps one with.
    private mutating func readLetters(_ letters: Substring) throws(OptionError) {
        var letters = letters
        while let letter = letters.popFirst() {
            guard let option = Result.table.first(where: { $0.letter == letter }) else {
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
        guard let option = Result.table.first(where: { $0.word == word }) else {
            throw unknown("--\(word)")
        }
        let glued = parts.count > 1 ? String(parts[1]) : nil
        guard option.valueName != nil else {
            if glued != nil {
                throw OptionError(
                    message: "option \"--\(word)\" takes no value", advice: Result.pointer)
            }
            return try option.apply("", &options)
        }
        try option.apply(try required(glued ?? next(), of: option, named: "--\(word)"), &options)
    }

    private func required(
        _ value: String?, of option: Option<Result>, named name: String
    ) throws(OptionError) -> String {
        if let value, !value.isEmpty { return value }
        throw OptionError(
            message: "option \"\(name)\" requires \(option.valueName ?? "a value")",
            advice: Result.pointer)
    }

    private func unknown(_ name: String) -> OptionError {
        let words = Result.table.compactMap(\.word).map { "--" + $0 }
        let letters = Result.table.compactMap(\.letter).map { "-" + String($0) }
        // A letter is one edit from every other letter, which says nothing, except for its case.
        let candidates =
            name.hasPrefix("--")
            ? words : letters.filter { $0.lowercased() == name.lowercased() }
        return OptionError(
            message: "invalid option: \"\(name)\"",
            advice: Suggestion.advice(for: name, among: candidates, otherwise: Result.pointer))
    }
}
