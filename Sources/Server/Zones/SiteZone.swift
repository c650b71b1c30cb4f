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
        /// The verdicts of health checks; no directive declares it.
        case health

        /// Who has such a zone made.
        var directive: String {
            switch self {
            case .requests: "limit_req"
            case .connections: "limit_conn_zone"
            case .health: "health_check"
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

    private var entries: [Entry] = []

    /// All zones; complete where `reportUndeclared` finds nothing.
    var zones: [SiteZone] { entries.compactMap(\.zone) }

    /// The number of the zone with a name, which such a directive declares.
    mutating func reference(
        _ name: [UInt8], by directive: String, at location: SourceLocation
    ) throws(Diagnostic) -> Int {
        if let index = entries.firstIndex(where: { $0.name == name }) {
            guard entries[index].directive == directive else {
                throw Diagnostic(
                    "the shared memory zone \"\(Self.text(name))\" is already declared for a "
                        + "different use", at: location,
                    label: "it belongs to \"\(entries[index].directive)\"")
            }
            return index
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

    private static func text(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self) }
}
