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

    /// The levels that the library takes; any other is moved to the nearest of these.
    package var levels: ClosedRange<Int> {
        switch self {
        case .gzip: 1...9
        case .brotli: 0...11
        }
    }

    /// The level for an answer that somebody waits for.
    package var quickLevel: Int {
        switch self {
        case .gzip: 5
        case .brotli: 4
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

/// Encodes content in pieces of any size.
///
/// Limits: the memory that one encoder holds is bounded by the window: about 4 × 2^windowBits bytes
///         for gzip (at most 256 KiB), and a few times the window for brotli.
/// Cost: allocates when made, and when `output` must grow.
package struct Encoder: ~Copyable {
    private enum Engine: ~Copyable {
        case gzip(GzipStream)
        case brotli(BrotliStream)
    }

    private let engine: Engine
    private var isFinished = false

    /// - Parameters:
    ///   - windowBits: how far back a repetition can be found, as a power of two; moved into what
    ///     the coding allows (gzip 9...15, brotli 10...24).
    ///   - expectedByteCount: how much will be written, where that is known: a smaller window is
    ///     then taken for small contents.
    package init(
        _ coding: Coding, level: Int, windowBits: Int? = nil, expectedByteCount: Int? = nil
    ) throws(EncoderFailure) {
        let level = min(max(level, coding.levels.lowerBound), coding.levels.upperBound)
        switch coding {
        case .gzip:
            let bits = Self.bits(windowBits ?? 15, in: 9...15, expectedByteCount)
            engine = .gzip(try GzipStream(level: level, windowBits: bits))
        case .brotli:
            let bits = Self.bits(windowBits ?? 18, in: 10...24, expectedByteCount)
            engine = .brotli(
                try BrotliStream(level: level, windowBits: bits, expected: expectedByteCount ?? 0))
        }
    }

    /// Encodes `input` and appends what comes out of it to `output`.
    package mutating func write(
        _ input: Span<UInt8>, flush: EncoderFlush, into output: inout Buffer
    ) throws(EncoderFailure) {
        guard !isFinished else { throw .refused }
        switch engine {
        case .gzip(let stream): try stream.write(input, flush, into: &output)
        case .brotli(let stream): try stream.write(input, flush, into: &output)
        }
        isFinished = flush == .finish
    }

    private static func bits(
        _ wanted: Int, in allowed: ClosedRange<Int>, _ expectedByteCount: Int?
    ) -> Int {
        var bits = min(max(wanted, allowed.lowerBound), allowed.upperBound)
        guard let expectedByteCount, expectedByteCount > 0 else { return bits }
        while bits > allowed.lowerBound, expectedByteCount <= 1 << (bits - 1) { bits -= 1 }
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
        }
    }
}
