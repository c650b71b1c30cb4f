// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The manual page made of rows.

import Testing

@testable import Configuration

@Suite struct DirectiveReferenceTests {
    private let catalog = DirectiveCatalog(sections: [
        DirectiveSection(
            "Compression",
            DirectiveTable<Int>([
                .simple("gzip", in: [.http], .flag, default: "off", summary: "Compresses.") {
                    _, _ in
                },
                .simple("gzip", in: [.server], .flag, default: "off", summary: "Compresses.") {
                    _, _ in
                },
                .ignored("gzip_buffers", in: [.http], .exactly(2), why: "buffers size themselves"),
            ]).descriptions),
        DirectiveSection(
            "Upstreams",
            DirectiveTable<Int>([
                .block(
                    "upstream", in: [.http], .exactly(1), syntax: "name", summary: "Names peers."
                ) { _, _ in },
                .simple(
                    "spa", in: [.location], .exactly(1), origin: .beranda, summary: "Serves an app."
                ) { _, _ in },
            ]).descriptions),
        DirectiveSection("Empty", []),
    ])

    @Test func `rows become a page`() {
        #expect(
            catalog.reference() == """
                # Directives

                Made from the rows of the directives in `Sources/`; `make docs` writes it anew.

                ## Compression

                ### `gzip`

                Compresses.

                - Syntax: `gzip on | off;`
                - Default: `gzip off;`
                - Context: http, server
                - From: nginx

                ## Upstreams

                ### `upstream`

                Names peers.

                - Syntax: `upstream name { … }`
                - Context: http
                - From: nginx

                ### `spa`

                Serves an app.

                - Syntax: `spa;`
                - Context: location
                - From: Beranda

                ## Accepted without effect

                `beranda -t` lists those that a configuration uses.

                | directive | why |
                | --- | --- |
                | `gzip_buffers` | buffers size themselves |

                """)
    }

    @Test func `the catalog knows where a directive may stand`() {
        #expect(catalog.contexts(of: "gzip") == [.http, .server])
        #expect(catalog.contexts(of: "gzipp") == nil)
    }
}
