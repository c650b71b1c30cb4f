// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import HTTP1
import Memory
import Testing

@Suite struct ChunkedDecoderTests {
    enum Outcome: Equatable {
        case end(content: [UInt8], left: Int)
        case needsBytes(content: [UInt8])
        case malformed(Flaw)
    }

    /// Decodes an input that arrives in pieces which end at these offsets.
    private func decode(_ input: [UInt8], cuts: [Int]) -> Outcome {
        var decoder = ChunkedDecoder()
        var content: [UInt8] = []
        var used = 0
        for cut in cuts {
            var isHungry = false
            while !isHungry {
                let piece = Array(input[used..<cut])
                switch decoder.next(piece.span) {
                case .content(let range):
                    content += piece[range.range]
                    used += range.upperBound
                case .needsBytes(let consumed):
                    used += consumed
                    isHungry = true
                case .end(let consumed):
                    return .end(content: content, left: input.count - used - consumed)
                case .malformed(let flaw):
                    return .malformed(flaw)
                }
            }
        }
        return .needsBytes(content: content)
    }

    /// What all ways of cutting the input agree on, or nil when two differ.
    private func everySplit(_ text: String) -> Outcome? {
        let input = bytes(text)
        let whole = decode(input, cuts: [input.count])
        if decode(input, cuts: Array(0...input.count)) != whole { return nil }
        for cut in 0...input.count where decode(input, cuts: [cut, input.count]) != whole {
            return nil
        }
        return whole
    }

    private static let good: [(String, String, Int)] = [
        ("0\r\n\r\n", "", 0),
        ("5\r\nhello\r\n0\r\n\r\n", "hello", 0),
        ("5\r\nhello\r\n0\r\n\r\nGET", "hello", 3),
        ("1\r\na\r\n2\r\nbc\r\n00\r\n\r\n", "abc", 0),
        ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789", 0),
        ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789", 0),
        ("0000000000000001\r\nx\r\n0\r\n\r\n", "x", 0),
        ("1;a=b\r\nx\r\n0;c\r\n\r\n", "x", 0),
        ("1 ;a=\"b\t\u{80}\"\r\nx\r\n0\r\n\r\n", "x", 0),
        ("1  \r\nx\r\n0\r\n\r\n", "x", 0),
        ("1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\nrest", "x", 4),
        ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n", 0),
    ]

    @Test("Chunks are taken apart however they arrive", arguments: good)
    func takesChunks(text: String, content: String, left: Int) {
        #expect(everySplit(text) == .end(content: bytes(content), left: left))
    }

    @Test(
        "The trailer section is the last of what is used up",
        arguments: [
            ("0\r\n\r\n", "\r\n"), ("0\r\nA: b\r\nC:\r\n\r\nrest", "A: b\r\nC:\r\n\r\n"),
        ])
    func placesTrailers(text: String, section: String) {
        let all: [UInt8] = bytes(text)
        var decoder = ChunkedDecoder()
        guard case .end(let count) = decoder.next(all.span) else {
            Issue.record("not at its end")
            return
        }
        #expect(Array(all[(count - decoder.trailerByteCount)..<count]) == bytes(section))
    }

    private static let bad: [(String, Flaw)] = [
        // A10: the size.
        ("0x5\r\n", .chunkSize),
        ("+5\r\nhello", .chunkSize),
        ("-5\r\nhello", .chunkSize),
        ("5_0\r\n", .chunkSize),
        (" 5\r\nhello", .chunkSize),
        ("\r\n", .chunkSize),
        (";a\r\n", .chunkSize),
        ("g\r\n", .chunkSize),
        ("5 5\r\n", .chunkSize),
        ("00000000000000005\r\n", .chunkSize),
        ("8000000000000000\r\n", .chunkSize),
        ("ffffffffffffffff\r\n", .chunkSize),
        ("10000000000000000\r\n", .chunkSize),
        ("5\nhello\r\n", .chunkSize),
        // A11: extensions.
        ("5;a\u{1}\r\n", .chunkExtension),
        ("5;a\0\r\n", .chunkExtension),
        ("5;a\rb\r\n", .chunkExtension),
        ("5;a\nhello", .chunkExtension),
        ("5;a\u{7f}\r\n", .chunkExtension),
        ("5\rhello", .chunkExtension),
        // A12: the end of a chunk.
        ("1\r\nx\n0\r\n\r\n", .chunkEnd),
        ("1\r\nx\r0\r\n\r\n", .chunkEnd),
        ("1\r\nxXX", .chunkEnd),
        ("4\r\nSEE-THIS\r\n0\r\n\r\n", .chunkEnd),
        // A15: trailers.
        ("0\r\n\n", .trailer),
        ("0\r\nA: b\n\r\n", .trailer),
        ("0\r\nA : b\r\n\r\n", .trailer),
        ("0\r\nA\r\n\r\n", .trailer),
        ("0\r\n A: b\r\n\r\n", .trailer),
        ("0\r\nA: \0\r\n\r\n", .trailer),
    ]

    @Test("Bad chunks are refused however they arrive", arguments: bad)
    func refusesBadChunks(text: String, flaw: Flaw) {
        #expect(everySplit(text) == .malformed(flaw))
    }

    @Test("The largest size is that of an Int")
    func largestSize() {
        #expect(everySplit("7fffffffffffffff\r\nab") == .needsBytes(content: bytes("ab")))
    }

    @Test("A chunk that has begun says how much of it is still to come")
    func promisedSize() {
        var decoder = ChunkedDecoder()
        #expect(decoder.promisedByteCount == 0)
        #expect(decoder.next(bytes("5\r\nab").span) == .content(ByteRange(3, 5)))
        #expect(decoder.promisedByteCount == 3)
        #expect(decoder.next(bytes("cde\r\n0\r\n\r\n").span) == .content(ByteRange(0, 3)))
        #expect(decoder.promisedByteCount == 0)
    }

    @Test("Extensions are limited over the whole content")
    func extensionLimit() {
        let chunk = "1;" + String(repeating: "e", count: 1023) + "\r\nx\r\n"
        let within = bytes(String(repeating: chunk, count: 16) + "0\r\n\r\n")
        #expect(
            decode(within, cuts: [within.count])
                == .end(content: [UInt8](repeating: 0x78, count: 16), left: 0))
        let beyond = bytes(String(repeating: chunk, count: 17) + "0\r\n\r\n")
        #expect(decode(beyond, cuts: [beyond.count]) == .malformed(.chunkExtensionsTooLong))
    }

    @Test("The trailer section is limited")
    func trailerLimit() {
        let line = "A: " + String(repeating: "b", count: 1019) + "\r\n"
        let within = bytes("0\r\n" + String(repeating: line, count: 7) + "\r\n")
        #expect(decode(within, cuts: [within.count]) == .end(content: [], left: 0))
        let beyond = bytes("0\r\n" + String(repeating: line, count: 9) + "\r\n")
        #expect(decode(beyond, cuts: [beyond.count]) == .malformed(.trailerTooLong))
    }

    @Test("What is encoded is decoded again", arguments: [[], [1], [3, 0, 5], [4096, 17]])
    func roundTrip(sizes: [Int]) {
        var buffer = Buffer(capacity: 64)
        var content: [UInt8] = []
        for size in sizes {
            let chunk = [UInt8](repeating: UInt8(truncatingIfNeeded: size), count: size)
            content += chunk
            ChunkedEncoder.beginChunk(size, in: &buffer)
            buffer.append(chunk)
            if size > 0 { buffer.append(ChunkedEncoder.chunkEnd) }
        }
        buffer.append(ChunkedEncoder.end)
        var encoded: [UInt8] = []
        for i in 0..<buffer.count { encoded.append(buffer.readable[i]) }
        #expect(decode(encoded, cuts: [encoded.count]) == .end(content: content, left: 0))
    }
}
