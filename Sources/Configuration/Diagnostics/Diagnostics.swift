// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is wrong with a configuration, and the collection of all of it.

/// One thing to tell the author of a configuration.
package struct Diagnostic: Error, Sendable, Equatable {
    /// How bad it is.
    package enum Severity: Int, Sendable, Comparable {
        /// The configuration cannot be used.
        case error
        /// It can be used, but probably does not do what was meant.
        case warning
        /// Something worth knowing.
        case note

        package static func < (left: Severity, right: Severity) -> Bool {
            left.rawValue < right.rawValue
        }
    }

    /// How bad it is.
    package let severity: Severity
    /// What is wrong, in nginx's words where nginx has them.
    package let message: String
    /// Where; nil when no place in the text is to blame.
    package let location: SourceLocation?
    /// What was expected, printed behind the carets.
    package let label: String
    /// A further hint, on a line of its own.
    package let help: String?

    /// Describes a flaw.
    package init(
        _ message: String, at location: SourceLocation?, label: String = "", help: String? = nil,
        severity: Severity = .error
    ) {
        self.severity = severity
        self.message = message
        self.location = location
        self.label = label
        self.help = help
    }

    /// The most common flaw of all.
    static func missingSemicolon(after word: Word, before next: String) -> Diagnostic {
        Diagnostic(
            "missing \";\" before \(next)", at: word.location.end, label: "expected \";\" here")
    }
}

/// A directive that was accepted although it does nothing here.
package struct IgnoredDirective: Sendable, Equatable {
    /// Its name.
    package let name: String
    /// Why it does nothing.
    package let why: String
}

/// Everything that was found while a configuration was read and applied.
///
/// Limits: keeps `keptLimit` diagnostics and counts the others.
package struct Diagnostics: Sendable {
    /// How many diagnostics are kept.
    package static let keptLimit = 1000

    /// The files that the locations point into.
    package var sources: [SourceFile] = []
    /// All directives that exist, for hints about those out of place.
    package var catalog = DirectiveCatalog(sections: [])
    /// What was found, in the order of finding.
    package private(set) var list: [Diagnostic] = []
    /// The directives accepted without effect, each once.
    package private(set) var ignored: [IgnoredDirective] = []
    /// How many errors there are, kept or not.
    package private(set) var errorCount = 0
    /// How many warnings there are, kept or not.
    package private(set) var warningCount = 0

    /// Begins with nothing found.
    package init() {}

    /// Whether the configuration cannot be used.
    package var hasErrors: Bool { errorCount > 0 }

    /// Adds a finding; the same one at the same place is kept once.
    package mutating func add(_ diagnostic: Diagnostic) {
        guard list.last != diagnostic else { return }
        switch diagnostic.severity {
        case .error: errorCount += 1
        case .warning: warningCount += 1
        case .note: break
        }
        if list.count < Diagnostics.keptLimit { list.append(diagnostic) }
    }

    /// Notes that a directive was accepted without effect.
    package mutating func addIgnored(_ name: String, why: String) {
        guard !ignored.contains(where: { $0.name == name }) else { return }
        ignored.append(IgnoredDirective(name: name, why: why))
    }

    /// The findings as they are printed: first the errors, each kind by file and place.
    ///
    /// Why: an error must be seen even where there are more warnings than anybody reads.
    package var sorted: [Diagnostic] {
        func key(_ diagnostic: Diagnostic, _ number: Int) -> [Int] {
            let kind = diagnostic.severity == .error ? 0 : 1
            guard let place = diagnostic.location else { return [kind, -1, 0, 0, number] }
            return [kind, place.file, place.line, place.column, number]
        }
        let numbered = list.enumerated().map { (key($1, $0), $1) }
        return numbered.sorted { $0.0.lexicographicallyPrecedes($1.0) }.map { $0.1 }
    }
}
