// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The content codings that can be made, behind one type: whole contents at once, or piece by piece.
//
// This file knows bytes and levels. It must not know HTTP, files or connections.

package import Memory

/// The codings this module can make.
package enum Coding: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// Spec: RFC 1952, made by zlib.
    case gzip
    /// Spec: RFC 7932, made by the brotli library.
    case brotli
    /// Spec: RFC 8878, made by the zstd library.
    case zstd

    /// The levels that the library takes; any other is moved to the nearest of these.
    package var levels: ClosedRange<Int> {
        switch self {
        case .gzip: 1...9
        case .brotli: 0...11
        case .zstd: 1...19
        }
    }

    /// The level for an answer that somebody waits for.
    package var quickLevel: Int {
        switch self {
        case .gzip: 5
        case .brotli: 4
        case .zstd: 3
        }
    }

    /// The level for bytes that are made once and sent many times.
    package var bestLevel: Int { levels.upperBound }
}

/// Why no encoded bytes came out.
///
/// Neither is the input's fault: every input can be encoded.
package enum EncoderFailure: Error, BitwiseCopyable {
    case outOfMemory
    /// The library reported a state that correct use cannot reach, or use went on after `.finish`.
    case refused
}

/// How much of what was written must come out now.
package enum EncoderFlush: BitwiseCopyable, Sendable {
    /// Whatever the encoder thinks is best.
    case none
    /// Everything written so far can be decoded from what came out so far.
    case sync
    /// The coding is complete; nothing may be written afterwards.
    case finish
}

/// How much memory an encoder may hold.
package enum EncoderWeight: BitwiseCopyable, Sendable {
    /// At most 256 KiB for gzip, 600 KiB for zstd, 1.2 MiB for brotli.
    case full
    /// At most 64 KiB for gzip, 200 KiB for zstd, 160 KiB for brotli, which is less good then.
    case light
}

/// Encodes content in pieces of any size.
///
/// Limits: the memory that one encoder holds is bounded by its weight, however long the content is.
/// Cost: allocates when made, and when `output` must grow.
package struct Encoder: ~Copyable {
    /// Why not private: an optimized build of a module that holds encoders needs its symbols.
    enum Engine: ~Copyable {
        case gzip(GzipStream)
        case brotli(BrotliStream)
        case zstd(ZstdStream)
    }

    private let engine: Engine
    private var isFinished = false
    /// For brotli: what was written since its last block.
    private var openCount = 0

    /// - Parameters:
    ///   - level: at most `levelLimit` here.
    ///   - expectedByteCount: how much will be written, where that is known: small
    ///     contents need less memory.
    package init(
        _ coding: Coding, level: Int, weight: EncoderWeight = .full, expectedByteCount: Int? = nil
    ) throws(EncoderFailure) {
        let level = min(max(level, coding.levels.lowerBound), Self.levelLimit)
        let expected = expectedByteCount ?? .max
        let isLight = weight == .light
        switch coding {
        case .gzip:
            engine = .gzip(
                try GzipStream(
                    level: level, windowBits: Self.bits(isLight ? 13 : 15, from: 9, expected),
                    memoryLevel: isLight ? 6 : 8))
        case .brotli:
            engine = .brotli(
                try BrotliStream(
                    // The ninth takes half as much memory again for half a percent.
                    level: min(level, isLight ? 1 : 8),
                    windowBits: Self.bits(16, from: 10, expected)))
        case .zstd:
            engine = .zstd(
                try ZstdStream(
                    level: isLight ? min(level, 2) : level,
                    windowBits: Self.bits(isLight ? 14 : 16, from: 10, expected),
                    tableBits: Self.bits(isLight ? 13 : 14, from: 6, expected)))
        }
    }

    /// Encodes `input` and appends what comes out of it to `output`.
    package mutating func write(
        _ input: Span<UInt8>, flush: EncoderFlush, into output: inout Buffer
    ) throws(EncoderFailure) {
        guard !isFinished else { throw .refused }
        switch engine {
        case .gzip(let stream): try stream.write(input, flush, into: &output)
        case .brotli(let stream):
            try stream.write(input, flush, openCount: &openCount, into: &output)
        case .zstd(let stream): try stream.write(input, flush, into: &output)
        }
        isFinished = flush == .finish
    }

    /// The highest level for content that is encoded while others wait: brotli's last two take a
    /// second for a few hundred kilobytes.
    package static var levelLimit: Int { 9 }

    /// The fewest bits from `least` to `most` in which a place among `count` bytes can be written.
    private static func bits(_ most: Int, from least: Int, _ count: Int) -> Int {
        var bits = most
        while bits > least, count <= 1 << (bits - 1) { bits -= 1 }
        return bits
    }

    /// The whole of `input` in `coding`, or nil when there is no memory for it.
    ///
    /// Cost: the work area of the library, and the result.
    package static func encode(_ input: Span<UInt8>, as coding: Coding, level: Int) -> [UInt8]? {
        let level = min(max(level, coding.levels.lowerBound), coding.levels.upperBound)
        switch coding {
        case .gzip: return GzipStream.encode(input, level: level)
        case .brotli: return BrotliStream.encode(input, level: level)
        case .zstd: return ZstdStream.encode(input, level: level)
        }
    }
}
