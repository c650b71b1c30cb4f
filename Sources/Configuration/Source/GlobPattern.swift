// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// File name patterns of `include`: `*`, `?` and `[...]`.
//
// Knows names only; directories are listed through `FileReader`.

/// A pattern for one part of a path.
///
/// Spec: as glob(3): `*` any run, `?` any one byte, `[abc]`, `[a-z]`, `[!a-z]` sets; a backslash
///       takes the next byte literally. A leading dot must be written out.
package struct GlobPattern {
    private let pattern: [UInt8]

    /// Takes the pattern as written.
    package init(_ pattern: String) {
        self.pattern = Array(pattern.utf8)
    }

    /// Whether a text contains anything that a pattern gives a meaning to.
    package static func isPattern(_ text: String) -> Bool {
        text.utf8.contains {
            $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[")
        }
    }

    /// Whether a file name fits.
    ///
    /// Cost: at most pattern × name steps: on a mismatch only the last `*` is tried again.
    package func matches(_ name: String) -> Bool {
        let text = Array(name.utf8)
        if text.first == UInt8(ascii: "."), pattern.first != UInt8(ascii: ".") { return false }
        var (p, t) = (0, 0)
        var retry: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                p += 1
                retry = (p, t)
            } else if let next = step(at: p, text[t]) {
                p = next
                t += 1
            } else if let last = retry {
                p = last.pattern
                t = last.text + 1
                retry = (p, t)
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
        return p == pattern.count
    }

    /// Matches one byte, and says where the pattern goes on.
    private func step(at p: Int, _ byte: UInt8) -> Int? {
        guard p < pattern.count else { return nil }
        switch pattern[p] {
        case UInt8(ascii: "?"):
            return p + 1
        case UInt8(ascii: "["):
            guard let (contains, next) = set(at: p, byte) else {
                return byte == pattern[p] ? p + 1 : nil
            }
            return contains ? next : nil
        case UInt8(ascii: "\\") where p + 1 < pattern.count:
            return pattern[p + 1] == byte ? p + 2 : nil
        default:
            return pattern[p] == byte ? p + 1 : nil
        }
    }

    /// Reads a `[...]` set; nil when it is not closed, and then `[` stands for itself.
    private func set(at start: Int, _ byte: UInt8) -> (contains: Bool, next: Int)? {
        var p = start + 1
        var isNegated = false
        if p < pattern.count, pattern[p] == UInt8(ascii: "!") || pattern[p] == UInt8(ascii: "^") {
            isNegated = true
            p += 1
        }
        var contains = false
        let first = p
        while p < pattern.count {
            if pattern[p] == UInt8(ascii: "]"), p > first { return (contains != isNegated, p + 1) }
            if p + 2 < pattern.count, pattern[p + 1] == UInt8(ascii: "-"),
                pattern[p + 2] != UInt8(ascii: "]")
            {
                contains = contains || (pattern[p] <= byte && byte <= pattern[p + 2])
                p += 3
            } else {
                contains = contains || pattern[p] == byte
                p += 1
            }
        }
        return nil
    }
}

extension FileReader {
    /// The paths that fit a pattern, in the order of their bytes.
    ///
    /// Limits: at most `limit` paths are kept at each step.
    package func glob(_ pattern: String, limit: Int = ParsingLimits.standard.inclusionLimit)
        -> [String]
    {
        var paths = [pattern.hasPrefix("/") ? "/" : ""]
        for part in pattern.split(separator: "/") {
            var found: [String] = []
            for directory in paths where found.count < limit {
                found += entries(of: directory, fitting: String(part))
            }
            paths = Array(found.prefix(limit))
        }
        return paths
    }

    private func entries(of directory: String, fitting part: String) -> [String] {
        func path(_ name: String) -> String {
            directory.isEmpty || directory.hasSuffix("/")
                ? directory + name : directory + "/" + name
        }
        if part == "." || part == ".." { return [path(part)] }
        let names = list(directory.isEmpty ? "." : directory)
        if !GlobPattern.isPattern(part) { return names.contains(part) ? [path(part)] : [] }
        let pattern = GlobPattern(part)
        let fitting = names.filter { pattern.matches($0) }
        return fitting.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map(path)
    }
}
