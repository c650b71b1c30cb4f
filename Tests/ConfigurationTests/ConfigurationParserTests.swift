// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Statements, blocks, includes and their limits.

import Testing

@testable import Configuration

/// Statements in short form, one string for each.
private func shape(_ statements: [Statement]) -> [String] {
    statements.map { statement in
        let words = ([statement.name] + statement.arguments).map { $0.text }.joined(separator: " ")
        guard let block = statement.block else { return words + ";" }
        return words + " {" + shape(block).joined(separator: " ") + "}"
    }
}

private func parse(
    _ files: [String: String], main: String = "/etc/site.conf", globals: String? = nil,
    limits: ParsingLimits = .standard
) -> (shape: [String], messages: [String], parsed: ParsedConfiguration) {
    let sources = files.map { SourceFile(path: $0.key, bytes: Array($0.value.utf8)) }
    let parser = ConfigurationParser(reader: FileReader(files: sources), limits: limits)
    let parsed = parser.parse(path: main, globals: globals)
    let messages = parsed.diagnostics.list.map { parsed.diagnostics.oneLine($0) }
    return (shape(parsed.statements), messages, parsed)
}

private func parse(_ text: String) -> (shape: [String], messages: [String]) {
    let parsed = ConfigurationParser(reader: FileReader(files: [])).parse(text: text, name: "t")
    return (shape(parsed.statements), parsed.diagnostics.list.map { $0.message })
}

@Suite struct ConfigurationParserTests {
    @Test(arguments: [
        ("a b c;", ["a b c;"]),
        ("a { b; c { d 1; } } e;", ["a {b; c {d 1;}}", "e;"]),
        ("a {}", ["a {}"]),
        ("map $a $b { default 0; ~^x 1; }", ["map $a $b {default 0; ~^x 1;}"]),
        ("if ($a = b) { return 1; }", ["if ($a = b) {return 1;}"]),
        (
            "content_by_lua_block { if x then local t = {1; 2} end } a;",
            ["content_by_lua_block {}", "a;"]
        ),
    ])
    func `statements nest`(text: String, expected: [String]) {
        let found = parse(text)
        #expect(found.shape == expected)
        #expect(found.messages.isEmpty)
    }

    @Test(arguments: [
        (";", [], ["unexpected \";\""]),
        ("a;;b;", ["a;", "b;"], ["unexpected \";\""]),
        ("} a;", ["a;"], ["unexpected \"}\""]),
        ("{ a; } b;", ["b;"], ["unexpected \"{\""]),
        ("a { b } c;", ["a {b;}", "c;"], ["missing \";\" before \"}\""]),
        ("a { b;", ["a {b;}"], ["unexpected end of file, expecting \"}\""]),
        ("a { b { c;", ["a {b {c;}}"], ["unexpected end of file, expecting \"}\""]),
        ("a", ["a;"], ["missing \";\" before the end of the file"]),
        ("a { b", ["a {b;}"], ["missing \";\" before the end of the file"]),
        ("a 'b", [], ["unexpected end of file"]),
        ("a; content_by_lua_block { {", ["a;", "content_by_lua_block {}"], []),
    ])
    func `flaws are reported and stepped over`(
        text: String, expected: [String], messages: [String]
    ) {
        let found = parse(text)
        #expect(found.shape == expected)
        #expect(found.messages == messages)
    }

    @Test func `includes stand in for their files`() {
        let found = parse([
            "/etc/site.conf": "http { include conf.d/*.conf; include mime.types; z; }",
            "/etc/conf.d/b.conf": "b;",
            "/etc/conf.d/a.conf": "include mime.types; a;",
            "/etc/conf.d/.hidden.conf": "hidden;",
            "/etc/conf.d/c.txt": "c;",
            "/etc/mime.types": "types { t; }",
        ])
        #expect(found.shape == ["http {types {t;} a; b; types {t;} z;}"])
        #expect(found.messages.isEmpty)
    }

    @Test func `relative includes start from the main file`() {
        let found = parse([
            "/etc/site.conf": "include sub/a.conf;",
            "/etc/sub/a.conf": "include sub/b.conf;",
            "/etc/sub/b.conf": "b;",
        ])
        #expect(found.shape == ["b;"])
        #expect(
            found.parsed.sources.map { $0.path } == [
                "/etc/site.conf", "/etc/sub/a.conf", "/etc/sub/b.conf",
            ])
    }

    @Test func `a pattern may fit nothing and a path may not`() {
        let found = parse(["/etc/site.conf": "include none/*.conf;\ninclude none.conf;\na;"])
        #expect(found.shape == ["a;"])
        #expect(
            found.messages == [
                "[emerg] cannot read /etc/none.conf: No such file or directory in /etc/site.conf:2"
            ])
    }

    @Test func `a missing main file is named`() {
        let found = parse([:])
        #expect(found.messages == ["[emerg] cannot read /etc/site.conf: No such file or directory"])
    }

    @Test func `a file read twice is kept once`() {
        let found = parse(["/etc/site.conf": "include a; include ./a;", "/etc/a": "a;"])
        #expect(found.shape == ["a;", "a;"])
        #expect(found.parsed.sources.count == 2)
    }

    @Test func `files that include each other are told`() {
        let found = parse(["/etc/site.conf": "a; include b;", "/etc/b": "include site.conf; b;"])
        #expect(found.shape == ["a;", "b;"])
        #expect(found.messages == ["[emerg] /etc/site.conf includes itself in /etc/b:1"])
    }

    @Test func `includes have a depth and a number`() {
        var files = ["/etc/site.conf": "include f1;"]
        for i in 1...20 { files["/etc/f\(i)"] = "include f\(i + 1);" }
        let deep = parse(files)
        #expect(deep.messages == ["[emerg] includes are nested too deeply in /etc/f16:1"])

        var limits = ParsingLimits()
        limits.inclusionLimit = 100
        var wide = ["/etc/site.conf": "include f1; include f1;"]
        for i in 1...12 { wide["/etc/f\(i)"] = "include f\(i + 1); include f\(i + 1);" }
        wide["/etc/f13"] = "x;"
        let many = parse(wide, limits: limits)
        #expect(many.messages.allSatisfy { $0.contains("too many files are included") })
        #expect(!many.messages.isEmpty)
    }

    @Test func `an include takes one path`() {
        #expect(
            parse("include;").messages == ["invalid number of arguments in \"include\" directive"])
        #expect(
            parse("include a b;").messages == [
                "invalid number of arguments in \"include\" directive"
            ])
    }

    @Test func `a brace within an included file does not close a block around it`() {
        let found = parse(["/etc/site.conf": "http { include a; b; }", "/etc/a": "} a;"])
        #expect(found.shape == ["http {a; b;}"])
        #expect(found.messages == ["[emerg] unexpected \"}\" in /etc/a:1"])
    }

    @Test(arguments: [10_000, 300_000])
    func `ten thousand braces are a message`(count: Int) {
        let found = parse(String(repeating: "a{", count: count))
        #expect(found.messages == ["blocks are nested too deeply"])
        let bare = parse(String(repeating: "{", count: count))
        #expect(bare.messages.last == "blocks are nested too deeply")
        let closing = parse(String(repeating: "}", count: count))
        #expect(closing.messages.first == "unexpected \"}\"")
        #expect(closing.messages.count <= Diagnostics.keptLimit)
    }

    @Test func `a file that is too long is not read`() {
        var limits = ParsingLimits()
        limits.fileByteLimit = 3
        let found = parse(["/etc/site.conf": "a; b;"], limits: limits)
        #expect(found.messages == ["[emerg] cannot read /etc/site.conf: File too large"])
    }

    @Test(arguments: ["user x; daemon off;", "user x; daemon off", "user x; daemon off;  \n"])
    func `directives of the command line come first`(globals: String) {
        let found = parse(["/etc/site.conf": "a;"], globals: globals)
        #expect(found.shape == ["user x;", "daemon off;", "a;"])
        #expect(found.messages.isEmpty)
        #expect(found.parsed.sources.map { $0.isFile } == [false, true])
    }
}
