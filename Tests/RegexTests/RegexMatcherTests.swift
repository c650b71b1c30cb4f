// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Matching: results, captures, limits.

import Testing

@testable import Regex

@Suite struct RegexMatcherTests {
    @Test(arguments: [
        ("\\.php$", "/index.php", false, true),
        ("\\.php$", "/index.PHP", false, false),
        ("\\.php$", "/index.PHP", true, true),
        ("/\\.(?!well-known)", "/.git/config", false, true),
        ("/\\.(?!well-known)", "/.well-known/acme-challenge/x", false, false),
        ("^/caf\u{E9}$", "/caf\u{E9}", false, true),
        ("^$", "", false, true),
        ("x", "", false, false),
    ])
    func `patterns match as in nginx`(pattern: String, subject: String, caseless: Bool, fits: Bool)
        throws
    {
        let regex = try Regex(pattern: Array(pattern.utf8), caseless: caseless)
        var matcher = RegexMatcher()
        #expect(matcher.match(regex, Array(subject.utf8).span) == (fits ? .matched : .noMatch))
    }

    @Test func `captures are ranges of the subject`() throws {
        let regex = try Regex(pattern: Array("^/(a)?(b+)/(.*)$".utf8))
        var matcher = RegexMatcher()
        #expect(matcher.match(regex, Array("/bb/".utf8).span) == .matched)
        #expect(matcher.capture(0) == 0..<4)
        #expect(matcher.capture(1) == nil)
        #expect(matcher.capture(2) == 1..<3)
        #expect(matcher.capture(3) == 4..<4)
        #expect(matcher.capture(4) == nil)
        #expect(matcher.capture(-1) == nil)
        #expect(matcher.match(regex, Array("/c".utf8).span) == .noMatch)
        #expect(matcher.capture(0) == nil)
    }

    @Test func `a group that ends the pattern unmatched is no capture`() throws {
        let regex = try Regex(pattern: Array("(a)|(b)".utf8))
        var matcher = RegexMatcher()
        #expect(matcher.match(regex, Array("b".utf8).span) == .matched)
        #expect(matcher.match(regex, Array("a".utf8).span) == .matched)
        #expect(matcher.capture(1) == 0..<1)
        #expect(matcher.capture(2) == nil)
    }

    @Test func `many groups get room`() throws {
        let regex = try Regex(pattern: Array(String(repeating: "(.)", count: 40).utf8))
        var matcher = RegexMatcher()
        let subject = [UInt8](repeating: 0x61, count: 50)
        #expect(matcher.match(regex, subject.span) == .matched)
        #expect(matcher.capture(40) == 39..<40)
    }

    @Test(arguments: ["(a+)+$", "^(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(*NO_JIT)(a+)+$"])
    func `a catastrophic pattern is given up`(pattern: String) throws {
        let regex = try Regex(pattern: Array(pattern.utf8))
        var matcher = RegexMatcher()
        let subject = [UInt8](repeating: 0x61, count: 200) + [0x21]
        let clock = ContinuousClock()
        let time = clock.measure {
            let result = matcher.match(regex, subject.span)
            #expect(result == .limit)
        }
        #expect(time < .milliseconds(500))
        let ordinary = try Regex(pattern: Array("a!$".utf8))
        #expect(matcher.match(ordinary, subject.span) == .matched)
    }

    @Test func `bytes that are no text are matched as bytes`() throws {
        let regex = try Regex(pattern: Array("^.\\xff.$".utf8))
        var matcher = RegexMatcher()
        #expect(matcher.match(regex, [0x00, 0xFF, 0xFE].span) == .matched)
    }

    @Test func `one pattern serves several matchers`() throws {
        let regex = try Regex(pattern: Array("(b+)".utf8))
        var one = RegexMatcher()
        var other = RegexMatcher()
        #expect(one.match(regex, Array("abb".utf8).span) == .matched)
        #expect(other.match(regex, Array("b".utf8).span) == .matched)
        #expect(one.capture(1) == 1..<3)
        #expect(other.capture(1) == 0..<1)
    }
}
