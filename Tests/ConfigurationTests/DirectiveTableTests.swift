// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Applying rows to statements, with a small server of two scopes.

import Testing

@testable import Configuration

/// A scope as the features have it: settings that several kinds of blocks share.
private struct Settings: Sendable {
    var isOn = false
    var timeout = 0
    var types: [String] = []
}

private struct Site: Sendable {
    var settings = Settings()
    var locations: [(path: String, settings: Settings)] = []
    var log: [String] = []
}

private struct Place: Sendable {
    var settings = Settings()
}

private let settingsRows: [Directive<Settings>] = [
    .simple("gzip", in: .httpServerLocation, .flag, default: "off", summary: "Compresses.") {
        settings, invocation in
        settings.isOn = try invocation.flag()
    },
    .simple("send_timeout", in: .httpServerLocation, .exactly(1), syntax: "time", summary: "") {
        $0.timeout = try $1.time(0)
    },
    .values("types", in: .httpServerLocation, .exactly(0), summary: "Maps extensions.") {
        settings, invocation in
        for row in invocation.children { settings.types.append(row.name.text) }
    },
    .ignored("tcp_nopush", in: .httpServerLocation, .flag, why: "it is always right"),
]

private let placeTable = DirectiveTable<Place>(settingsRows.map { $0.on(\.settings) })

private let siteTable = DirectiveTable<Site>(
    settingsRows.map { $0.on(\.settings) } + [
        .block("location", in: [.server, .location], .between(1, 2), summary: "A location.") {
            site, invocation in
            var place = Place(settings: site.settings)
            invocation.applyChildren(placeTable, in: .location, to: &place)
            site.locations.append((invocation.text(0), place.settings))
        },
        .simple("set", in: [.server], .exactly(2), repeats: true, summary: "Sets.") {
            $0.log.append("\($1.position) \($1.text(0))")
        },
        .simple("index", in: [.server], .atLeast(1), summary: "Index.") { _, _ in },
    ])

private func load(_ text: String) -> (site: Site, diagnostics: Diagnostics) {
    let parser = ConfigurationParser(reader: FileReader(files: []))
    let parsed = parser.parse(text: text, name: "site.conf")
    var diagnostics = parsed.diagnostics
    diagnostics.catalog = DirectiveCatalog(sections: [
        DirectiveSection("Site", siteTable.descriptions),
        DirectiveSection("Place", placeTable.descriptions),
    ])
    var site = Site()
    siteTable.apply(parsed.statements, in: .server, to: &site, &diagnostics)
    return (site, diagnostics)
}

@Suite struct DirectiveTableTests {
    @Test func `blocks inherit what stands behind them`() {
        let (site, diagnostics) = load(
            """
            location / { send_timeout 5s; }
            gzip on;
            types { text/html html; text/css css; }
            """)
        #expect(diagnostics.list.isEmpty)
        #expect(site.locations.map { $0.path } == ["/"])
        #expect(site.locations[0].settings.isOn)
        #expect(site.locations[0].settings.timeout == 5000)
        #expect(site.locations[0].settings.types == ["text/html", "text/css"])
    }

    @Test func `ignored directives are listed once`() {
        let (_, diagnostics) = load("tcp_nopush on; location / { tcp_nopush off; }")
        #expect(diagnostics.list.isEmpty)
        #expect(
            diagnostics.ignored == [
                IgnoredDirective(name: "tcp_nopush", why: "it is always right")
            ])
    }

    @Test func `positions count the statements of a block`() {
        let (site, _) = load("set $a 1; gzip on; set $b 2;")
        #expect(site.log == ["0 $a", "2 $b"])
    }
}
