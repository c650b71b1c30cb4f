// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Names that begin with a dot.

import Memory
import Testing

@testable import Server

@Suite struct DotfilesTests {
    @Test(arguments: [
        ("/.env", true), ("/a/.git/config", true), ("/.well-known/x", false),
        ("/.well-known/.env", true), ("/a/.well-known/x", true), ("/.well-known", false),
        ("/.well-knownx", true), ("/a.b/c.", false), ("/", false), ("/a/..b", true), ("", false),
    ])
    func `a hidden name anywhere hides a path`(_ path: String, _ isHidden: Bool) {
        #expect(Dotfiles.isHidden(Array(path.utf8).span) == isHidden)
    }

    @Test(arguments: [
        ("", "/.env", 200), ("dotfiles deny;", "/.env", 403), ("dotfiles ignore;", "/.env", 404),
        ("spa on;", "/.env", 404), ("spa on; dotfiles allow;", "/.env", 200),
        ("dotfiles ignore;", "/.git/", 404), ("dotfiles ignore;", "/%2eenv", 404),
        ("dotfiles ignore;", "/a.txt", 200), ("dotfiles ignore;", "/.well-known/none", 404),
        ("dotfiles ignore; try_files $uri /a.txt;", "/.env", 200),
    ])
    func `a location says what becomes of them`(
        _ text: String, _ target: String, _ status: Int
    ) throws {
        var bench = try Bench(
            "server { listen 127.0.0.1:8080; root DIR; \(text) }",
            files: [".env": "SECRET", "a.txt": "a", "index.html": "home"])
        let (slot, step) = try bench.begin(
            "GET \(target) HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n")
        #expect(step == .respond)
        #expect(bench.exchanges[slot].response.status == status)
        let content = String(decoding: bench.content(of: slot).bytes, as: UTF8.self)
        #expect((content == "SECRET") == (target == "/.env" && status == 200 && content != "a"))
    }
}
