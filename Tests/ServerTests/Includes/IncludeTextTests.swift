// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Texts, expressions and targets in commands of pages.

import Memory
import Testing

@testable import Server

@Suite struct IncludeTextTests {
    @Test(arguments: [
        ("", ""), ("a b", "a b"), ("$a", "<a>"), ("x${Ab}c$d_1-", "x<ab>c<d_1>-"),
        ("\\$a\\\\\\\"\\'", "$a\\\"'"), ("a\\b", "a\\b"),
    ])
    func `variables and quoted signs are told apart`(_ text: String, _ expected: String) throws {
        let segments = try IncludeText(parsing: bytes(text)).segments.map { segment in
            switch segment {
            case .literal(let text): String(decoding: text, as: UTF8.self)
            case .variable(let name): "<" + String(decoding: name, as: UTF8.self) + ">"
            }
        }
        #expect(segments.joined() == expected)
    }

    @Test(arguments: [
        ("$", IncludeText.Flaw.invalidName), ("a$-", .invalidName), ("${}", .invalidName),
        ("${ab", .bracketMissing([97, 98])), ("${a-}", .bracketMissing([97])),
    ])
    func `what names no variable is a flaw`(_ text: String, _ flaw: IncludeText.Flaw) {
        #expect(throws: flaw) { try IncludeText(parsing: bytes(text)) }
    }

    @Test(arguments: [
        ("/a", "/a", nil), ("/a?b", "/a", "b"), ("/a?", "/a", ""), ("/%41%zz%4", "/A%zz%4", nil),
        ("/a%3fb?c", "/a?b", "c"), ("/a..b/..c", "/a..b/..c", nil),
    ])
    func `a target is a decoded path and a query`(
        _ text: String, _ path: String, _ arguments: String?
    ) throws {
        let target = try #require(IncludeTarget(parsing: bytes(text)))
        #expect(target.path == bytes(path))
        #expect(target.arguments == arguments.map(bytes))
    }

    @Test(arguments: ["", "?a", "/../a", "/a/..", "..", "/%2e%2e/a", "/a%00b", "/a/%2E./b"])
    func `a target that leads upwards is none`(_ text: String) {
        #expect(IncludeTarget(parsing: bytes(text)) == nil)
    }

    @Test(arguments: [
        ("$a", "$a", IncludeExpression.Test.isNotEmpty, false),
        ("$A = B", "$a", .equals([66]), false), ("$a != B", "$a", .equals([66]), true),
        ("$a=/b+/", "$a", .matches([98, 43]), false), ("a = \\/b", "a", .equals([47, 98]), false),
        ("", "", .isNotEmpty, false), ("$a = ", "$a", .equals([]), false),
    ])
    func `an expression has two sides`(
        _ text: String, _ left: String, _ test: IncludeExpression.Test, _ isNegated: Bool
    ) throws {
        let expression = try #require(IncludeExpression(parsing: bytes(text)))
        #expect(expression.left == bytes(left))
        #expect(expression.test == test)
        #expect(expression.isNegated == isNegated)
    }

    @Test(arguments: ["$a ! b", "$a < b", "$a = /b", "$a ~ b"])
    func `what is no expression is refused`(_ text: String) {
        #expect(IncludeExpression(parsing: bytes(text)) == nil)
    }

    @Test(arguments: [
        (IncludePage.Encoding.none, "<a b>&\"'%ü", "<a b>&\"'%ü"),
        (.entity, "<a b>&\"'", "&lt;a b&gt;&amp;&quot;'"),
        (.url, "<a b>#\"'%~-ü", "%3Ca%20b%3E%23%22%27%25~-%C3%BC"),
    ])
    func `values are written as is asked`(
        _ encoding: IncludePage.Encoding, _ value: String, _ expected: String
    ) {
        var text = Buffer(capacity: 0)
        encoding.append(bytes(value), to: &text)
        #expect(String(decoding: text.copied(), as: UTF8.self) == expected)
    }

    @Test func `what pages have in common is bounded`() {
        let store = IncludeStore()
        store.set(bytes("a"), to: bytes("1"))
        store.set(bytes("a"), to: bytes("2"))
        #expect(store.values == [bytes("a"): bytes("2")])
        for number in 0..<100 {
            store.set(bytes("v\(number)"), to: [UInt8](repeating: 120, count: 64 << 10))
        }
        #expect(store.values.count < 20)
        store.beginBlock(bytes("b"))
        store.appendToBlock([UInt8](repeating: 120, count: 2 << 20))
        #expect(store.block(bytes("b")) == [])
        #expect(store.block(bytes("c")) == nil)
    }
}
