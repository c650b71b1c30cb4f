// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which virtual host answers for a host name on one address.
//
// This file knows names only; regular expressions are tried by the caller, who has a matcher.

/// The names of the virtual hosts that listen on one address.
///
/// Spec: nginx `server_name`: exact name, longest wildcard that starts with an asterisk, longest
///       wildcard that ends with one, first matching regular expression, default server.
/// Cost: one hash look-up for an exact name; a wildcard costs one more for each label.
struct ServerNames: Sendable {
    /// The default server of the address: an index of `Site.hosts`.
    let defaultHost: Int
    /// Whether every host name leads to the default server, so that nothing need be looked up.
    private(set) var isTrivial = true

    private var exact: [[UInt8]: Int] = [:]
    /// By what follows `*`: `.example.com`.
    private var suffixes: [[UInt8]: Int] = [:]
    /// By what precedes `*`: `www.example.`.
    private var prefixes: [[UInt8]: Int] = [:]
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
        func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        guard host(named: name) != nil else { return nil }
        if exact[name] != nil {
            return name.isEmpty
                ? "it is for requests without a name" : "its name is exactly \"\(text(name))\""
        }
        for start in name.indices where suffixes[Array(name[start...])] != nil {
            return "its name *\(text(Array(name[start...]))) fits \"\(text(name))\""
        }
        for end in name.indices.reversed() where prefixes[Array(name[..<end])] != nil {
            return "its name \(text(Array(name[..<end])))* fits \"\(text(name))\""
        }
        return nil
    }

    private func claim(_ name: [UInt8], _ host: Int, in names: inout [[UInt8]: Int]) -> Bool {
        guard names[name] == nil else { return names[name] == host }
        names[name] = host
        return true
    }

    /// Finds the host for a validated name in lower case, without port or final dot.
    ///
    /// - Returns: nil when neither an exact name nor a wildcard fits.
    func host(named name: [UInt8]) -> Int? {
        if let host = exact[name] { return host }
        if !suffixes.isEmpty {
            // The leftmost dot leaves the longest suffix. As in nginx, nothing need stand
            // before it.
            var start = 0
            while start < name.count {
                if name[start] == UInt8(ascii: "."), let host = suffixes[Array(name[start...])] {
                    return host
                }
                start += 1
            }
        }
        if !prefixes.isEmpty {
            var end = name.count - 1
            while end > 0 {
                if name[end - 1] == UInt8(ascii: "."), let host = prefixes[Array(name[..<end])] {
                    return host
                }
                end -= 1
            }
        }
        return nil
    }
}
