// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Contents that become another character set, wherever their pieces are cut.

import Memory
import Testing

@testable import Server

@Suite struct CharsetConverterTests {
    private static let koi = [
        UInt8(0xC0): "ю", UInt8(0xC1): "а", UInt8(0x94): "€", UInt8(0x95): "߿",
    ]

    private static var koiMap: CharsetMap {
        var map = CharsetMap(bytes("koi8-r"), bytes("UTF-8"))
        for (byte, character) in koi {
            let isInserted = map.insert(byte, as: bytes(character))
            #expect(isInserted)
        }
        return map
    }

    private static func convert(
        _ input: [UInt8], _ map: CharsetMap, isForward: Bool, cutEvery size: Int
    ) -> [UInt8] {
        var converter = CharsetConverter(
            CharsetMap.Direction(map: 0, isForward: isForward, changesLength: true))
        var output = Buffer(capacity: 16)
        for start in stride(from: 0, to: input.count, by: size) {
            let piece = Array(input[start..<min(start + size, input.count)])
            converter.convert(piece.span, by: map, into: &output)
        }
        converter.finish(into: &output)
        return output.copied()
    }

    @Test(arguments: [1, 2, 3, 4, 100])
    func `UTF-8 becomes bytes wherever it is cut`(_ size: Int) {
        let cases: [([UInt8], [UInt8])] = [
            (bytes("abc"), bytes("abc")), (bytes("юа"), [0xC0, 0xC1]),
            (bytes("<€ 1>"), bytes("<") + [0x94] + bytes(" 1>")), (bytes("߿"), [0x95]),
            (bytes("ж"), bytes("&#1078;")), (bytes("😀!"), bytes("&#128512;!")),
            ([0x80, 0x41], bytes("?A")), ([0xD1, 0x41], bytes("?A")),
            ([0xD1, 0xD1, 0x8E], bytes("?") + [0xC0]), ([0xC1, 0x81], bytes("??")),
            ([0xE0, 0x80, 0x80], bytes("?")), ([0xF4, 0xBF, 0xBF, 0xBF], bytes("?")),
            ([0xFF], bytes("?")), ([0x41, 0xE2, 0x82], bytes("A?")), ([], []),
        ]
        for (input, expected) in cases {
            let output = Self.convert(input, Self.koiMap, isForward: false, cutEvery: size)
            #expect(output == expected, "\(input)")
        }
    }

    @Test func `bytes become UTF-8, and unknown ones a question mark`() {
        let output = Self.convert(
            [0x41, 0xC0, 0x94, 0xFF], Self.koiMap, isForward: true, cutEvery: 2)
        #expect(output == bytes("Aю€?"))
    }

    @Test func `bytes become bytes in both directions`() {
        var map = CharsetMap(bytes("a"), bytes("b"))
        for (byte, other) in [(0x58, 0x59), (0xC0, 0xFE)] as [(UInt8, UInt8)] {
            let isInserted = map.insert(byte, as: [other])
            #expect(isInserted)
        }
        let there = Self.convert([0x58, 0x5A, 0xC0, 0xC1], map, isForward: true, cutEvery: 9)
        #expect(there == [0x59, 0x5A, 0xFE, 0x3F])
        let back = Self.convert([0x59, 0xFE, 0xFF], map, isForward: false, cutEvery: 1)
        #expect(back == [0x58, 0xC0, 0x3F])
    }

    @Test(
        arguments: [
            ("text/html", 9, nil), ("text/html; charset=koi8-r", 9, Extent(19, 25)),
            ("text/html;charset=\"x\"", 9, Extent(19, 20)),
            ("text/html; a=b; CHARSET=x", 14, Extent(24, 25)),
            ("text/html; charset=", 9, nil), ("text/html;", 10, nil), ("a; b", 4, nil),
            ("text/html; charset=\"", 9, nil),
        ] as [(String, Int, Extent?)])
    func `a charset is found in a Content-Type`(
        _ text: String, _ typeEnd: Int, _ charset: Extent?
    ) {
        let value = ContentTypeValue(bytes(text).span, findsCharset: true)
        #expect(value.typeEnd == typeEnd)
        #expect(value.charset == charset)
    }
}
