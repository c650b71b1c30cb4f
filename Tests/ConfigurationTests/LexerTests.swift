// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The lexer, word by word.

import Testing

@testable import Configuration

/// The tokens of a text in short form: words as they are, quoted ones in brackets.
private func tokens(
    _ text: String, _ environment: [String: String] = [:], limits: ParsingLimits = .standard
) -> (tokens: [String], messages: [String]) {
    var diagnostics = Diagnostics()
    var lexer = Lexer(
        file: 0, bytes: Array(text.utf8), environment: environment, limits: limits)
    var found: [String] = []
    while true {
        switch lexer.next(&diagnostics) {
        case .word(let word): found.append(word.isQuoted ? "[\(word.text)]" : word.text)
        case .semicolon: found.append(";")
        case .open: found.append("{")
        case .close: found.append("}")
        case .end: return (found, diagnostics.list.map { $0.message })
        }
    }
}

private func words(_ text: String, _ environment: [String: String] = [:]) -> [Word] {
    var diagnostics = Diagnostics()
    var lexer = Lexer(file: 0, bytes: Array(text.utf8), environment: environment)
    var found: [Word] = []
    while true {
        switch lexer.next(&diagnostics) {
        case .word(let word): found.append(word)
        case .end: return found
        case .semicolon, .open, .close: break
        }
    }
}

@Suite struct LexerTests {
    @Test(arguments: [
        ("listen 80;", ["listen", "80", ";"]),
        ("a{b;}c;", ["a", "{", "b", ";", "}", "c", ";"]),
        ("location /x{", ["location", "/x", "{"]),
        ("a\tb\r\nc\n;", ["a", "b", "c", ";"]),
        ("# all of it\na; # rest }\nb;", ["a", ";", "b", ";"]),
        ("a b#c;", ["a", "b#c", ";"]),
        ("a b}c;", ["a", "b}c", ";"]),
        ("a 'b c' \"d;e\";", ["a", "[b c]", "[d;e]", ";"]),
        ("a '';", ["a", "[]", ";"]),
        ("a b'c d'e;", ["a", "b'c", "d'e", ";"]),
        ("a \"b\\\"c\" 'd\\'e';", ["a", "[b\"c]", "[d'e]", ";"]),
        ("a \"it's\" 'say \"x\"';", ["a", "[it's]", "[say \"x\"]", ";"]),
        ("a \\t\\r\\n|\\\\|\\;", ["a", "\t\r\n|\\|\\;"]),
        ("a \\.php$ \\d \\$x;", ["a", "\\.php$", "\\d", "\\$x", ";"]),
        ("a b\\ c;", ["a", "b\\ c", ";"]),
        ("a ${name}x $name{", ["a", "${name}x", "$name", "{"]),
        ("a x${b}{", ["a", "x${b}", "{"]),
        ("if ($a = \"b\") {", ["if", "($a", "=", "[b]", ")", "{"]),
        ("\u{FEFF}a;", ["a", ";"]),
        ("a;\u{0} b;", ["a", ";", ""]),
        ("", []),
        (" \n# nothing", []),
        ("a\\", ["a\\"]),
        ("a \"b\nc\";", ["a", "[b\nc]", ";"]),
    ])
    func `words are cut as nginx cuts them`(text: String, expected: [String]) {
        #expect(tokens(text).tokens == expected)
    }

    @Test(arguments: [
        ("a \"b\"c;", ["unexpected \"c\""]),
        ("a 'b''c';", ["unexpected \"'\""]),
        ("a \"b\"};", ["unexpected \"}\""]),
        ("a \"b\";", []),
        ("a 'b;", ["unexpected end of file"]),
        ("a \u{0} b;", ["unexpected byte 0x00"]),
        ("a '\u{0}", ["unexpected byte 0x00"]),
        ("a ${HOME};", ["environment variable HOME is not set"]),
    ])
    func `flaws are reported`(text: String, messages: [String]) {
        #expect(tokens(text).messages == messages)
    }

    @Test(arguments: [
        ("a ${X};", ["a", "v w", ";"]),
        ("a b${X}c;", ["a", "bv wc", ";"]),
        ("a \"${X}\";", ["a", "[v w]", ";"]),
        ("a ${EVIL};", ["a", "x; } evil {\n# \"'", ";"]),
        ("a ${NONE:-80};", ["a", "80", ";"]),
        ("a ${NONE:-};", ["a", "", ";"]),
        ("a ${NONE:-b c};", ["a", "b c", ";"]),
        ("a ${EMPTY:-b};", ["a", "b", ";"]),
        ("a ${EMPTY};", ["a", "", ";"]),
        ("a ${X:-b};", ["a", "v w", ";"]),
        ("a $X ${x} ${X1y};", ["a", "$X", "${x}", "${X1y}", ";"]),
        ("a ${1X} ${};", ["a", "${1X}", "${}", ";"]),
        ("a \\${X};", ["a", "\\$", "{", "X}", ";"]),
        ("# ${NONE}\na;", ["a", ";"]),
        ("a ${X", ["a", "${X"]),
        ("${X} ${X};", ["v w", "v w", ";"]),
    ])
    func `the environment fills upper case names`(text: String, expected: [String]) {
        let environment = ["X": "v w", "EVIL": "x; } evil {\n# \"'", "EMPTY": ""]
        let found = tokens(text, environment)
        #expect(found.tokens == expected)
        #expect(found.messages.isEmpty)
    }

    @Test func `text from the environment is marked`() {
        let found = words("a x${P}y${P} b;", ["P": "$1"])
        #expect(found[1].text == "x$1y$1")
        #expect(found[1].environmentRanges == [1..<3, 4..<6])
        #expect(found[0].environmentRanges.isEmpty)
    }

    @Test func `places are lines and columns from one`() {
        let found = words("a 'b'\n  cd ${X} e", ["X": "long value"])
        #expect(found.map { $0.location.line } == [1, 1, 2, 2, 2])
        #expect(found.map { $0.location.column } == [1, 3, 3, 6, 11])
        #expect(found.map { $0.location.length } == [1, 3, 2, 4, 1])
    }

    @Test func `a word without an end is given up`() {
        let text = "a '" + String(repeating: "x", count: 1 << 20) + "';b;"
        let found = tokens(text)
        #expect(found.tokens == ["a"])
        #expect(found.messages == ["too long parameter"])
    }

    @Test func `a flood of unclosed references ends soon`() {
        let text = String(repeating: "${A:-", count: 200_000)
        let time = ContinuousClock().measure {
            #expect(tokens(text).messages == ["too long parameter"])
        }
        #expect(time < .seconds(10))
    }
}
