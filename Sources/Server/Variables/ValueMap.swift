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
    /// Whether the strings are host names, perhaps with an asterisk.
    var matchesHostNames = false
    var fallback = Template(literal: [])
    private(set) var values: [Template] = []
    /// By text in lower case; the numbers are indexes of `values`.
    private(set) var exact = TextTable()
    /// By what follows `*`, with the leading dot.
    private var suffixes = TextTable()
    /// By what precedes `*`, with the final dot.
    private var prefixes = TextTable()
    var patterns: [Pattern] = []

    init(source: Template) {
        self.source = source
    }

    /// Adds a row for a text or a host name.
    ///
    /// - Returns: whether the key was still free.
    mutating func insert(_ key: [UInt8], _ value: Template) -> Bool {
        let key = key.map(\.asciiLowercased)
        let number = values.count
        values.append(value)
        guard matchesHostNames else { return exact.insert(key.span, number) }
        if key.first == UInt8(ascii: "."), key.count > 1 {
            let isNew = exact.insert(key.span.extracting(1...), number)
            return suffixes.insert(key.span, number) && isNew
        }
        if key.starts(with: Array("*.".utf8)) {
            return suffixes.insert(key.span.extracting(1...), number)
        }
        if key.count > 2, key.suffix(2).elementsEqual(Array(".*".utf8)) {
            return prefixes.insert(key.span.extracting(0..<key.count - 1), number)
        }
        return exact.insert(key.span, number)
    }

    /// Finds the value for a text in lower case, regular expressions left out.
    ///
    /// - Returns: an index of `values`.
    func index(of key: Span<UInt8>) -> Int? {
        if let index = exact.number(of: key) { return index }
        guard matchesHostNames, key.count > 0 else { return nil }
        let isRooted = key[key.count - 1] == UInt8(ascii: ".")
        let name = key.extracting(0..<key.count - (isRooted ? 1 : 0))
        if isRooted, let index = exact.number(of: name) { return index }
        return wildcard(of: name)
    }

    private func wildcard(of name: Span<UInt8>) -> Int? {
        if !suffixes.isEmpty {
            for start in name.indices where name[start] == UInt8(ascii: ".") {
                if let index = suffixes.number(of: name.extracting(start...)) { return index }
            }
        }
        if !prefixes.isEmpty {
            var end = name.count
            while end > 0 {
                if name[end - 1] == UInt8(ascii: "."),
                    let index = prefixes.number(of: name.extracting(0..<end))
                {
                    return index
                }
                end -= 1
            }
        }
        return nil
    }
}
