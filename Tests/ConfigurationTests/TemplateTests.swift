// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Templates: text, variables and captures.

import Testing

@testable import Configuration

private func parse(_ text: String, _ ranges: [Range<Int>] = []) throws(Diagnostic) -> [String] {
    let bytes = Array(text.utf8)
    let location = SourceLocation(file: 0, line: 1, column: 10, length: bytes.count)
    let word = Word(bytes: bytes, location: location, environmentRanges: ranges)
    return try TemplateParser.parse(word).map { segment in
        switch segment {
        case .literal(let bytes): String(decoding: bytes, as: UTF8.self)
        case .variable(let name, _): "$" + String(decoding: name, as: UTF8.self)
        case .capture(let number): "#\(number)"
        }
    }
}

@Suite struct TemplateTests {
    @Test(arguments: [
        ("", []), ("plain", ["plain"]), ("$uri", ["$uri"]), ("a$uri/b", ["a", "$uri", "/b"]),
        ("${scheme}://$host", ["$scheme", "://", "$host"]), ("$1$2", ["#1", "#2"]),
        ("$10", ["#1", "0"]), ("${1}x", ["#1", "x"]), ("$a${b}c", ["$a", "$b", "c"]),
        ("$http_x_y-z", ["$http_x_y", "-z"]), ("\\$x", ["\\", "$x"]), ("$0", ["$0"]),
    ])
    func `words are cut at their variables`(text: String, expected: [String]) throws {
        #expect(try parse(text) == expected)
    }

    @Test(arguments: [
        ("$", "invalid variable name in \"$\"", 10, 1),
        ("a$", "invalid variable name in \"a$\"", 11, 1),
        ("$-", "invalid variable name in \"$-\"", 10, 1),
        ("${}", "invalid variable name in \"${}\"", 10, 3),
        ("x${abc", "the closing bracket in \"abc\" variable is missing", 11, 5),
        ("${a-b}", "the closing bracket in \"a\" variable is missing", 10, 3),
    ])
    func `flaws are told with their place`(text: String, message: String, column: Int, length: Int)
    {
        #expect {
            try parse(text)
        } throws: { error in
            guard let flaw = error as? Diagnostic else { return false }
            return flaw.message == message
                && flaw.location == SourceLocation(file: 0, line: 1, column: column, length: length)
        }
    }

    @Test func `text from the environment names no variable`() throws {
        #expect(try parse("a$b$c", [1..<3]) == ["a$b", "$c"])
        #expect(try parse("$ab", [2..<3]) == ["$a", "b"])
    }

    @Test func `variables know their place`() throws {
        let location = SourceLocation(file: 0, line: 4, column: 20, length: 9)
        let word = Word(bytes: Array("a$uri/b".utf8), isQuoted: true, location: location)
        let place = SourceLocation(file: 0, line: 4, column: 22, length: 4)
        #expect(
            try TemplateParser.parse(word) == [
                .literal([0x61]), .variable(name: Array("uri".utf8), location: place),
                .literal(Array("/b".utf8)),
            ])
    }
}
