// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Whole contents and pieces, all codings, at the ends of their levels.

import Compression
import Decoders
import Memory
import Testing

@Suite struct EncoderTests {
    static let contents: [[UInt8]] = [
        [],
        [0],
        Array("hello, hello, hello".utf8),
        Array(String(repeating: "<p>text</p>\n", count: 20_000).utf8),
        noise(100_000),
    ]

    func whole(_ content: [UInt8], _ coding: Coding, _ level: Int) -> [UInt8]? {
        Encoder.encode(content.span, as: coding, level: level)
    }

    static func failure(
        of encoder: inout Encoder, writing bytes: [UInt8], into output: inout Buffer
    ) -> EncoderFailure? {
        do throws(EncoderFailure) {
            try encoder.write(bytes.span, flush: .finish, into: &output)
            return nil
        } catch {
            return error
        }
    }

    static func noise(_ count: Int) -> [UInt8] {
        var state: UInt64 = 1
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
    }

    @Test(arguments: Coding.allCases, contents)
    func `what is encoded as a whole decodes to itself`(coding: Coding, content: [UInt8]) {
        for level in [-5, coding.levels.lowerBound, coding.quickLevel, coding.bestLevel, 99] {
            let encoded = whole(content, coding, level)
            #expect(encoded.flatMap { decoded($0, coding) } == content)
        }
    }

    @Test(arguments: Coding.allCases, [1, 7, 1000, 65_536])
    func `what is encoded in pieces decodes to itself`(coding: Coding, step: Int) throws {
        let content = step < 7 ? Self.contents[2] : Self.contents[3]
        var encoder = try Encoder(coding, level: 4, weight: step == 7 ? .light : .full)
        var output = Buffer(capacity: 0)
        var offset = 0
        while offset < content.count {
            let end = min(offset + step, content.count)
            try encoder.write(content.span.extracting(offset..<end), flush: .none, into: &output)
            offset = end
        }
        try encoder.write([UInt8]().span, flush: .finish, into: &output)
        #expect(decoded(output.array, coding) == content)
    }

    @Test(arguments: Coding.allCases)
    func `a sync flush brings out everything written so far`(coding: Coding) throws {
        var encoder = try Encoder(coding, level: 5)
        var output = Buffer(capacity: 0)
        try encoder.write(Array("first".utf8).span, flush: .sync, into: &output)
        let first = output.count
        #expect(first > 5)
        try encoder.write(Array("second".utf8).span, flush: .sync, into: &output)
        #expect(output.count > first)
        try encoder.write([UInt8]().span, flush: .finish, into: &output)
        #expect(decoded(output.array, coding) == Array("firstsecond".utf8))
    }

    @Test(arguments: Coding.allCases)
    func `nothing can be written after the end`(coding: Coding) throws {
        var encoder = try Encoder(coding, level: 5)
        var output = Buffer(capacity: 0)
        try encoder.write(Array("all".utf8).span, flush: .finish, into: &output)
        let failure = Self.failure(of: &encoder, writing: Array("more".utf8), into: &output)
        #expect(failure == .refused)
        #expect(decoded(output.array, coding) == Array("all".utf8))
    }

    @Test func `gzip says no time and Unix`() throws {
        let encoded = try #require(whole(Self.contents[2], .gzip, 6))
        #expect(Array(encoded[..<4]) == [0x1f, 0x8b, 8, 0])
        #expect(Array(encoded[4..<8]) == [0, 0, 0, 0])
        #expect(encoded[9] == 3)
    }

    @Test(arguments: Coding.allCases)
    func `a small expected size takes a small window and still fits more`(coding: Coding) throws {
        var encoder = try Encoder(coding, level: 5, expectedByteCount: 100)
        var output = Buffer(capacity: 0)
        let content = Self.contents[3]
        try encoder.write(content.span, flush: .finish, into: &output)
        #expect(decoded(output.array, coding) == Self.contents[3])
    }

    @Test(arguments: Coding.allCases)
    func `the best level is smaller than the quick one`(coding: Coding) throws {
        let content = Array((0..<5000).map { "line \($0 * $0)\n" }.joined().utf8)
        let quick = try #require(whole(content, coding, coding.quickLevel))
        let best = try #require(whole(content, coding, coding.bestLevel))
        #expect(best.count < quick.count)
    }
}

extension Buffer {
    fileprivate var array: [UInt8] {
        var copy: [UInt8] = []
        for i in 0..<count { copy.append(readable[i]) }
        return copy
    }
}
