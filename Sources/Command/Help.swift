// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The texts of -h, -v and -V.

/// What the program says about itself.
package enum Help {
    /// Where a reader finds all options.
    static let pointer = "\"beranda --help\" lists the options."

    /// The text of `--help`: what one probably wants first, then every option.
    package static var text: String {
        examples + "\nOptions\n" + lines(Options.table) + "\n" + signals
    }

    private static let examples = """
        Beranda serves a built frontend and passes /api to your Node processes.

        Try it
          beranda                         serve ./site.conf, or public/, dist/, build/
          beranda dist --port 8080        serve a folder, without a configuration file
          beranda dist --api 5000         and pass /api to localhost:5000
          beranda dist -- node server.js  and start what answers /api as well
          beranda -c site.conf            serve what a configuration file says

        Look after it
          beranda check site.conf         say what is wrong with a configuration
          beranda explain GET /api/users  say what would be done with a request, and why
          beranda -s reload -c site.conf  take a changed configuration, dropping nobody
          beranda -s restart-peers        restart what it started, one after the other
          beranda -s quit -c site.conf    finish the requests at hand, then stop
          beranda precompress dist        write compressed siblings of its files, once

        """

    private static let signals = """
        Signals to the running process
          HUP reload   USR1 reopen logs   QUIT finish and stop   TERM, INT stop
          RTMIN+1 (35) restart peers

        The configuration is written in nginx's language.

        """

    /// A line for each option.
    static func lines<Result>(_ table: [Option<Result>]) -> String {
        table.filter { $0.letter != "?" }.map { option in
            var names: [String] = []
            if let letter = option.letter { names.append("-\(letter)") }
            if let word = option.word { names.append("--\(word)") }
            let left =
                "  " + names.joined(separator: ", ") + (option.valueName.map { " " + $0 } ?? "")
            let gap = String(repeating: " ", count: max(2, 20 - left.count))
            return left + gap + option.help + "\n"
        }.joined()
    }
}

/// Which build this is.
package struct Version: Sendable {
    /// The number of this release.
    package let number: String
    /// The libraries that are linked in, with their versions.
    package var libraries: [String] = []
    /// What is spoken of nginx's language: the modules that work, whole and in parts.
    package var modules: [String] = []
    package var modulesInParts: [String] = []
    /// The version of nginx whose language that is.
    package var languageVersion = ""

    package init(number: String) { self.number = number }

    /// The line of `-v`.
    package var line: String { "beranda version: beranda/\(number)" }

    /// The lines of `-V`: the version, the compiler, the machine, the kind of build, what is in.
    package var details: String {
        var text = """
            \(line)
            built with Swift \(Self.compiler)
            built for Linux on \(Self.architecture), \(Self.mode) build

            """
        text += Self.paragraph("libraries:", libraries.map { $0 + "," })
        guard !modules.isEmpty else { return text }
        text += "reads the language of nginx \(languageVersion), of its modules\n"
        text += Self.paragraph("  whole:", modules.map(Self.shortened))
        text += Self.paragraph("  in parts:", modulesInParts.map(Self.shortened))
        return text + "\"beranda check\" says what of a configuration is refused, and why.\n"
    }

    /// A module's name as one looks for it among nginx's options.
    private static func shortened(_ module: String) -> String {
        guard module.hasPrefix("ngx_"), module.hasSuffix("_module") else { return module }
        return String(module.dropFirst(4).dropLast(7))
    }

    /// A title and a list, broken where lines get longer than those of a terminal.
    private static func paragraph(_ title: String, _ items: [String]) -> String {
        guard !items.isEmpty else { return "" }
        var text = ""
        var line = title
        for item in items {
            if line.count + 1 + item.count > 80 {
                text += line + "\n"
                line = "   "
            }
            line += " " + item
        }
        text += line
        if text.hasSuffix(",") { text.removeLast() }
        return text + "\n"
    }

    private static var compiler: String {
        #if swift(>=6.4)
            "6.4 or newer"
        #elseif swift(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }

    private static var architecture: String {
        #if arch(x86_64)
            "x86-64"
        #elseif arch(arm64)
            "arm64"
        #else
            "another architecture"
        #endif
    }

    private static var mode: String {
        #if DEBUG
            "debug"
        #else
            "release"
        #endif
    }
}
