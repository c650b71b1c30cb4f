// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The brotli library's encoder. The only file that calls it.

internal import CBrotli
internal import Memory

/// One brotli stream.
///
/// Limits: the library collects what it has seen until it writes a block of it, and holds a few
///         bytes for each byte meanwhile. So a block is asked for every 32 KiB, which costs half a
///         percent of the result and saves 600 KiB.
@safe struct BrotliStream: ~Copyable {
    private let state: OpaquePointer

    init(level: Int, windowBits: Int) throws(EncoderFailure) {
        guard let state = unsafe BrotliEncoderCreateInstance(nil, nil, nil) else {
            throw .outOfMemory
        }
        // Longer expectations only make it take more memory.
        let hint = UInt32(1 << windowBits)
        guard
            unsafe BrotliEncoderSetParameter(state, BROTLI_PARAM_QUALITY, UInt32(level)) != 0,
            unsafe BrotliEncoderSetParameter(state, BROTLI_PARAM_LGWIN, UInt32(windowBits)) != 0,
            unsafe BrotliEncoderSetParameter(state, BROTLI_PARAM_SIZE_HINT, hint) != 0
        else {
            unsafe BrotliEncoderDestroyInstance(state)
            throw .refused
        }
        unsafe self.state = state
    }

    deinit { unsafe BrotliEncoderDestroyInstance(state) }

    /// - Parameter openCount: what was written since the last block.
    borrowing func write(
        _ input: Span<UInt8>, _ flush: EncoderFlush, openCount: inout Int,
        into output: inout Buffer
    ) throws(EncoderFailure) {
        var offset = 0
        repeat {
            let count = min(input.count - offset, Self.blockByteLimit - openCount)
            let isLast = offset + count == input.count
            openCount += count
            var operation = isLast ? Self.operation(flush) : BROTLI_OPERATION_PROCESS
            if operation == BROTLI_OPERATION_PROCESS, openCount == Self.blockByteLimit {
                operation = BROTLI_OPERATION_FLUSH
            }
            if operation != BROTLI_OPERATION_PROCESS { openCount = 0 }
            try write(input.extracting(offset..<offset + count), operation, into: &output)
            offset += count
        } while offset < input.count
    }

    private borrowing func write(
        _ piece: Span<UInt8>, _ operation: BrotliEncoderOperation, into output: inout Buffer
    ) throws(EncoderFailure) {
        var isAccepted = true
        unsafe piece.withUnsafeBufferPointer { input in
            var nextIn = input.baseAddress
            var leftIn = input.count
            repeat {
                output.reserve(Self.outputStep)
                var room = output.free
                let roomCount = room.byteCount
                var leftOut = roomCount
                unsafe room.withUnsafeMutableBytes { bytes in
                    var nextOut = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    isAccepted =
                        unsafe BrotliEncoderCompressStream(
                            state, operation, &leftIn, &nextIn, &leftOut, &nextOut, nil) != 0
                }
                output.didFill(roomCount - leftOut)
            } while isAccepted && (leftIn > 0 || hasMore)
        }
        guard isAccepted else { throw .refused }
    }

    private var hasMore: Bool { unsafe BrotliEncoderHasMoreOutput(state) != 0 }

    private static func operation(_ flush: EncoderFlush) -> BrotliEncoderOperation {
        switch flush {
        case .none: BROTLI_OPERATION_PROCESS
        case .sync: BROTLI_OPERATION_FLUSH
        case .finish: BROTLI_OPERATION_FINISH
        }
    }

    private static let outputStep = 4096
    private static let blockByteLimit = 32 << 10
}

extension BrotliStream {
    static func encode(_ input: Span<UInt8>, level: Int) -> [UInt8]? {
        let bound = max(BrotliEncoderMaxCompressedSize(input.count), 16)
        var isComplete = false
        let encoded = unsafe [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            unsafe input.withUnsafeBufferPointer { input in
                // An empty span may have no address, which the library does not take.
                var nothing: UInt8 = 0
                count = bound
                isComplete = unsafe withUnsafePointer(to: &nothing) { placeholder in
                    unsafe BrotliEncoderCompress(
                        Int32(clamping: level), BROTLI_DEFAULT_WINDOW, BROTLI_MODE_GENERIC,
                        input.count, input.baseAddress ?? placeholder, &count, output.baseAddress)
                        != 0
                }
                if !isComplete { count = 0 }
            }
        }
        return isComplete ? encoded : nil
    }
}

/// What brotli's encoder says about itself.
package enum Brotli {
    /// Why: the library packs it as eight, twelve and twelve bits.
    package static var version: String {
        let packed = BrotliEncoderVersion()
        return "\(packed >> 24).\(packed >> 12 & 0xFFF).\(packed & 0xFFF)"
    }
}
