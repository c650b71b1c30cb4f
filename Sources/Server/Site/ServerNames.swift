// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which virtual host answers for a host name on one address.
//
// This file knows names only; regular expressions are tried by the caller, who has a matcher.

internal import Memory

/// The names of the virtual hosts that listen on one address.
///
/// Spec: nginx `server_name`: exact name, longest wildcard that starts with an asterisk, longest
///       wildcard that ends with one, first matching regular expression, default server.
/// Cost: one hash look-up for an exact name; a wildcard costs one more for each label. No
///       allocation.
struct ServerNames: Sendable {
    /// The default server of the address: an index of `Site.hosts`.
    let defaultHost: Int
    /// Whether every host name leads to the default server, so that nothing need be looked up.
    private(set) var isTrivial = true

    private var exact = TextTable()
    /// By what follows `*`: `.example.com`.
    private var suffixes = TextTable()
    /// By what precedes `*`: `www.example.`.
    private var prefixes = TextTable()
    /// Regular expressions in the order of the configuration.
    private(set) var patterns: [Pattern] = []

    /// A `server_name ~…`.
    struct Pattern: Sendable {
        /// An index of `Site.regexes`.
        var regex: Int
        var host: Int
    }

    init(defaultHost: Int) {
        self.defaultHost = defaultHost
    }

    /// Adds a name in lower case as the configuration spells it: `a.b`, `*.b`, `.b`, `a.*`, empty.
    ///
    /// - Returns: whether the name was still free; the first server that claims a name keeps it.
    mutating func insert(_ name: [UInt8], host: Int) -> Bool {
        if host != defaultHost { isTrivial = false }
        if name.first == UInt8(ascii: "."), name.count > 1 {
            let isNew = claim(Array(name[1...]), host, in: &exact)
            return claim(name, host, in: &suffixes) && isNew
        }
        if name.starts(with: Array("*.".utf8)) {
            return claim(Array(name[1...]), host, in: &suffixes)
        }
        if name.count > 1, name.suffix(2).elementsEqual(Array(".*".utf8)) {
            return claim(Array(name.dropLast()), host, in: &prefixes)
        }
        return claim(name, host, in: &exact)
    }

    /// Adds `~pattern`.
    mutating func insert(regex: Int, host: Int) {
        // The captures of a regular expression are wanted even where there is but one server.
        isTrivial = false
        patterns.append(Pattern(regex: regex, host: host))
    }

    /// What leads to the host of a name, in words; nil when neither an exact name nor a wildcard
    /// does.
    func match(of name: [UInt8]) -> String? {
        func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
        let whole = text(name[...])
        if exact.number(of: name.span) != nil {
            return name.isEmpty
                ? "it is for requests without a name" : "its name is exactly \"\(whole)\""
        }
        if let (start, _) = suffix(of: name.span) {
            return "its name *\(text(name[start...])) fits \"\(whole)\""
        }
        return prefix(of: name.span).map { end, _ in
            "its name \(text(name[..<end]))* fits \"\(whole)\""
        }
    }

    private func claim(_ name: [UInt8], _ host: Int, in names: inout TextTable) -> Bool {
        names.insert(name.span, host) || names.number(of: name.span) == host
    }

    /// Finds the host for a validated name in lower case, without port or final dot.
    ///
    /// - Returns: nil when neither an exact name nor a wildcard fits.
    func host(named name: Span<UInt8>) -> Int? {
        if let host = exact.number(of: name) { return host }
        if let (_, host) = suffix(of: name) { return host }
        return prefix(of: name)?.host
    }

    /// The longest `*.…` that fits, and where what follows its asterisk begins.
    ///
    /// Spec: as in nginx, nothing need stand before the dot.
    private func suffix(of name: Span<UInt8>) -> (start: Int, host: Int)? {
        guard !suffixes.isEmpty else { return nil }
        for start in name.indices where name[start] == UInt8(ascii: ".") {
            if let host = suffixes.number(of: name.extracting(start...)) { return (start, host) }
        }
        return nil
    }

    /// The longest `….*` that fits, and where what precedes its asterisk ends.
    private func prefix(of name: Span<UInt8>) -> (end: Int, host: Int)? {
        guard !prefixes.isEmpty else { return nil }
        var end = name.count - 1
        while end > 0 {
            if name[end - 1] == UInt8(ascii: "."),
                let host = prefixes.number(of: name.extracting(0..<end))
            {
                return (end, host)
            }
            end -= 1
        }
        return nil
    }
}
