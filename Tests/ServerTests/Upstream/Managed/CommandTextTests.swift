// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How a command that is written as one text is taken apart.

import Testing

@testable import Server

@Suite struct CommandTextTests {
    @Test(
        arguments: [
            ("node server.js", ["node", "server.js"]),
            ("  node\tserver.js  ", ["node", "server.js"]),
            ("node 'my server.js'", ["node", "my server.js"]),
            ("node \"my server.js\" x", ["node", "my server.js", "x"]),
            ("node a\\ b", ["node", "a b"]),
            ("node --title='it'\\''s'", ["node", "--title=it's"]),
            ("node ''", ["node", ""]),
            ("node '$PORT | cat'", ["node", "$PORT | cat"]),
        ])
    func `words, quotes and backslashes mean what they mean in a terminal`(
        text: String, words: [String]
    ) throws {
        #expect(try CommandText.words(of: text) == words)
    }

    @Test(
        arguments: [
            "vite --port $PORT", "cd api && node .", "node x | cat", "node > log", "node *.js",
            "node \"$HOME/x.js\"",
        ])
    func `what only a shell can do is left to one`(text: String) throws {
        #expect(try CommandText.words(of: text) == ["/bin/sh", "-c", text])
    }

    @Test(
        arguments: [
            ("", CommandText.Flaw.empty), ("   ", .empty), ("'' x", .empty),
            ("node 'x", .openQuote), ("node \"x", .openQuote),
        ])
    func `what is no command is refused`(text: String, flaw: CommandText.Flaw) {
        #expect(throws: flaw) { _ = try CommandText.words(of: text) }
    }
}
