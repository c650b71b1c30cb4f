// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Compiling patterns: groups, names, flaws.

import Testing

@testable import Regex

@Suite struct RegexTests {
    @Test func `groups are counted and named`() throws {
        let regex = try Regex(pattern: Array("^/(?<user>[a-z]+)/(\\d+)/(?<file>.*)$".utf8))
        #expect(regex.captureCount == 3)
        #expect(regex.names.map { $0.name } == ["file", "user"])
        #expect(regex.names.map { $0.index } == [3, 1])
    }

    @Test(arguments: [
        ("(abc", 4, "missing closing parenthesis"),
        ("a[z-a]", 4, "range out of order in character class"),
        ("*", 0, "quantifier does not follow a repeatable item"),
    ])
    func `a flaw is told with its place`(pattern: String, offset: Int, message: String) {
        #expect(throws: RegexError(offset: offset, message: message)) {
            try Regex(pattern: Array(pattern.utf8))
        }
    }

    @Test func `an empty pattern matches everything`() throws {
        let regex = try Regex(pattern: [])
        var matcher = RegexMatcher()
        #expect(matcher.match(regex, [UInt8]().span) == .matched)
        #expect(matcher.match(regex, Array("abc".utf8).span) == .matched)
    }
}
