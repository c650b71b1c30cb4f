// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The table behind a `map` block.

internal import Memory

/// Chooses a value by another value.
///
/// Spec: nginx `map`: exact strings without regard to case, then with `hostnames` the longest
///       wildcard, then regular expressions in order, then `default`.
struct ValueMap: Sendable {
    /// A `~pattern value;` row.
    struct Pattern: Sendable {
        /// An index of `Site.regexes`.
        var regex: Int
        var value: Template
    }

    /// The string that is looked up.
    let source: Template
    /// Whether the value is computed again at each use.
    var isVolatile = false
    /// Whether the strings are host names, perhaps with an asterisk.
    var matchesHostNames = false
    var fallback = Template(literal: [])
    /// By text in lower case.
    var exact: [[UInt8]: Template] = [:]
    /// By what follows `*`, with the leading dot.
    var suffixes: [[UInt8]: Template] = [:]
    /// By what precedes `*`, with the final dot.
    var prefixes: [[UInt8]: Template] = [:]
    var patterns: [Pattern] = []

    init(source: Template) {
        self.source = source
    }

    /// Finds the value for a text, regular expressions left out.
    func value(for text: [UInt8]) -> Template? {
        var key = text.map(\.asciiLowercased)
        if let value = exact[key] { return value }
        guard matchesHostNames else { return nil }
        if key.last == UInt8(ascii: ".") { key.removeLast() }
        if let value = exact[key] { return value }
        if !suffixes.isEmpty {
            for start in key.indices where key[start] == UInt8(ascii: ".") {
                if let value = suffixes[Array(key[start...])] { return value }
            }
        }
        if !prefixes.isEmpty {
            for end in key.indices.reversed() where key[end] == UInt8(ascii: ".") {
                if let value = prefixes[Array(key[...end])] { return value }
            }
        }
        return nil
    }
}
