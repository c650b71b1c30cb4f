// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The zstd library's encoder. The only file that calls it.

internal import CZstd
internal import Memory

/// One zstd stream.
///
/// Spec: RFC 8878; RFC 9659: a window of at most 8 MiB, or browsers refuse the content.
@safe struct ZstdStream: ~Copyable {
    private let context: OpaquePointer

    /// - Parameters:
    ///   - windowBits: nil for the window that the level likes best.
    ///   - tableBits: the size of the tables of places, likewise.
    init(level: Int, windowBits: Int?, tableBits: Int?) throws(EncoderFailure) {
        guard let context = unsafe ZSTD_createCCtx() else { throw .outOfMemory }
        unsafe self.context = context
        set(ZSTD_c_compressionLevel, level)
        if let windowBits { set(ZSTD_c_windowLog, windowBits) }
        if let tableBits {
            set(ZSTD_c_hashLog, tableBits)
            set(ZSTD_c_chainLog, tableBits)
        }
    }

    deinit { unsafe _ = ZSTD_freeCCtx(context) }

    /// What cannot be set stays as the library likes it, which is right as well.
    private func set(_ parameter: ZSTD_cParameter, _ value: Int) {
        unsafe _ = ZSTD_CCtx_setParameter(context, parameter, Int32(clamping: value))
    }

    borrowing func write(
        _ input: Span<UInt8>, _ flush: EncoderFlush, into output: inout Buffer
    ) throws(EncoderFailure) {
        let operation = Self.operation(flush)
        var failure: EncoderFailure?
        unsafe input.withUnsafeBufferPointer { input in
            var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
            var left = 0
            repeat {
                output.reserve(Self.outputStep)
                var room = output.free
                let roomCount = room.byteCount
                var filledCount = 0
                unsafe room.withUnsafeMutableBytes { bytes in
                    var target = unsafe ZSTD_outBuffer(
                        dst: bytes.baseAddress, size: roomCount, pos: 0)
                    left = unsafe ZSTD_compressStream2(context, &target, &source, operation)
                    filledCount = unsafe target.pos
                }
                output.didFill(filledCount)
                if ZSTD_isError(left) != 0 {
                    failure = Self.failure(left)
                    return
                }
            } while unsafe source.pos < source.size || operation != ZSTD_e_continue && left > 0
        }
        if let failure { throw failure }
    }

    private static func operation(_ flush: EncoderFlush) -> ZSTD_EndDirective {
        switch flush {
        case .none: ZSTD_e_continue
        case .sync: ZSTD_e_flush
        case .finish: ZSTD_e_end
        }
    }

    private static func failure(_ code: Int) -> EncoderFailure {
        ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation ? .outOfMemory : .refused
    }

    private static let outputStep = 4096
}

extension ZstdStream {
    static func encode(_ input: Span<UInt8>, level: Int) -> [UInt8]? {
        guard let stream = try? ZstdStream(level: level, windowBits: nil, tableBits: nil) else {
            return nil
        }
        return stream.encodeAll(input)
    }

    private borrowing func encodeAll(_ input: Span<UInt8>) -> [UInt8]? {
        let bound = ZSTD_compressBound(input.count)
        var isComplete = false
        let encoded = unsafe [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            unsafe input.withUnsafeBufferPointer { input in
                let outcome = unsafe ZSTD_compress2(
                    context, output.baseAddress, bound, input.baseAddress, input.count)
                isComplete = ZSTD_isError(outcome) == 0
                count = isComplete ? outcome : 0
            }
        }
        return isComplete ? encoded : nil
    }
}

/// What zstd says about itself.
package enum Zstd {
    package static var version: String { unsafe String(cString: ZSTD_versionString()) }
}
