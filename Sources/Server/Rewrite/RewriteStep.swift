// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The script of a server or a location: what its rewrite phase does, step by step.

internal import Memory

/// One step of the rewrite phase of a server or a location.
///
/// Spec: nginx ngx_http_rewrite_module: the directives of this module run in their order.
enum RewriteStep: Sendable {
    /// `set $variable value`.
    case set(Target, Template)
    /// `return code [text | address]`.
    case finish(status: Int, Template?)
    case rewrite(RewriteRule)
    /// `break`.
    case stop
    /// `if`: the steps of its block are the next `count` ones.
    ///
    /// `inner` is the location that the block makes, whose settings hold from then on; none in a
    /// server. A draft counts those of its own, a site all.
    case test(RewriteCondition, inner: Int?, count: Int)

    /// What a `set` changes.
    enum Target: BitwiseCopyable, Sendable {
        /// An index into the exchange's values.
        case variable(Int)
        /// `$args`.
        case arguments
        /// `$limit_rate`.
        case limitRate
        /// `$invalid_referer`.
        case invalidReferer
    }
}

/// A `rewrite`.
struct RewriteRule: Sendable {
    /// What follows once the path has been changed.
    enum Ending: Sendable {
        /// The next step.
        case goesOn
        /// No other step; a location is looked for again.
        case last
        /// No other step, and the location stays.
        case stays
        /// An answer that sends the client elsewhere.
        case redirect(status: Int)
    }

    /// An index of `Site.regexes`.
    var regex: Int
    /// The pattern as written, for the log.
    var pattern: String
    /// The new path; the whole address of a redirect.
    var path: Template
    /// The new query, where the replacement has a question mark; never of a redirect.
    var arguments: Template?
    /// Whether there is a question mark in the address of a redirect.
    var hasQuery: Bool
    /// Whether the query of the request is kept, behind the new one.
    var keepsArguments: Bool
    var ending: Ending

    /// The status of a redirect.
    var redirectStatus: Int? {
        guard case .redirect(let status) = ending else { return nil }
        return status
    }
}

/// What an `if` asks.
enum RewriteCondition: Sendable {
    /// Whether a variable is neither empty nor "0".
    case holds(Variable)
    /// `=` and `!=`.
    case equals(Variable, Template, isNegated: Bool)
    /// `~`, `~*`, `!~` and `!~*`: an index of `Site.regexes`, and the pattern for the log.
    case matches(Variable, regex: Int, pattern: String, isNegated: Bool)
    /// `-f`, `-d`, `-e` and `-x`.
    case file(FileTest, Template, isNegated: Bool)

    /// What is asked about a file.
    enum FileTest: Sendable {
        case isRegular
        case isDirectory
        case exists
        case isExecutable
    }
}

/// The script of a location while it is loaded.
///
/// Blocks are applied behind all simple directives; the positions bring the order of the text back.
struct RewriteDraft {
    private var parts: [(position: Int, steps: [RewriteStep])] = []

    /// The steps in the order of the text.
    var steps: [RewriteStep] {
        parts.sorted { $0.position < $1.position }.flatMap(\.steps)
    }

    /// Adds what a directive at a place within its block does.
    mutating func append(_ steps: [RewriteStep], at position: Int) {
        parts.append((position, steps))
    }
}
