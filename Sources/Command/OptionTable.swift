// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The one table of options. The parser and the help text are both made from it.

/// What a command line of some form says: one value, one table of the options that enter it.
protocol CommandLineOptions {
    init()

    /// Every option, in the order of the help text.
    static var table: [Option<Self>] { get }

    /// What to say to somebody who seems not to know the options.
    static var pointer: String { get }

    /// Takes a word that is no option.
    mutating func take(word: String) throws(OptionError)

    /// Takes what follows `--`.
    mutating func take(command: [String]) throws(OptionError)
}

extension CommandLineOptions {
    mutating func take(command: [String]) throws(OptionError) {
        throw OptionError(message: "invalid option: \"--\"", advice: Self.pointer)
    }
}

/// One option: how it is written, what it takes, and what it does.
struct Option<Result: CommandLineOptions>: Sendable {
    /// The letter after a single dash, which may be glued to others.
    var letter: Character?

    /// The word after two dashes.
    var word: String?

    /// What the value is called in the help text; `nil` when the option takes none.
    var valueName: String?

    /// One line for the help text.
    let help: String

    /// Enters the option into the result; the text is empty when the option takes no value.
    let apply: @Sendable (_ value: String, inout Result) throws(OptionError) -> Void
}

/// The options that mean the same to all who read a configuration.
extension Option where Result: SendableMetatype {
    /// `-p`, as nginx has it.
    static func prefix(of options: any WritableKeyPath<Result, Options> & Sendable) -> Option {
        Option(letter: "p", valueName: "DIR", help: "the folder that relative paths start from") {
            (value, result) throws(OptionError) in
            result[keyPath: options].prefix = value.hasSuffix("/") ? value : value + "/"
        }
    }

    /// `-g`, as nginx has it.
    static func globalDirectives(
        of options: any WritableKeyPath<Result, Options> & Sendable
    ) -> Option {
        Option(letter: "g", valueName: "TEXT", help: "directives to read before the file") {
            (value, result) throws(OptionError) in
            result[keyPath: options].globalDirectives = value
        }
    }
}

extension Options: CommandLineOptions {
    static let table: [Option<Options>] = [
        Option(letter: "c", valueName: "FILE", help: "read this configuration file") {
            (value, options) throws(OptionError) in options.configurationPath = value
        },
        .prefix(of: \.self),
        Option(letter: "e", valueName: "FILE", help: "log errors here until error_log is read") {
            (value, options) throws(OptionError) in options.errorLogPath = value
        },
        .globalDirectives(of: \.self),
        Option(letter: "t", help: "check the configuration and stop") {
            (_, options) throws(OptionError) in
            if options.action != .dump { options.action = .test }
        },
        Option(letter: "T", help: "check the configuration and print all files of it") {
            (_, options) throws(OptionError) in options.action = .dump
        },
        Option(letter: "q", help: "say nothing but errors when checking") {
            (_, options) throws(OptionError) in options.isQuiet = true
        },
        Option(
            letter: "s", valueName: "SIGNAL",
            help: "tell the server: stop, quit, reopen, reload, restart-peers"
        ) { (value, options) throws(OptionError) in
            options.action = .signal(try signalName(value))
        },
        Option(word: "port", valueName: "N", help: "listen here, without a configuration file") {
            (value, options) throws(OptionError) in options.port = try port(value)
        },
        Option(word: "api", valueName: "URL", help: "who answers /api; may be given repeatedly") {
            (value, options) throws(OptionError) in
            options.apiAddresses.append(try APIAddress.normalized(value))
        },
        Option(
            word: "instances", valueName: "N", help: "how many processes the command after -- has"
        ) { (value, options) throws(OptionError) in
            options.instanceCount = try instanceCount(value)
        },
        Option(letter: "v", word: "version", help: "print the version") {
            (_, options) throws(OptionError) in options.action = .version
        },
        Option(letter: "V", help: "print the version and what it was built with") {
            (_, options) throws(OptionError) in options.action = .versionDetails
        },
        Option(letter: "h", word: "help", help: "print this text") {
            (_, options) throws(OptionError) in options.action = .help
        },
        Option(letter: "?", help: "the same, as nginx writes it") {
            (_, options) throws(OptionError) in options.action = .help
        },
    ]

    static let pointer = Help.pointer

    /// Takes the one word that is not an option: the folder to serve.
    mutating func take(word: String) throws(OptionError) {
        if let directory {
            throw OptionError(
                message: "invalid option: \"\(word)\"",
                advice: PrecompressOptions.suggestion(for: [directory, word])
                    ?? "One folder can be served, and \"\(directory)\" was given already.")
        }
        if word.isEmpty || word == "-" {
            throw OptionError(message: "invalid option: \"\(word)\"", advice: Help.pointer)
        }
        directory = word
    }

    /// Takes the command that answers `/api`.
    mutating func take(command: [String]) throws(OptionError) {
        guard let program = command.first, !program.isEmpty else {
            throw OptionError(
                message: "there is no command after \"--\"",
                advice: "For example: beranda public -- node server.js")
        }
        self.command = command
    }

    /// Reads the number of `--instances`.
    private static func instanceCount(_ text: String) throws(OptionError) -> Int {
        if text.utf8.allSatisfy({ (48...57).contains($0) }), let count = Int(text),
            (1...64).contains(count)
        {
            return count
        }
        throw OptionError(
            message: "invalid number of instances: \"\(text)\"",
            advice: "There can be from 1 to 64.")
    }

    /// Reads the word of `-s`.
    private static func signalName(_ text: String) throws(OptionError) -> Options.SignalName {
        if let name = Options.SignalName(rawValue: text) { return name }
        throw OptionError(
            message: "invalid option: \"-s \(text)\"",
            advice: Suggestion.advice(
                for: text, among: Options.SignalName.allCases.map(\.rawValue),
                otherwise: "It is one of stop, quit, reopen, reload and restart-peers."))
    }

    /// Reads the number of `--port`.
    private static func port(_ text: String) throws(OptionError) -> UInt16 {
        // Only digits: Swift's own conversion would take "+80", too.
        if text.utf8.allSatisfy({ (48...57).contains($0) }), let port = UInt16(text), port > 0 {
            return port
        }
        throw OptionError(
            message: "invalid port: \"\(text)\"",
            advice: "A port is a number from 1 to 65535.")
    }
}
