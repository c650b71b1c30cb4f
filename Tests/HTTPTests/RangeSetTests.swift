// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Testing

@Suite struct RangeSetTests {
    private static let values: [(String, RangeSet)] = [
        ("bytes=0-8", .single(0..<9)), ("Bytes=0-8", .single(0..<9)),
        ("bytes=-10", .single(990..<1000)), ("bytes=990-", .single(990..<1000)),
        ("bytes=990-1990", .single(990..<1000)), ("bytes=0-", .single(0..<1000)),
        ("bytes= 0 - 8 ", .single(0..<9)), ("bytes=-5000", .single(0..<1000)),
        ("bytes=0-9, -10, 10-19", .multiple([0..<10, 990..<1000, 10..<20])),
        ("bytes=0-9, -10, 100000-, 10-19", .multiple([0..<10, 990..<1000, 10..<20])),
        ("bytes=0-9,100000-", .single(0..<10)), ("bytes=5000-,0-9", .single(0..<10)),
        ("bytes=0-9223372036854775806", .single(0..<1000)),
        ("bytes=0-9223372036854775807", .single(0..<1000)),
        // D01
        ("bytes=-0", .unsatisfiable), ("bytes=-99999999999999999999", .unsatisfiable),
        ("bytes=9223372036854775807-", .unsatisfiable),
        ("bytes=0-9223372036854775808", .unsatisfiable), ("bytes=5-2", .unsatisfiable),
        ("bytes=a-b", .unsatisfiable), ("bytes=alpha", .unsatisfiable),
        ("bytes=10-alpha", .unsatisfiable), ("bytes=10", .unsatisfiable),
        ("bytes=10-11 12-", .unsatisfiable), ("bytes=100000-", .unsatisfiable),
        ("bytes=-", .unsatisfiable), ("bytes=--1", .unsatisfiable), ("bytes=+1-2", .unsatisfiable),
        ("bytes=,", .unsatisfiable), ("bytes=0x1-2", .unsatisfiable),
        // What is no byte range, and D02.
        ("bytes=", .ignored), ("items=0-1", .ignored), ("", .ignored), ("bytes 0-1", .ignored),
        ("bytes=0-10001, 0-0", .ignored), ("bytes=0-,0-,0-", .ignored),
    ]

    @Test("Ranges of a thousand bytes are what nginx makes of them", arguments: values)
    func parses(value: String, expected: RangeSet) {
        #expect(RangeSet.parse(bytes(value).span, size: 1000) == expected)
    }

    @Test("1300 overlapping ranges cost no more than the whole")
    func manyRanges() {
        let value = "bytes=" + (0..<1300).map { "\($0)-" }.joined(separator: ",")
        #expect(RangeSet.parse(bytes(value).span, size: 2000) == .ignored)
    }

    @Test("More ranges than the limit are ignored")
    func limit() {
        func parse(_ value: String, _ limit: Int) -> RangeSet {
            RangeSet.parse(bytes(value).span, size: 1000, limit: limit)
        }
        #expect(parse("bytes=0-9, -10", 2) == .multiple([0..<10, 990..<1000]))
        #expect(parse("bytes=0-9, -10, 10000-", 2) == .multiple([0..<10, 990..<1000]))
        #expect(parse("bytes=0-9, -10, 10-19", 2) == .ignored)
        #expect(parse("bytes=0-9", 0) == .ignored)
    }

    @Test(
        "Nothing is the whole of nothing",
        arguments: [
            ("bytes=0-", RangeSet.ignored), ("bytes=-0", .ignored), ("bytes=0-5", .ignored),
            ("bytes=-5", .ignored), ("bytes=1-", .unsatisfiable), ("bytes=1-,0-", .ignored),
            ("bytes=a", .unsatisfiable),
        ])
    func empty(value: String, expected: RangeSet) {
        #expect(RangeSet.parse(bytes(value).span, size: 0) == expected)
    }

    @Test("Ranges that add up to more than can be counted are refused")
    func sums() {
        func parse(_ value: String) -> RangeSet {
            RangeSet.parse(bytes(value).span, size: .max)
        }
        #expect(parse("bytes=-1,1-1,1-") == .unsatisfiable)
        #expect(parse("bytes=0-,0-0") == .unsatisfiable)
        #expect(parse("bytes=0-") == .single(0..<Int.max))
    }

    @Test(
        "A list is read to its end, also behind what is too much",
        arguments: [
            ("bytes=0-,0-,x", RangeSet.unsatisfiable), ("bytes=0-,0-,-", .unsatisfiable),
            ("bytes=0-,0-,", .unsatisfiable), ("bytes=0-9,", .unsatisfiable),
            ("bytes=0-,0-,2000-", .ignored), ("bytes=0-9,,20-29", .unsatisfiable),
        ])
    func tail(value: String, expected: RangeSet) {
        #expect(RangeSet.parse(bytes(value).span, size: 1000) == expected)
    }
}
