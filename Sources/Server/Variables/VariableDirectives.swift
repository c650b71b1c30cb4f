// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives that define variables for all servers.

internal import Configuration
internal import Memory

/// The rows of variables.
enum VariableDirectives {
    static let rows: [Directive<MainDraft>] = [
        .values(
            "map", in: [.http], .exactly(2), syntax: "string $variable",
            summary: """
                Defines a variable whose value is chosen by another one. A row is a value to look \
                for (text, `~pattern`, `~*pattern`, or with `hostnames` a name with an asterisk) \
                and the value to take; `default` is for everything else.
                """
        ) { main, invocation in
            try main.level.site.addMap(&invocation)
        },
        .ignored(
            "map_hash_max_size", in: [.http], .exactly(1), syntax: "size",
            why: "tables grow by themselves"),
        .ignored(
            "map_hash_bucket_size", in: [.http], .exactly(1), syntax: "size",
            why: "tables grow by themselves"),
        .ignored(
            "variables_hash_max_size", in: [.http], .exactly(1), syntax: "size",
            why: "tables grow by themselves"),
        .ignored(
            "variables_hash_bucket_size", in: [.http], .exactly(1), syntax: "size",
            why: "tables grow by themselves"),
    ]
}

extension SiteDraft {
    /// Gives the variables of all `map` blocks their meaning, so that they can be used before.
    func declareMaps(_ statements: [Statement]) {
        for statement in statements {
            if statement.name.equals("http"), let block = statement.block { declareMaps(block) }
            guard statement.name.equals("map"), statement.block != nil,
                statement.arguments.count == 2,
                statement.arguments[1].bytes.first == UInt8(ascii: "$")
            else { continue }
            let name = Array(statement.arguments[1].bytes.dropFirst())
            if variables.define(name, byMap: declaredMapCount) != nil { declaredMapCount += 1 }
        }
    }

    fileprivate func addMap(_ invocation: inout Invocation) throws(Diagnostic) {
        let variable = try invocation.definedVariable(1) { variables.define($0) }
        var map = ValueMap(source: try invocation.template(0, self))
        map.matchesHostNames = invocation.children.contains { $0.isMark("hostnames") }
        map.isVolatile = invocation.children.contains { $0.isMark("volatile") }
        var hasDefault = false
        for row in invocation.children where !row.isMark("hostnames") && !row.isMark("volatile") {
            do throws(Diagnostic) {
                try add(row, to: &map, &hasDefault)
            } catch {
                invocation.report(error)
            }
        }
        maps.append(SiteMap(table: map, variable: variable))
    }

    private func add(
        _ row: Statement, to map: inout ValueMap, _ hasDefault: inout Bool
    ) throws(Diagnostic) {
        guard row.block == nil, row.arguments.count == 1 else {
            throw Diagnostic(
                "invalid number of the map parameters", at: row.name.location,
                label: "expected a value to look for and the value to take")
        }
        let value = try template(row.arguments[0])
        var key = row.name.bytes
        if key == Array("default".utf8) {
            guard !hasDefault else {
                throw Diagnostic("duplicate default map parameter", at: row.name.location)
            }
            hasDefault = true
            map.fallback = value
        } else if key.first == UInt8(ascii: "~") {
            let isCaseless = key.dropFirst().first == UInt8(ascii: "*")
            let pattern = Array(key.dropFirst(isCaseless ? 2 : 1))
            let regex = try regex(pattern, caseless: isCaseless, at: row.name.location)
            map.patterns.append(ValueMap.Pattern(regex: regex, value: value))
        } else {
            if key.first == UInt8(ascii: "\\") { key.removeFirst() }
            guard map.insert(key, value) else {
                throw Diagnostic(
                    "conflicting parameter \"\(row.name.text)\"", at: row.name.location)
            }
        }
    }
}

extension Statement {
    /// Whether it is a word alone.
    fileprivate func isMark(_ word: String) -> Bool {
        name.equals(word) && arguments.isEmpty && block == nil
    }
}

extension ValueMap {
    /// Adds a row for a text or a host name.
    ///
    /// - Returns: whether the key was still free.
    mutating func insert(_ key: [UInt8], _ value: Template) -> Bool {
        let key = key.map(\.asciiLowercased)
        guard matchesHostNames else { return Self.claim(key, value, in: &exact) }
        if key.first == UInt8(ascii: "."), key.count > 1 {
            let isNew = Self.claim(Array(key.dropFirst()), value, in: &exact)
            return Self.claim(key, value, in: &suffixes) && isNew
        }
        if key.starts(with: Array("*.".utf8)) {
            return Self.claim(Array(key.dropFirst()), value, in: &suffixes)
        }
        if key.count > 2, key.suffix(2).elementsEqual(Array(".*".utf8)) {
            return Self.claim(Array(key.dropLast()), value, in: &prefixes)
        }
        return Self.claim(key, value, in: &exact)
    }

    private static func claim(
        _ key: [UInt8], _ value: Template, in table: inout [[UInt8]: Template]
    ) -> Bool {
        guard table[key] == nil else { return false }
        table[key] = value
        return true
    }
}
