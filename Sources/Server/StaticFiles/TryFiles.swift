// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a configuration says about files to try.

/// The arguments of a `try_files`.
struct TryFiles: Sendable {
    /// One path to look for.
    struct Candidate: Sendable {
        var path: Template
        /// Whether it ends with a slash: only a directory will do.
        ///
        /// The slash is not tried with it.
        var isDirectory: Bool
    }

    /// What happens when nothing is found.
    enum Fallback: Sendable {
        case status(Int)
        /// A path, perhaps with a query, or `@name`.
        case target(Template)
    }

    var candidates: [Candidate]
    var fallback: Fallback
}
