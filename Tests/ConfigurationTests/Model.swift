// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A small server of two scopes, with rows of every kind, that the tests of the engine configure.

@testable import Configuration

/// Settings that several kinds of blocks share.
struct Settings: Sendable {
    var isOn = false
    var timeout = 0
    var size = 0
    var types: [String] = []
}

struct Place: Sendable {
    var settings = Settings()
}

struct Site: Sendable {
    var settings = Settings()
    var places: [String: Settings] = [:]
    var log: [String] = []
}

enum Model {
    static let settingsRows: [Directive<Settings>] = [
        .simple("gzip", in: .httpServerLocation, .flag, default: "off", summary: "Compresses.") {
            settings, invocation in
            settings.isOn = try invocation.flag()
        },
        .simple(
            "send_timeout", in: .httpServerLocation, .exactly(1), syntax: "time", default: "60s",
            summary: "Gives up on clients that read nothing."
        ) { $0.timeout = try $1.time(0) },
        .simple(
            "client_max_body_size", in: .httpServerLocation, .exactly(1), syntax: "size",
            default: "1m", summary: "Refuses larger requests."
        ) { $0.size = try $1.size(0) },
        .values(
            "types", in: .httpServerLocation, .exactly(0), summary: "Maps extensions to types."
        ) { settings, invocation in
            for row in invocation.children { settings.types.append(row.name.text) }
        },
        .ignored("tcp_nopush", in: .httpServerLocation, .flag, why: "it is always on"),
    ]

    static let placeTable = DirectiveTable<Place>(settingsRows.map { $0.on(\.settings) })

    static let siteTable = DirectiveTable<Site>(
        settingsRows.map { $0.on(\.settings) } + [
            .block(
                "location", in: [.server, .location], .between(1, 2), syntax: "[modifier] path",
                summary: "Configures a part of the site."
            ) { site, invocation in
                var place = Place(settings: site.settings)
                invocation.applyChildren(placeTable, in: .location, to: &place)
                site.places[invocation.text(0)] = place.settings
            },
            .simple(
                "set", in: [.server], .exactly(2), syntax: "$variable value", repeats: true,
                summary: "Sets a variable."
            ) { $0.log.append("\($1.position) \($1.text(0))") },
            .simple(
                "index", in: [.server], .atLeast(1), syntax: "file ...", summary: "Names files."
            ) { site, invocation in
                site.log.append("index \(invocation.arguments.count)")
                if invocation.argument(0, is: "/") {
                    invocation.warn(at: 0, "an absolute index is unusual", help: "name a file")
                }
            },
            .simple("listen", in: [.server], .atLeast(1), repeats: true, summary: "Listens.") {
                _, invocation in
                _ = try invocation.integer(0, in: 1...65_535)
            },
            .simple("server_name", in: [.server], .atLeast(1), summary: "Names.") { _, _ in },
        ])

    static let catalog = DirectiveCatalog(sections: [
        DirectiveSection("Site", siteTable.descriptions),
        DirectiveSection(
            "Elsewhere",
            DirectiveTable<Site>([
                .simple("keepalive", in: [.upstream], .exactly(1), summary: "Keeps.") { _, _ in }
            ]).descriptions),
    ])

    /// Reads a text as the inside of a server block.
    static func load(_ text: String) -> (site: Site, diagnostics: Diagnostics) {
        let parser = ConfigurationParser(reader: FileReader(files: []))
        let parsed = parser.parse(text: text, name: "site.conf")
        var diagnostics = parsed.diagnostics
        diagnostics.catalog = catalog
        var site = Site()
        siteTable.apply(parsed.statements, in: .server, to: &site, &diagnostics)
        return (site, diagnostics)
    }
}
