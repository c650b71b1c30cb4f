// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The command line of `beranda explain`.

import Testing

@testable import Command

@Suite struct ExplainOptionsTests {
    private func parse(_ words: String...) throws -> ExplainOptions {
        try #require(try ExplainOptions.parse(["explain"] + words))
    }

    @Test func `other words ask for something else`() throws {
        #expect(try ExplainOptions.parse(["dist"]) == nil)
        #expect(try ExplainOptions.parse([]) == nil)
    }

    @Test func `everything can be said`() throws {
        let options = try parse(
            "post", "http://a.b:81/c?d", "-H", "E: f", "--header=G:h", "--json", "-c", "x.conf",
            "--from", "192.0.2.1")
        #expect(options.method == "POST")
        #expect(options.url?.host == "a.b")
        #expect(options.url?.port == 81)
        #expect(options.url?.target == "/c?d")
        #expect(options.fields == ["E: f", "G:h"])
        #expect(options.isForPrograms)
        #expect(options.options.configurationPath == "x.conf")
        #expect(options.clientAddress == "192.0.2.1")
    }

    @Test func `the method may be left out`() throws {
        #expect(try parse("/a").method == "GET")
        #expect(try parse("/a").url?.target == "/a")
    }

    @Test(
        arguments: [
            ("http://a", "a", nil, "/"), ("http://a?b=c", "a", nil, "/?b=c"),
            ("https://a:444/#top", "a", 444, "/"), ("//a/b", "a", nil, "/b"),
            ("a.b/c", "a.b", nil, "/c"), ("a:80", "a", 80, "/"),
            ("http://[::1]:8080/x", "[::1]", 8080, "/x"), ("http://[::1]/x", "[::1]", nil, "/x"),
            ("/x?y#z", nil, nil, "/x?y"),
        ] as [(String, String?, UInt16?, String)])
    func `addresses are taken apart`(
        _ text: String, _ host: String?, _ port: UInt16?, _ target: String
    ) throws {
        let url = try ExplainedURL(text)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.target == target)
    }

    @Test(arguments: ["", "ftp://a", "http://", "http://a:x/", "http://a:0", "/a b", "/a\nb"])
    func `what is no address is refused`(_ text: String) {
        #expect(throws: OptionError.self) { try ExplainedURL(text) }
    }

    @Test(arguments: [["-H", "x"], ["-H", ":x"], ["-H", "a: b\r\nc: d"]])
    func `what is no field is refused`(_ words: [String]) {
        #expect(throws: OptionError.self) {
            try ExplainOptions.parse(["explain", "/"] + words)
        }
    }

    @Test func `an address is needed, and nothing beside it`() {
        #expect(throws: OptionError.self) { try ExplainOptions.parse(["explain"]) }
        #expect(throws: OptionError.self) {
            try ExplainOptions.parse(["explain", "GET", "/a", "/b"])
        }
    }
}
