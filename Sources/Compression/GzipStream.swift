// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// zlib's deflate with gzip's frame. The only file that calls zlib.

internal import CZlib
internal import Memory

/// One gzip stream.
///
/// Invariant: the library's record stays at one address, because its inner state points back to it.
/// Spec: RFC 1952 §2.3: the frame says modification time 0 and system 3 (Unix), so the same input
///       gives the same bytes wherever and whenever it is encoded.
@safe struct GzipStream: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>

    init(level: Int, windowBits: Int, memoryLevel: Int = 8) throws(EncoderFailure) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 16 more than the window asks zlib for the gzip frame rather than its own.
        let status = unsafe deflateInit2_(
            stream, Int32(clamping: level), Z_DEFLATED, Int32(clamping: windowBits + 16),
            Int32(clamping: memoryLevel), Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            unsafe stream.deallocate()
            throw status == Z_MEM_ERROR ? .outOfMemory : .refused
        }
    }

    deinit {
        unsafe _ = deflateEnd(stream)
        unsafe stream.deallocate()
    }

    borrowing func write(
        _ input: Span<UInt8>, _ flush: EncoderFlush, into output: inout Buffer
    ) throws(EncoderFailure) {
        var offset = 0
        repeat {
            // zlib counts in 32 bits, so larger inputs go in pieces.
            let count = min(input.count - offset, 1 << 30)
            let isLast = offset + count == input.count
            try deflatePiece(
                input.extracting(offset..<offset + count), isLast ? Self.mode(flush) : Z_NO_FLUSH,
                into: &output)
            offset += count
        } while offset < input.count
    }

    private func deflatePiece(
        _ piece: Span<UInt8>, _ mode: Int32, into output: inout Buffer
    ) throws(EncoderFailure) {
        var status = Z_OK
        unsafe piece.withUnsafeBufferPointer { input in
            unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            unsafe stream.pointee.avail_in = UInt32(truncatingIfNeeded: input.count)
            repeat {
                output.reserve(Self.outputStep)
                var room = output.free
                let roomCount = min(room.byteCount, 1 << 30)
                unsafe room.withUnsafeMutableBytes { bytes in
                    unsafe stream.pointee.next_out =
                        bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    unsafe stream.pointee.avail_out = UInt32(truncatingIfNeeded: roomCount)
                    status = unsafe deflate(stream, mode)
                }
                unsafe output.didFill(roomCount - Int(stream.pointee.avail_out))
            } while unsafe stream.pointee.avail_out == 0 && status == Z_OK
            unsafe stream.pointee.next_in = nil
        }
        // A buffer error only says that there was nothing to do.
        guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
            throw .refused
        }
    }

    private static func mode(_ flush: EncoderFlush) -> Int32 {
        switch flush {
        case .none: Z_NO_FLUSH
        case .sync: Z_SYNC_FLUSH
        case .finish: Z_FINISH
        }
    }

    private static let outputStep = 4096
}

extension GzipStream {
    static func encode(_ input: Span<UInt8>, level: Int) -> [UInt8]? {
        guard input.count < 1 << 30, let stream = try? GzipStream(level: level, windowBits: 15)
        else { return nil }
        return stream.encodeAll(input)
    }

    private borrowing func encodeAll(_ input: Span<UInt8>) -> [UInt8]? {
        let bound = unsafe Int(deflateBound(stream, UInt(input.count)))
        var isComplete = false
        let encoded = unsafe [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            unsafe input.withUnsafeBufferPointer { input in
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(truncatingIfNeeded: input.count)
                unsafe stream.pointee.next_out = output.baseAddress
                unsafe stream.pointee.avail_out = UInt32(truncatingIfNeeded: bound)
                isComplete = unsafe deflate(stream, Z_FINISH) == Z_STREAM_END
                unsafe count = bound - Int(stream.pointee.avail_out)
            }
        }
        return isComplete ? encoded : nil
    }
}

/// What zlib says about itself.
package enum Zlib {
    package static var version: String { unsafe String(cString: zlibVersion()) }
}
