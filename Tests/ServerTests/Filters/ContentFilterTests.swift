// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Content that goes through an encoder, however it is cut.

import Compression
import Decoders
import Memory
import Testing

@testable import Server

@Suite struct ContentFilterTests {
    private static let text = (0..<600).map { "line \($0 * 7919 % 1000)\n" }.joined()

    private static func filter(_ coding: Coding) throws -> ContentFilter {
        ContentFilter(try Encoder(coding, level: 4), EncoderCount().take())
    }

    @Test(arguments: Coding.allCases, [1, 13, 4096])
    func `what is written in any pieces comes out whole`(coding: Coding, step: Int) throws {
        var filter = try Self.filter(coding)
        let bytes = Array(Self.text.utf8)
        var offset = 0
        var encoded: [UInt8] = []
        while offset < bytes.count {
            let end = min(bytes.count, offset + step)
            filter.write(bytes.span.extracting(offset..<end))
            if offset % 3 == 0 { filter.flush() }
            encoded += filter.output.copied()
            filter.didTake(filter.output.count)
            offset = end
        }
        filter.finish()
        encoded += filter.output.copied()
        #expect(filter.state == .ended)
        #expect(filter.writtenCount == bytes.count)
        #expect(filter.producedCount == encoded.count)
        #expect(decoded(encoded, coding) == bytes)
    }

    @Test func `a flush without anything new brings out nothing`() throws {
        var filter = try Self.filter(.gzip)
        filter.flush()
        let isEmpty = filter.output.isEmpty
        #expect(isEmpty)
        filter.write([1, 2, 3].span)
        filter.flush()
        let count = filter.output.count
        #expect(count > 0)
        filter.flush()
        #expect(filter.output.count == count)
    }

    @Test func `nothing comes out after the end`() throws {
        var filter = try Self.filter(.brotli)
        filter.finish()
        let count = filter.output.count
        filter.write([1, 2, 3].span)
        filter.flush()
        filter.finish()
        #expect(filter.output.count == count)
        #expect(filter.state == .ended)
    }

    @Test func `those beyond some are light until others have ended`() throws {
        let count = EncoderCount()
        var full = 0
        func open(_ depth: Int) {
            let place = count.take()
            if place.weight == .full { full += 1 }
            if depth > 1 { open(depth - 1) }
        }
        open(40)
        #expect(full == 16)
        full = 0
        open(1)
        #expect(full == 1)
    }
}
