// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The page about the directives says what the rows say.

import Configuration
import Memory
import OS
import Testing

@testable import Server

@Suite struct SiteDirectiveReferenceTests {
    /// docs/directives.md of the package that this file belongs to.
    private var path: String {
        let parts = #filePath.split(separator: "/").dropLast(4)
        return "/" + parts.joined(separator: "/") + "/docs/directives.md"
    }

    @Test func `the page is not stale; make docs writes it anew`() throws {
        let page = SiteLoader.catalog.reference()
        if Process.environmentValue("BERANDA_WRITE_REFERENCE") != nil {
            try FileSystem.replaceFile(path, content: Array(page.utf8).span)
        }
        let written = String(decoding: try FileSystem.open(path).readAll(), as: UTF8.self)
        #expect(written == page)
    }

    @Test func `no directive is said to do something and to do nothing`() {
        var reasons: [String: Bool] = [:]
        for row in SiteLoader.catalog.sections.flatMap(\.rows) {
            let isIgnored = row.ignoredBecause != nil
            #expect(reasons[row.name, default: isIgnored] == isIgnored, "\(row.name)")
            reasons[row.name] = isIgnored
        }
    }

    @Test func `sentences end with a full stop, reasons do not`() {
        for row in SiteLoader.catalog.sections.flatMap(\.rows) {
            #expect(row.summary.hasSuffix(".") == (row.ignoredBecause == nil), "\(row.name)")
        }
    }
}
