// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The command line of `beranda explain`.

/// What `beranda explain` is asked to do.
package struct ExplainOptions: Equatable, Sendable {
    /// The word that asks for it.
    package static let command = "explain"

    /// How the configuration is found, as without the command.
    package var options = Options()

    /// The method of the request.
    package var method = "GET"

    /// The address that is asked for.
    package var url: ExplainedURL?

    /// `-H`: further fields, as written.
    package var fields: [String] = []

    /// `--from`: who asks, as written.
    package var clientAddress: String?

    /// `--json`: prints for programs instead of for people.
    package var isForPrograms = false

    /// `--help`: prints how to use it.
    package var wantsHelp = false

    /// The words that are no options: a method, if there are two, and an address.
    private var words: [String] = []

    package init() {}

    /// Reads a command line without the name of the program; nil when it asks for something else.
    ///
    /// A folder that is called like the command is served with `beranda ./explain`.
    package static func parse(_ arguments: [String]) throws(OptionError) -> ExplainOptions? {
        guard arguments.first == command else { return nil }
        var options = try ArgumentReader<ExplainOptions>.read(Array(arguments.dropFirst()))
        try options.takeWords()
        return options
    }

    private mutating func takeWords() throws(OptionError) {
        guard let last = words.last else {
            if wantsHelp { return }
            throw OptionError(
                message: "\(Self.command) needs an address",
                advice: "For example: beranda \(Self.command) GET /api/users")
        }
        if words.count > 1 { method = words[0].uppercased() }
        guard method.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !method.isEmpty else {
            throw OptionError(message: "invalid method: \"\(method)\"", advice: Self.pointer)
        }
        url = try ExplainedURL(last)
    }

    /// The text of `beranda explain --help`.
    package static var helpText: String {
        """
        Says what the server would do with a request, and why: which server and which
        location answer, what is rewritten, who is let in, which files are looked for,
        and what a peer would be sent. Nothing is asked of any peer, and no server
        needs to run. Files and users are those that this command can see.

          beranda explain GET /api/users
          beranda explain -c nginx.conf POST https://example.com/login?next=/
          beranda explain GET / -H 'Accept: text/html' -H 'Cookie: a=b' --json

        Options

        """ + Help.lines(table)
    }
}

/// An address that is asked for, in its parts.
package struct ExplainedURL: Equatable, Sendable {
    /// The host; nil for a path alone.
    package var host: String?
    /// The port, where one is written.
    package var port: UInt16?
    /// The path with its query.
    package var target: String

    /// Reads `http://host:port/path?query`, `//host/path`, `host/path` without a scheme, `/path`.
    init(_ text: String) throws(OptionError) {
        let flaw = OptionError(
            message: "invalid address: \"\(text)\"",
            advice: "It is a path such as /api/users, or begins with http://host.")
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { throw flaw }
        if text.hasPrefix("/"), !text.hasPrefix("//") {
            target = Self.withoutFragment(text)
            return
        }
        var rest = text[...]
        if let range = Self.rangeOfScheme(in: text) {
            guard ["http", "https"].contains(text[..<range].lowercased()) else { throw flaw }
            rest = text[range...].dropFirst(3)
        } else if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
        }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        var authority = rest[..<end]
        let tail = Self.withoutFragment(String(rest[end...]))
        target = tail.hasPrefix("/") ? tail : "/" + tail
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            guard let number = UInt16(authority[authority.index(after: colon)...]), number > 0
            else { throw flaw }
            port = number
            authority = authority[..<colon]
        }
        guard !authority.isEmpty else { throw flaw }
        host = String(authority)
    }

    private static func rangeOfScheme(in text: String) -> String.Index? {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
            return nil
        }
        return colon
    }

    private static func withoutFragment(_ text: String) -> String {
        String(text.prefix { $0 != "#" })
    }
}

extension ExplainOptions: CommandLineOptions {
    static let pointer = "\"beranda explain --help\" lists the options."

    static let table: [Option<ExplainOptions>] = [
        Option(letter: "H", word: "header", valueName: "FIELD", help: "send this field as well") {
            (value, options) throws(OptionError) in
            guard let colon = value.firstIndex(of: ":"), colon != value.startIndex,
                value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
            else {
                throw OptionError(
                    message: "invalid field: \"\(value)\"",
                    advice: "It is written as a name, a colon and a value: -H 'Accept: */*'")
            }
            options.fields.append(value)
        },
        Option(word: "from", valueName: "ADDRESS", help: "who asks (127.0.0.1)") {
            (value, options) throws(OptionError) in options.clientAddress = value
        },
        Option(letter: "c", valueName: "FILE", help: "read this configuration (site.conf)") {
            (value, options) throws(OptionError) in options.options.configurationPath = value
        },
        .prefix(of: \.options),
        .globalDirectives(of: \.options),
        Option(word: "json", help: "print an object, for programs") {
            (_, options) throws(OptionError) in options.isForPrograms = true
        },
        Option(letter: "h", word: "help", help: "print this text") {
            (_, options) throws(OptionError) in options.wantsHelp = true
        },
    ]

    mutating func take(word: String) throws(OptionError) {
        guard words.count < 2, !word.isEmpty else {
            throw OptionError(
                message: "invalid option: \"\(word)\"",
                advice: "A method and an address are enough: beranda explain GET /api/users")
        }
        words.append(word)
    }
}
