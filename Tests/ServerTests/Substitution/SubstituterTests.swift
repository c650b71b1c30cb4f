// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Texts that are replaced, wherever the pieces of the content are cut.

import Memory
import Testing

@testable import Server

@Suite struct SubstituterTests {
    private typealias Pair = (search: String, replacement: String)

    private static func substituter(_ pairs: [Pair], once: Bool) -> Substituter {
        Substituter(
            SearchTable(pairs.map { Array($0.search.utf8) }),
            Substituter.Replacements(pairs.map { Array($0.replacement.utf8) }), once: once)
    }

    /// Writes the input in pieces that end at these places.
    private static func replace(
        _ input: [UInt8], _ pairs: [Pair], once: Bool = false, cuts: [Int] = [], limit: Int = 1000
    ) -> String {
        var substituter = substituter(pairs, once: once)
        var output = Buffer(capacity: 16)
        var start = 0
        for end in cuts + [input.count] {
            substituter.write(
                input.span.extracting(start..<end), into: &output, limit: limit)
            while substituter.hasBacklog { substituter.proceed(into: &output, limit: limit) }
            start = end
        }
        substituter.finish(into: &output, limit: limit)
        while substituter.hasBacklog { substituter.proceed(into: &output, limit: limit) }
        return String(decoding: output.copied(), as: UTF8.self)
    }

    private static let cases: [(input: String, pairs: [(String, String)], result: String)] = [
        ("foofoo", [("foo", "bar")], "barbar"), ("foofo", [("foo", "bar")], "barfo"),
        ("FoO", [("fOo", "bar")], "bar"), ("aaab", [("aab", "+")], "a+"),
        ("ababac", [("abac", "+")], "ab+"), ("abababX", [("ababX", "+")], "ab+"),
        ("aabbaaabbaabb", [("aabb", "+"), ("aaabb", "-")], "+-+"),
        ("aadbbaacbb", [("aacbb", "+"), ("aadbb", "-")], "-+"),
        ("abyzAabpattternyz", [("abyz", "+"), ("abpattternyz", "-")], "+A-"),
        ("abcd abce", [("abcd", "1"), ("abc", "2")], "1 2e"),
        ("abcabd", [("abcabe", "1"), ("bc", "2"), ("ab", "3")], "3c3d"),
        ("ends with abc", [("abcd", "1"), ("abc", "2")], "ends with 2"),
        ("xax", [("x", "")], "a"), ("aa", [("a", "aa")], "aaaa"), ("", [("a", "b")], ""),
        ("aaaaaa", [("aaab", "1"), ("aa", "2")], "222"),
    ]

    @Test(arguments: cases)
    func `the result is the same wherever the content is cut`(
        _ input: String, _ pairs: [(String, String)], _ result: String
    ) {
        let input = Array(input.utf8)
        let pairs = pairs.map { Pair(search: $0.0, replacement: $0.1) }
        #expect(Self.replace(input, pairs) == result)
        #expect(Self.replace(input, pairs, cuts: Array(0..<input.count)) == result)
        for first in 0...input.count {
            for second in first...input.count {
                #expect(
                    Self.replace(input, pairs, cuts: [first, second], limit: 1) == result,
                    "cut at \(first) and \(second)")
            }
        }
    }

    @Test(arguments: [
        ("aabyyzaab", "+-aab"), ("yzyyzaabyyz", "yz-+yyz"), ("yyzyyzaabaabyyz", "-yyz+aabyyz"),
        ("aab", "+"), ("aaba", "+a"), ("aabyyzaa", "+-aa"),
    ])
    func `each text is replaced once`(_ input: String, _ result: String) {
        let pairs: [Pair] = [("aab", "+"), ("yyz", "-")]
        let input = Array(input.utf8)
        for cut in 0...input.count {
            #expect(Self.replace(input, pairs, once: true, cuts: [cut], limit: 1) == result)
        }
    }

    @Test func `it does what looking at each place in turn would do`() {
        var seed: UInt64 = 88_172_645_463_325_252
        func random(_ limit: Int) -> Int {
            seed ^= seed << 13
            seed ^= seed >> 7
            seed ^= seed << 17
            return Int(seed % UInt64(limit))
        }
        func text(_ count: Int) -> String {
            (0..<count).map { _ in ["a", "b", "C"][random(3)] }.joined()
        }
        for _ in 0..<500 {
            let pairs: [Pair] = (0...random(4)).map { ("\(text(1 + random(4)))", "<\($0)>") }
            let input = text(random(40))
            let cuts = [random(input.utf8.count + 1), random(input.utf8.count + 1)].sorted()
            for once in [true, false] {
                let result = Self.replace(
                    Array(input.utf8), pairs, once: once, cuts: cuts, limit: 1 + random(20))
                #expect(result == Self.naive(input, pairs, once: once), "\(input) \(pairs)")
            }
        }
    }

    private static func naive(_ input: String, _ pairs: [Pair], once: Bool) -> String {
        var rest = input[...]
        var result = ""
        var left = pairs
        while let first = rest.first {
            let match = left.firstIndex { rest.lowercased().hasPrefix($0.search.lowercased()) }
            if let match {
                result += left[match].replacement
                rest = rest.dropFirst(left[match].search.count)
                if once { left.remove(at: match) }
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    @Test func `what cannot begin a text comes out at once`() {
        var substituter = Self.substituter([("foobar", "x")], once: false)
        var output = Buffer(capacity: 16)
        substituter.write(Array("a foox foob".utf8).span, into: &output, limit: 1000)
        #expect(output.copied() == bytes("a foox "))
        substituter.write(Array("z".utf8).span, into: &output, limit: 1000)
        #expect(output.copied() == bytes("a foox foobz"))
    }

    @Test func `much that comes out of little waits`() {
        let long = String(repeating: "x", count: 1000)
        var substituter = Self.substituter([("a", long)], once: false)
        var output = Buffer(capacity: 16)
        substituter.write([UInt8](repeating: 0x61, count: 100).span, into: &output, limit: 2500)
        #expect(output.count == 3000)
        var rounds = 1
        while substituter.hasBacklog {
            substituter.proceed(into: &output, limit: 2500)
            rounds += 1
        }
        #expect(output.count == 100_000)
        #expect(rounds == 34)
    }
}
