// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The names of variables, while a configuration is loaded.
//
// A name may be used before the line that defines it, so what is unknown is told at the end.

internal import Configuration
internal import Memory

/// A variable of a family, such as `$http_name`, that a `set` gives a value.
///
/// Spec: nginx: without that value it is what its family says.
struct AssignedVariable: Sendable {
    let variable: Variable
    /// An index into the exchange's values.
    let index: Int
}

/// Gives every variable of a configuration its meaning.
struct VariableRegistry {
    private struct Entry {
        let name: String
        /// The blocks that know it: a name may mean two things in a configuration.
        let language: BlockLanguage
        /// Where it was used first.
        var firstUse: SourceLocation?
        /// Whether a `set`, a `map` and its like, or a named capture defines it.
        var isDefined = false
        /// Whether a `set` does, so that its use before that is told.
        var isSet = false
        /// The number of the block that computes it: an index of `Site.computed`.
        var block: Int?
    }

    /// The blocks that are being read.
    var language = BlockLanguage.http
    private var entries: [Entry] = []
    private var indexes: [BlockLanguage: [String: Int]] = [:]
    /// Whether a field of a peer is asked for.
    private(set) var usesUpstreamFields = false
    /// Whether the content of a request, or the name of its file, is asked for.
    private(set) var usesRequestContent = false
    /// The variables of families that a `set` gives values to.
    private(set) var assigned: [AssignedVariable] = []
    /// Whether a field is asked for that a peer sends behind its content.
    private(set) var usesUpstreamTrailers = false

    /// How many values an exchange has to remember.
    var count: Int { entries.count }

    /// Finds what a name in a template stands for.
    mutating func resolve(_ name: [UInt8], at location: SourceLocation) -> Variable {
        let name = name.map(\.asciiLowercased)
        if let known = Variable(name: name, in: language) {
            switch known {
            case .upstreamField, .upstreamCookie: usesUpstreamFields = true
            case .upstreamTrailer: usesUpstreamTrailers = true
            case .builtIn(.requestBody), .builtIn(.requestBodyFile): usesRequestContent = true
            default: break
            }
            return known
        }
        let index = index(of: String(decoding: name, as: UTF8.self))
        if entries[index].firstUse == nil { entries[index].firstUse = location }
        return entries[index].block.map(Variable.computed) ?? .stored(index)
    }

    /// Notes that a `set` or a named capture gives the variable its values.
    ///
    /// - Returns: nil for a name whose meaning is fixed.
    mutating func define(_ name: [UInt8]) -> Int? {
        let name = name.map(\.asciiLowercased)
        guard Variable(name: name, in: language) == nil else { return nil }
        let index = index(of: String(decoding: name, as: UTF8.self))
        entries[index].isDefined = true
        return index
    }

    /// Notes that a `set` gives the variable its values.
    mutating func define(set name: [UInt8]) -> Int? {
        if let index = define(name) {
            entries[index].isSet = true
            return index
        }
        let name = name.map(\.asciiLowercased)
        let text = String(decoding: name, as: UTF8.self)
        guard let variable = Variable(name: name, in: language), variable.isOfFamily,
            !Self.fixedNames.contains(text)
        else { return nil }
        let index = index(of: text)
        if !entries[index].isDefined {
            entries[index].isDefined = true
            assigned.append(AssignedVariable(variable: variable, index: index))
        }
        return index
    }

    /// The names that would belong to a family, but mean something of their own to nginx.
    private static let fixedNames: Set<String> = [
        "http_host", "http_user_agent", "http_referer", "http_via", "http_x_forwarded_for",
        "http_cookie", "sent_http_content_type", "sent_http_content_length", "sent_http_location",
        "sent_http_last_modified", "sent_http_connection", "sent_http_keep_alive",
        "sent_http_transfer_encoding", "sent_http_cache_control", "sent_http_link",
    ]

    /// The variables that are defined for requests, by their names.
    var named: [[UInt8]: Variable] {
        var named: [[UInt8]: Variable] = [:]
        for (index, entry) in entries.enumerated()
        where entry.isDefined && entry.language == .http {
            named[Array(entry.name.utf8)] = entry.block.map(Variable.computed) ?? .stored(index)
        }
        return named
    }

    /// The names of the values that an exchange has to remember.
    var names: [String] { entries.map(\.name) }

    /// The names of the variables that a `set` gives their values; empty for all others.
    var setNames: [String] { entries.map { $0.isSet && $0.block == nil ? $0.name : "" } }

    /// Notes that a block computes the variable.
    mutating func define(_ name: [UInt8], computedBy block: Int) -> Int? {
        guard let index = define(name) else { return nil }
        entries[index].block = block
        return index
    }

    private mutating func index(of name: String) -> Int {
        if let index = indexes[language]?[name] { return index }
        entries.append(Entry(name: name, language: language))
        indexes[language, default: [:]][name] = entries.count - 1
        return entries.count - 1
    }

    /// Reports the names that nothing defines.
    func reportUnknown(to diagnostics: inout Diagnostics) {
        for entry in entries where !entry.isDefined {
            guard let location = entry.firstUse else { continue }
            diagnostics.add(unknown(entry.name, at: location, in: entry.language))
        }
    }

    private func unknown(
        _ name: String, at location: SourceLocation, in language: BlockLanguage
    ) -> Diagnostic {
        let defined = entries.filter { $0.isDefined && $0.language == language }.map(\.name)
        let builtIn = BuiltInVariable.allCases.filter { $0.isKnown(in: language) }
        let known = defined + builtIn.map(\.rawValue)
        if language == .stream, Variable(name: Array(name.utf8)) != nil {
            return Diagnostic(
                "unknown \"\(name)\" variable", at: location,
                label: "it is about requests, and a stream has none")
        }
        if NginxModules.hasVariable(name) {
            return Diagnostic(
                "nginx's variable \"$\(name)\" is not supported yet", at: location,
                help: NginxModules.advice(onVariable: name))
        }
        let near = closestName(to: Array(name.utf8), among: known)
        return Diagnostic(
            "unknown \"\(name)\" variable", at: location,
            label: near.map { "did you mean `$\($0)`?" } ?? "nothing defines it")
    }
}
