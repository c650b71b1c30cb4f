// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `early_hints`, and what an exchange makes of it.

import Memory
import Testing

@testable import Server

@Suite struct EarlyHintsTests {
    @Test(arguments: [
        ("early_hints auto;", true, 0), ("early_hints $arg_a 1;", false, 2),
        ("early_hints auto $arg_a;", true, 1), ("early_hints 1 auto;", false, 2),
        ("early_hints auto; early_hints 1;", true, 1), ("", true, 3), ("early_hints 0;", false, 1),
    ])
    func `a block says all of it`(_ written: String, _ isAutomatic: Bool, _ count: Int) throws {
        let text = "server { listen 80; early_hints auto 1 2 3; location /in { \(written) } }"
        let hints = try settings(of: text, location: "/in").hints
        #expect(hints.isAutomatic == isAutomatic)
        #expect(hints.conditions.elements.count == count)
    }

    @Test func `the word off is warned of`() {
        let loaded = load("server { listen 80; early_hints off; }")
        #expect(
            loaded.findings == [
                "[warn] \"off\" is a condition that always holds in test:1 | "
                    + "`early_hints 0;` ends what was inherited"
            ])
    }

    private static let page = "<script src=/a.js></script>"
    private static let line = "Link: </a.js>; rel=preload; as=script\r\n"
    private static let navigation = "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\n"

    @Test(arguments: [
        ("early_hints auto 1;", "GET", navigation, line, line),
        ("early_hints auto;", "GET", navigation, line, ""),
        ("early_hints auto 0 $arg_x;", "GET", navigation, line, ""),
        ("early_hints auto 1;", "GET", "", line, ""),
        ("early_hints auto 1;", "HEAD", navigation, line, ""),
        ("early_hints 1;", "GET", navigation, "", ""),
        ("", "GET", navigation, "", ""),
    ])
    func `a page is hinted at`(
        _ written: String, _ method: String, _ fields: String, _ link: String, _ hints: String
    ) throws {
        var bench = try Bench(
            "server { listen 127.0.0.1:8080; root DIR; \(written) }",
            files: ["page.html": Self.page])
        let (slot, step) = try bench.begin(
            "\(method) /page.html HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
        #expect(step == .respond)
        let (added, before) = (
            bench.exchanges[slot].response.fields.copied(),
            bench.exchanges[slot].response.hints.copied()
        )
        #expect(added == bytes(link))
        #expect(before == bytes(hints))
    }

    /// Larger than what is encoded while somebody waits, and than what is read then.
    private static let largePage = page + String(repeating: "<p>text</p>", count: 10_000)

    @Test(
        arguments: ["GET", "HEAD"], ["", "gzip on;", "charset utf-8;", "gzip on; charset $host;"])
    func `a page is hinted at in whatever form it goes out`(
        _ method: String, _ written: String
    ) throws {
        var bench = try Bench(
            "server { listen 80; root DIR; early_hints auto; \(written) }",
            files: ["page.html": Self.page, "large.html": Self.largePage])
        for name in ["page", "large"] {
            let (slot, step) = try bench.beginAndWait(
                "\(method) /\(name).html HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
            #expect(step == .respond)
            let line = String(
                decoding: bench.exchanges[slot].response.fields.copied(), as: UTF8.self)
            #expect(line.contains(Self.line))
        }
    }

    @Test(arguments: [
        ("/none", "asset_caching auto;", "Cache-Control: no-store\r\n"),
        ("/page.html", "asset_caching auto;", ""), ("/none", "", ""),
        ("/none", "asset_caching auto; expires 1h;", ""),
    ])
    func `nobody is to keep an error`(
        _ target: String, _ written: String, _ expected: String
    ) throws {
        var bench = try Bench(
            "server { listen 127.0.0.1:8080; root DIR; \(written) error_page 404 /page.html; }",
            files: ["page.html": Self.page])
        let (slot, _) = try bench.begin("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        let added = bench.exchanges[slot].response.fields.copied()
        #expect(added == bytes(expected))
    }
}
