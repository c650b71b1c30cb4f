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
    /// A page of the package that this file belongs to.
    private func path(of name: String) -> String {
        let parts = #filePath.split(separator: "/").dropLast(4)
        return "/" + parts.joined(separator: "/") + "/docs/" + name
    }

    @Test(arguments: ["directives.md", "nginx.md"])
    func `the page is not stale; make docs writes it anew`(_ name: String) throws {
        let path = path(of: name)
        let page =
            name == "nginx.md" ? SiteLoader.nginxReference : SiteLoader.catalog.reference()
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

    @Test func `the page about nginx knows what works, what does nothing, and what is refused`() {
        let page = SiteLoader.nginxReference
        #expect(page.contains("- Works: `autoindex`, `autoindex_exact_size`"))
        #expect(page.contains("- Accepted without effect ("))
        #expect(page.contains("- Refused (there is no FastCGI here; "))
        #expect(page.contains("`$arg_…`"))
        #expect(page.contains("### ngx_http_rewrite_module"))
        #expect(page.contains("### ngx_stream_ssl_preread_module\n\n- Works: `ssl_preread`\n"))
        #expect(page.contains("### ngx_stream_realip_module\n\n- Works: `set_real_ip_from`\n"))
    }

    @Test func `every name of nginx's modules is known to the messages as well`() {
        for name in NginxModules.ofDirectives.flatMap(\.names) where name != "include" {
            let found = load("http { server { listen 80; \(name) a; } }").findings
            #expect(!found.contains { $0.contains("unknown directive") }, "\(name)")
        }
    }
}
