// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives that define variables for all servers: `map`, and the rows of all.

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
        .values(
            "geo", in: [.http], .between(1, 2), syntax: "[$address] $variable",
            summary: """
                Defines a variable whose value is chosen by the address of the client, or by that \
                in `$address`. A row is a network, or with `ranges` a range of IPv4 addresses, \
                and its value; the narrowest network counts. `default` is for all others, \
                `delete` takes a network out, and with `proxy` what these networks say in \
                `X-Forwarded-For` counts.
                """
        ) { main, invocation in
            try main.level.site.addNetworks(&invocation)
        },
        .values(
            "split_clients", in: [.http], .exactly(2), syntax: "string $variable",
            summary: """
                Defines a variable whose value is dealt out by percentages, the same one for the \
                same text. A row is a percentage with at most two decimals, or `*` for the rest, \
                and the value to take.
                """
        ) { main, invocation in
            try main.level.site.addSplit(&invocation)
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
    /// Gives the variables that blocks compute their meaning, so that they can be used before.
    func declareComputed(_ statements: [Statement]) {
        for statement in statements {
            guard let block = statement.block else { continue }
            if statement.name.equals("http") { declareComputed(block) }
            if statement.name.equals("stream") {
                language = .stream
                declareComputed(block)
                language = .http
            }
            let isComputing =
                statement.name.equals("map") || statement.name.equals("geo")
                || statement.name.equals("split_clients")
            guard isComputing, let last = statement.arguments.last,
                last.bytes.first == UInt8(ascii: "$")
            else { continue }
            let name = Array(last.bytes.dropFirst())
            if variables.define(name, computedBy: declaredCount) != nil { declaredCount += 1 }
        }
    }

    fileprivate func addMap(_ invocation: inout Invocation) throws(Diagnostic) {
        let variable = try invocation.definedVariable(1) { variables.define($0) }
        var map = ValueMap(source: try invocation.template(0, self))
        let isVolatile = invocation.children.contains { $0.isMark("volatile") }
        var hasDefault = false
        var masks: [Statement] = []
        for row in invocation.children where !row.isMark("volatile") {
            if row.isMark("hostnames") {
                map.matchesHostNames = true
                warn(ofMasks: masks, &invocation)
                continue
            }
            if !map.matchesHostNames, Self.isMask(row.name.text) { masks.append(row) }
            do throws(Diagnostic) {
                try add(row, to: &map, &hasDefault)
            } catch {
                invocation.report(error)
            }
        }
        computed.append(ComputedVariable(.map(map), variable: variable, isVolatile: isVolatile))
    }

    /// Spec: nginx `map`: `hostnames` holds for the rows behind it; those before it are texts.
    private func warn(ofMasks masks: [Statement], _ invocation: inout Invocation) {
        for row in masks {
            invocation.report(
                Diagnostic(
                    "\"\(row.name.text)\" stands before `hostnames` and is taken as it is written",
                    at: row.name.location, label: "it matches no other host name",
                    help: "put `hostnames;` first", severity: .warning))
        }
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
            guard !map.matchesHostNames || Self.isHostName(key) else {
                throw Diagnostic(
                    "invalid hostname or wildcard \"\(row.name.text)\"", at: row.name.location,
                    label: "an asterisk is the whole first or the whole last label")
            }
            guard map.insert(key, value) else {
                throw Diagnostic(
                    "conflicting parameter \"\(row.name.text)\"", at: row.name.location)
            }
        }
    }
}

extension SiteDraft {
    /// Whether a key would stand for several host names.
    fileprivate static func isMask(_ key: String) -> Bool {
        key.hasPrefix(".") || key.hasPrefix("*.") || key.hasSuffix(".*")
    }

    /// Whether a key of a map of host names has its asterisk where one may be.
    ///
    /// Spec: nginx ngx_hash_add_key.
    fileprivate static func isHostName(_ key: [UInt8]) -> Bool {
        let asterisk = UInt8(ascii: "*")
        let dot = UInt8(ascii: ".")
        let stars = key.indices.filter { key[$0] == asterisk }
        if zip(key, key.dropFirst()).contains(where: { $0 == dot && $1 == dot }) { return false }
        guard let star = stars.first else { return key != [dot] }
        guard stars.count == 1, key.count > 2 else { return false }
        return star == 0 ? key[1] == dot : star == key.count - 1 && key[star - 1] == dot
    }
}

extension Statement {
    /// Whether it is a word alone.
    func isMark(_ word: String) -> Bool {
        name.equals(word) && arguments.isEmpty && block == nil
    }
}
