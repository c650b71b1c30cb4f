// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The command line of `beranda precompress`.

/// What `beranda precompress` is asked to do.
package struct PrecompressOptions: Equatable, Sendable {
    /// The word that asks for it.
    package static let command = "precompress"

    /// The folder.
    package var directory: String?

    /// `--only`: the extensions of the siblings to write, as written; all of them if empty.
    package var kindNames: [String] = []

    /// `--min-size`: smaller files get no siblings.
    package var byteMinimum: Int?

    /// `--jobs`: how many threads work.
    package var jobCount: Int?

    /// `--force`: writes those anew that are not older than their file.
    package var isForced = false

    /// `--dry-run`: changes nothing.
    package var isDryRun = false

    /// `--quiet`: says nothing but errors.
    package var isQuiet = false

    /// `--help`: prints how to use it.
    package var wantsHelp = false

    package init() {}

    /// Reads a command line without the name of the program; nil when it asks for something else.
    ///
    /// A folder that is called like the command is served with `beranda ./precompress`.
    package static func parse(
        _ arguments: [String]
    ) throws(OptionError) -> PrecompressOptions? {
        guard arguments.first == command else { return nil }
        let options = try ArgumentReader<PrecompressOptions>.read(Array(arguments.dropFirst()))
        guard options.directory != nil || options.wantsHelp else {
            throw OptionError(
                message: "\(command) needs the folder to work on",
                advice: "For example: beranda \(command) dist")
        }
        return options
    }

    /// A sentence for somebody whose words look like this command, misspelt or in another order.
    package static func suggestion(for words: [String]) -> String? {
        guard
            let found = words.firstIndex(where: {
                Suggestion.nearest(to: $0, among: [command]) != nil
            })
        else { return nil }
        var rest = words
        rest.remove(at: found)
        return "Did you mean \"beranda \(command) \(rest.first ?? "DIR")\"?"
    }

    /// The text of `beranda precompress --help`.
    package static var helpText: String {
        """
        Writes compressed siblings of the files in a folder, such as app.js.br beside
        app.js, as small as they get. Beranda serves them where brotli_static,
        zstd_static or gzip_static is on, and so does nginx. Siblings that are not
        older than their file are kept, so it can be run after every build.

          beranda precompress dist
          beranda precompress dist --only br,gz --jobs 2

        Options

        """ + Help.lines(table)
    }
}

extension PrecompressOptions: CommandLineOptions {
    static let pointer = "\"beranda precompress --help\" lists the options."

    static let table: [Option<PrecompressOptions>] = [
        Option(word: "only", valueName: "LIST", help: "write only these, of br, zst and gz") {
            (value, options) throws(OptionError) in
            options.kindNames += value.split(separator: ",").map(String.init)
        },
        Option(word: "min-size", valueName: "N", help: "pass over files below N bytes (256)") {
            (value, options) throws(OptionError) in
            options.byteMinimum = try number(value, "size", 0...Int(Int32.max))
        },
        Option(
            letter: "j", word: "jobs", valueName: "N", help: "use N threads (one per processor)"
        ) { (value, options) throws(OptionError) in
            options.jobCount = try number(value, "number of threads", 1...256)
        },
        Option(letter: "f", word: "force", help: "write siblings anew that are up to date") {
            (_, options) throws(OptionError) in options.isForced = true
        },
        Option(letter: "n", word: "dry-run", help: "say what would be written, and write nothing") {
            (_, options) throws(OptionError) in options.isDryRun = true
        },
        Option(letter: "q", word: "quiet", help: "say nothing but errors") {
            (_, options) throws(OptionError) in options.isQuiet = true
        },
        Option(letter: "h", word: "help", help: "print this text") {
            (_, options) throws(OptionError) in options.wantsHelp = true
        },
    ]

    mutating func take(word: String) throws(OptionError) {
        if let directory {
            throw OptionError(
                message: "invalid option: \"\(word)\"",
                advice: "One folder at a time, and \"\(directory)\" was given already.")
        }
        if word.isEmpty || word == "-" {
            throw OptionError(message: "invalid option: \"\(word)\"", advice: Self.pointer)
        }
        directory = word
    }

    private static func number(
        _ text: String, _ what: String, _ allowed: ClosedRange<Int>
    ) throws(OptionError) -> Int {
        // Only digits: Swift's own conversion would take "+2", too.
        if text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text),
            allowed.contains(number)
        {
            return number
        }
        throw OptionError(
            message: "invalid \(what): \"\(text)\"",
            advice: "It is a number from \(allowed.lowerBound) to \(allowed.upperBound).")
    }
}

extension PrecompressOptions {
    /// Chooses what `--only` names; everything where it was not given.
    ///
    /// - Parameter find: knows a kind by its name, if there is one.
    package func chosen<Kind: Equatable>(
        of all: [Kind], named names: [String], find: (String) -> Kind?
    ) throws(OptionError) -> [Kind] {
        guard !kindNames.isEmpty else { return all }
        var wanted: [Kind] = []
        for name in kindNames {
            guard let kind = find(name) else {
                throw OptionError(
                    message: "no such sibling: \"\(name)\"",
                    advice: Suggestion.advice(
                        for: name, among: names,
                        otherwise: "--only takes some of \(names.joined(separator: ","))."))
            }
            wanted.append(kind)
        }
        return all.filter(wanted.contains)
    }
}
