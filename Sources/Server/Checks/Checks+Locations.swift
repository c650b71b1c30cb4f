// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Servers and locations that no request ever reaches.

internal import Configuration

extension Checks {
    /// Names with variables, which are taken as they are written.
    func namesOfNobody(_ block: CheckedBlock, _ report: inout CheckReport) {
        for name in block.own("server_name").flatMap(\.arguments)
        where name.bytes.contains(UInt8(ascii: "$")) && !name.text.hasPrefix("~") {
            if name.equals("$hostname") { continue }
            let isTemplate = name.text.includes("${")
            report.warn(
                "no host is called \"\(name.text)\"", at: name.location,
                label: "\"server_name\" knows no variables but $hostname",
                help: isTemplate
                    ? "names from the environment are written in capitals: ${NAME}" : nil)
        }
    }

    /// Locations behind a pattern, or a prefix, that takes all of their requests.
    func unreachableLocations(_ block: CheckedBlock, _ report: inout CheckReport) {
        let locations = block.locations
        patternsBehindTheSame(locations, &report)
        patternsBehindPrefix(locations, &report)
        guard
            let all = locations.first(where: { location in
                location.path.map { $0.isPattern && Self.matchesAll($0.text) } ?? false
            }), let position = locations.firstIndex(where: { $0 === all })
        else { return }
        for (index, location) in locations.enumerated() {
            guard let path = location.path, location !== all else { continue }
            let isLaterPattern = path.isPattern && index > position
            let isWeakPrefix = path.kind == .prefix && location.locations.isEmpty
            guard isLaterPattern || isWeakPrefix else { continue }
            report.warn(
                "\"\(location.title)\" is never reached", at: location.place,
                label: "\"\(all.title)\" takes every request before it",
                help: isLaterPattern
                    ? "put `\(location.title)` in front of it"
                    : "write `location ^~ \(path.text)`, or `location /` instead of the pattern")
        }
    }

    private func patternsBehindTheSame(
        _ locations: [CheckedBlock], _ report: inout CheckReport
    ) {
        var firsts: [String: CheckedBlock] = [:]
        for location in locations {
            guard let path = location.path, path.isPattern else { continue }
            // A pattern that ignores case takes what the same pattern with case would match.
            let caseless = firsts["~*" + path.text]
            let same = path.kind == .pattern ? firsts["~" + path.text] ?? caseless : caseless
            if let same, !Self.matchesAll(path.text) {
                report.warn(
                    "\"\(location.title)\" is never reached", at: location.place,
                    label: "the same pattern stands on line \(same.place?.line ?? 0)",
                    help: "join the two blocks")
            }
            let key = (path.kind == .pattern ? "~" : "~*") + path.text
            if firsts[key] == nil { firsts[key] = location }
        }
    }

    /// Patterns that begin with a path whose location says that no pattern is tried.
    private func patternsBehindPrefix(
        _ locations: [CheckedBlock], _ report: inout CheckReport
    ) {
        let strong = locations.filter { $0.path?.kind == .strongPrefix }
        guard !strong.isEmpty else { return }
        for location in locations {
            guard let path = location.path, path.kind == .pattern,
                let start = Self.literalStart(path.text),
                let taker = strong.first(where: { start.hasPrefix($0.path?.text ?? "/") }),
                let taken = taker.path?.text
            else { continue }
            // A longer prefix without `^~` lets patterns be tried again.
            let hasWayAround = locations.contains {
                $0.path?.kind == .prefix && $0.path?.text.hasPrefix(taken) == true
            }
            if hasWayAround { continue }
            report.warn(
                "\"\(location.title)\" is never reached", at: location.place,
                label: "\"\(taker.title)\" forbids to try patterns for its paths",
                help: "leave out `^~` there, or put this location into that one")
        }
    }

    /// Whether a pattern matches every path.
    static func matchesAll(_ pattern: String) -> Bool {
        var rest = pattern[...]
        if rest.hasPrefix("^") { rest = rest.dropFirst() }
        if rest.hasPrefix("/") { rest = rest.dropFirst() }
        if rest.hasSuffix("$") { rest = rest.dropLast() }
        if rest.hasPrefix("("), rest.hasSuffix(")") { rest = rest.dropFirst().dropLast() }
        // A path has at least its slash, so `.` and `.+` match as well, if nothing is before them.
        let isAfterSlash = pattern.hasPrefix("^/") || pattern.hasPrefix("/")
        let isEnded = pattern.hasSuffix("$")
        switch rest {
        case "": return !isEnded
        case ".*", ".*?": return true
        case ".": return !isAfterSlash && !isEnded
        case ".+": return !isAfterSlash
        default: return false
        }
    }

    /// The text that every path begins with that a pattern matches; nil when it is not anchored.
    static func literalStart(_ pattern: String) -> String? {
        guard pattern.hasPrefix("^") else { return nil }
        var text = ""
        for character in pattern.dropFirst() {
            if ".[(\\{$|+*?".contains(character) {
                // What a quantifier follows may be missing.
                if "*?{".contains(character), !text.isEmpty { text.removeLast() }
                break
            }
            text.append(character)
        }
        // Behind an alternative anything may begin.
        return pattern.contains("|") && !pattern.contains("(") || text.isEmpty ? nil : text
    }

    /// A server that answers by itself, with locations that its author expects to be asked first.
    func answeredServer(_ block: CheckedBlock, _ report: inout CheckReport) {
        guard let answer = block.own("return").first, let location = block.locations.first else {
            return
        }
        report.warn(
            "the locations of this server are never reached", at: location.place,
            label: "`return` on line \(answer.name.location.line) answers every request before",
            help: "put it into a location: location / { "
                + "return \(answer.arguments.map(\.text).joined(separator: " ")); }")
    }
}
