// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The command line of `beranda check`.

/// What `beranda check` is asked to do.
package struct CheckOptions: Equatable, Sendable {
    /// The word that asks for it.
    package static let command = "check"

    /// How the configuration is found, as without the command.
    package var options = Options()

    /// `--json`: prints for programs instead of for people.
    package var isForPrograms = false

    /// `--help`: prints how to use it.
    package var wantsHelp = false

    package init() {}

    /// Reads a command line without the name of the program; nil when it asks for something else.
    ///
    /// A folder that is called like the command is served with `beranda ./check`.
    package static func parse(_ arguments: [String]) throws(OptionError) -> CheckOptions? {
        guard arguments.first == command else { return nil }
        return try ArgumentReader<CheckOptions>.read(Array(arguments.dropFirst()))
    }

    /// The text of `beranda check --help`.
    package static var helpText: String {
        """
        Reads a configuration as the server would, and says everything that is wrong
        with it, each with its line; then what can be used but probably does not do
        what was meant. Nothing is started, and no port is opened. The exit code is
        1 when the configuration cannot be used, and 0 otherwise.

          beranda check
          beranda check /etc/nginx/nginx.conf
          beranda check site.conf --json

        Options

        """ + Help.lines(table)
    }
}

extension CheckOptions: CommandLineOptions {
    static let pointer = "\"beranda check --help\" lists the options."

    static let table: [Option<CheckOptions>] = [
        Option(letter: "c", valueName: "FILE", help: "the same as naming the file alone") {
            (value, options) throws(OptionError) in try options.take(word: value)
        },
        .prefix(of: \.options),
        .globalDirectives(of: \.options),
        Option(word: "json", help: "print an array of findings, for programs") {
            (_, options) throws(OptionError) in options.isForPrograms = true
        },
        Option(letter: "q", word: "quiet", help: "say nothing but errors") {
            (_, options) throws(OptionError) in options.options.isQuiet = true
        },
        Option(letter: "h", word: "help", help: "print this text") {
            (_, options) throws(OptionError) in options.wantsHelp = true
        },
    ]

    mutating func take(word: String) throws(OptionError) {
        if let path = options.configurationPath {
            throw OptionError(
                message: "invalid option: \"\(word)\"",
                advice: "One configuration at a time, and \"\(path)\" was given already.")
        }
        if word.isEmpty || word == "-" {
            throw OptionError(message: "invalid option: \"\(word)\"", advice: Self.pointer)
        }
        options.configurationPath = word
    }
}
