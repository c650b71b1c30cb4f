// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Words, comparisons and hashes of bytes.

import Memory
import Testing

/// Expects what the macro cannot take apart itself: it copies operands, and spans must not escape.
private func check(_ condition: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(condition, sourceLocation: sourceLocation)
}

@Suite struct SpanTests {
    @Test func `words are little-endian at any offset`() {
        let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
        check(bytes.span.word(at: 0) == 0x0807_0605_0403_0201)
        check(bytes.span.word(at: 1) == 0x0908_0706_0504_0302)
        check(bytes.span.half(at: 5) == 0x0908_0706)
    }

    @Test(arguments: 0..<20)
    func `equality sees every byte`(count: Int) {
        let bytes = (0..<count).map { UInt8($0) }
        let same = bytes
        let areEqual = bytes.span.equals(same.span)
        #expect(areEqual)
        for i in 0..<count {
            var other = bytes
            other[i] ^= 0x80
            let isEqual = bytes.span.equals(other.span)
            #expect(!isEqual, "byte \(i) of \(count)")
        }
        let longer = bytes + [0]
        let isEqual = bytes.span.equals(longer.span)
        #expect(!isEqual)
    }

    @Test(arguments: [
        ("close", true), ("CLOSE", true), ("cLoSe", true), ("clos", false), ("closed", false),
        ("clo\u{17F}e", false), ("C|OSE", false),
    ])
    func `case is folded for ASCII letters only`(text: String, expected: Bool) {
        let bytes = Array(text.utf8)
        let other = Array("Close".utf8)
        check(bytes.span.equalsIgnoringCase("close") == expected)
        check(bytes.span.equalsIgnoringCase("CLOSE") == expected)
        check(bytes.span.equalsIgnoringCase(other.span) == expected)
    }

    @Test(arguments: [
        // The Kelvin sign, '@' and '`', '[' and '{': neighbours of the letters.
        ("chun\u{212A}ed", "chunked"), ("@", "`"), ("[", "{"), ("\u{1}", "!"),
    ])
    func `neighbours of the letters are not folded`(left: String, right: String) {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        let isEqual = left.span.equalsIgnoringCase(right.span)
        #expect(!isEqual)
    }

    @Test func `prefixes and suffixes`() {
        let bytes = Array("/index.html.gz".utf8)
        let long = Array("/index.html.gz.br".utf8)
        let suffix = Array(".gz".utf8)
        let prefix = Array("/index.ht".utf8)
        check(bytes.span.startsWith("/index"))
        check(bytes.span.startsWith(""))
        check(bytes.span.startsWith(prefix.span))
        check(!bytes.span.startsWith("index"))
        check(!bytes.span.startsWith(long.span))
        check(bytes.span.endsWith(suffix.span))
        check(!bytes.span.endsWith(prefix.span))
        check(bytes.span.equals("/index.html.gz"))
        check(!bytes.span.equals("/index.html"))
        check(bytes.span.firstOffset(of: UInt8(ascii: ".")) == 6)
        check(bytes.span.firstOffset(of: UInt8(ascii: "."), from: 7) == 11)
        check(bytes.span.firstOffset(of: 0) == nil)
    }

    @Test func `bytes are found at every place, and never beside it`() {
        for count in 0..<20 {
            for place in 0..<count {
                // Neighbours that differ by one bit, by a borrow and by the sign.
                for other: UInt8 in [0x0A ^ 1, 0x0B, 0x8A, 0x09, 0xFF, 0x00] {
                    var bytes = [UInt8](repeating: other, count: count)
                    check(bytes.span.firstOffset(of: 0x0A) == nil)
                    bytes[place] = 0x0A
                    check(bytes.span.firstOffset(of: 0x0A) == place)
                    check(bytes.span.firstOffset(of: 0x0A, from: place) == place)
                    check(bytes.span.firstOffset(of: 0x0A, from: place + 1) == nil)
                }
            }
        }
    }

    @Test func `hashes differ by content, length and seed`() {
        var seen: Set<UInt64> = []
        for count in 0..<64 {
            let zeros = [UInt8](repeating: 0, count: count)
            seen.insert(hash(zeros.span))
            for i in 0..<count {
                var bytes = zeros
                bytes[i] = 1
                seen.insert(hash(bytes.span))
            }
        }
        #expect(seen.count == 64 + 63 * 64 / 2)
        let bytes = Array("/index.html".utf8)
        check(hash(bytes.span) == hash(bytes.span))
        check(hash(bytes.span, seed: 1) != hash(bytes.span, seed: 2))
    }
}
