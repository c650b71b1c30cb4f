// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The zones of shared memory that a configuration declares, and those who refer to them by name.

internal import Configuration
internal import Memory

/// A zone as it is used.
struct SiteZone: Sendable {
    /// What a zone is for: each has a table of its own form.
    enum Use: Sendable, Equatable {
        /// Units: requests in 1000 seconds.
        case requests(rate: Int)
        case connections
        /// Which peer has which session.
        case sessions
        /// The verdicts of health checks; no directive declares it.
        case health
        /// What names stand for; no directive declares it.
        case names
        /// The keys of tickets; no directive declares it.
        case tickets
        /// What authorities say of the certificates of clients.
        case statuses

        /// Who has such a zone made.
        var directive: String {
            switch self {
            case .requests: "limit_req"
            case .connections: "limit_conn_zone"
            case .sessions: "sticky learn"
            case .health: "health_check"
            case .names: "resolve"
            case .tickets: "ssl_session_tickets"
            case .statuses: "ssl_ocsp_cache"
            }
        }
    }

    let name: [UInt8]
    let use: Use
    let key: Template
    /// The key as it is written.
    let keyText: [UInt8]
    let byteCount: Int

    /// Whether the key is the address of the client, which needs no text then.
    var isByAddress: Bool { key.onlyVariable == .builtIn(.binaryRemoteAddress) }
}

/// The zones while a configuration is loaded: a name may be used before the line that declares it.
struct ZoneRegistry {
    private struct Entry {
        let name: [UInt8]
        /// The directive that declares such a zone.
        let directive: String
        /// Where it was used first.
        let firstUse: SourceLocation
        var zone: SiteZone?
    }

    /// Memory that groups of peers name.
    private struct Shared {
        let name: [UInt8]
        let firstUse: SourceLocation
        var byteCount: Int?
    }

    private var entries: [Entry] = []
    private var shared: [Shared] = []

    /// All zones; complete where `reportUndeclared` finds nothing.
    var zones: [SiteZone] { entries.compactMap(\.zone) }

    /// The number of the zone with a name, which such a directive declares.
    mutating func reference(
        _ name: [UInt8], by directive: String, at location: SourceLocation
    ) throws(Diagnostic) -> Int {
        if let index = entries.firstIndex(where: { $0.name == name }) {
            guard entries[index].directive == directive else {
                throw Self.otherUse(of: name, by: entries[index].directive, at: location)
            }
            return index
        }
        if shared.contains(where: { $0.name == name }) {
            throw Self.otherUse(of: name, by: "zone", at: location)
        }
        entries.append(Entry(name: name, directive: directive, firstUse: location))
        return entries.count - 1
    }

    /// Gives a zone its size and its key.
    mutating func declare(
        _ zone: SiteZone, by directive: String, at location: SourceLocation
    ) throws(Diagnostic) {
        let index = try reference(zone.name, by: directive, at: location)
        if let known = entries[index].zone {
            throw Diagnostic(
                "\(directive) \"\(Self.text(zone.name))\" is already bound to key "
                    + "\"\(Self.text(known.keyText))\"", at: location)
        }
        entries[index].zone = zone
    }

    /// Gives a zone its size that several directives may declare, as long as they agree.
    ///
    /// - Returns: its number.
    mutating func declareShared(
        _ zone: SiteZone, by directive: String, at location: SourceLocation
    ) throws(Diagnostic) -> Int {
        let index = try reference(zone.name, by: directive, at: location)
        if let known = entries[index].zone, known.byteCount != zone.byteCount {
            throw Self.conflict(of: zone.name, zone.byteCount, with: known.byteCount, at: location)
        }
        entries[index].zone = zone
        return index
    }

    private static func conflict(
        of name: [UInt8], _ byteCount: Int, with known: Int, at location: SourceLocation
    ) -> Diagnostic {
        Diagnostic(
            "the size \(byteCount) of shared memory zone \"\(text(name))\" conflicts "
                + "with already declared size \(known)", at: location)
    }

    /// Names memory that several groups of peers may share; one of them has to say how much.
    mutating func share(
        _ name: [UInt8], byteCount: Int?, at location: SourceLocation
    ) throws(Diagnostic) {
        if let other = entries.first(where: { $0.name == name }) {
            throw Self.otherUse(of: name, by: other.directive, at: location)
        }
        guard let index = shared.firstIndex(where: { $0.name == name }) else {
            shared.append(Shared(name: name, firstUse: location, byteCount: byteCount))
            return
        }
        guard let byteCount else { return }
        if let known = shared[index].byteCount, known != byteCount {
            throw Self.conflict(of: name, byteCount, with: known, at: location)
        }
        shared[index].byteCount = byteCount
    }

    private static func otherUse(
        of name: [UInt8], by directive: String, at location: SourceLocation
    ) -> Diagnostic {
        Diagnostic(
            "the shared memory zone \"\(text(name))\" is already declared for a different use",
            at: location, label: "it belongs to \"\(directive)\"")
    }

    /// Reports the names that nothing declares.
    func reportUndeclared(to diagnostics: inout Diagnostics) {
        for entry in entries where entry.zone == nil {
            let names = entries.filter { $0.zone != nil && $0.directive == entry.directive }
                .map { Self.text($0.name) }
            let near = closestName(to: entry.name, among: names)
            diagnostics.add(
                Diagnostic(
                    "zero size shared memory zone \"\(Self.text(entry.name))\"",
                    at: entry.firstUse,
                    label: near.map { "did you mean `\($0)`?" }
                        ?? "no \"\(entry.directive)\" declares it"))
        }
    }

    /// Reports the names of groups whose size nobody says.
    func reportUnsized(to diagnostics: inout Diagnostics) {
        for zone in shared where zone.byteCount == nil {
            diagnostics.add(
                Diagnostic(
                    "zero size shared memory zone \"\(Self.text(zone.name))\"",
                    at: zone.firstUse, label: "expected a size, such as 64k"))
        }
    }

    private static func text(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self) }
}
