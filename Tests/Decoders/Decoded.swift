// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The other direction, with the libraries' own decoders, so that tests can compare contents.

internal import CDecoders
package import Compression

/// The content that `bytes` encode; nil unless they are one complete coding, and nothing behind it.
package func decoded(_ bytes: [UInt8], _ coding: Coding, byteLimit: Int = 1 << 24) -> [UInt8]? {
    switch coding {
    case .gzip: gunzipped(bytes, byteLimit)
    case .brotli: unbrotlied(bytes, byteLimit)
    case .zstd: unzstded(bytes, byteLimit)
    }
}

private func gunzipped(_ bytes: [UInt8], _ byteLimit: Int) -> [UInt8]? {
    var stream = unsafe z_stream()
    guard
        unsafe inflateInit2_(
            &stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { unsafe _ = inflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: byteLimit)
    let outcome = unsafe input.withUnsafeMutableBufferPointer { input in
        unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe stream.next_in = input.baseAddress
            unsafe stream.avail_in = UInt32(input.count)
            unsafe stream.next_out = output.baseAddress
            unsafe stream.avail_out = UInt32(output.count)
            return unsafe inflate(&stream, Z_FINISH)
        }
    }
    guard outcome == Z_STREAM_END, unsafe stream.avail_in == 0 else { return nil }
    return unsafe Array(output[..<(byteLimit - Int(stream.avail_out))])
}

private func unbrotlied(_ bytes: [UInt8], _ byteLimit: Int) -> [UInt8]? {
    var output = [UInt8](repeating: 0, count: byteLimit)
    var count = byteLimit
    let outcome = unsafe bytes.withUnsafeBufferPointer { input in
        unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe BrotliDecoderDecompress(
                input.count, input.baseAddress, &count, output.baseAddress)
        }
    }
    return outcome == BROTLI_DECODER_RESULT_SUCCESS ? Array(output[..<count]) : nil
}

private func unzstded(_ bytes: [UInt8], _ byteLimit: Int) -> [UInt8]? {
    // As browsers do: a larger window than 8 MiB is refused.
    guard let stream = unsafe ZSTD_createDStream() else { return nil }
    defer { unsafe _ = ZSTD_freeDStream(stream) }
    unsafe _ = ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, 23)
    var output = [UInt8](repeating: 0, count: byteLimit)
    var filled = 0
    let isWhole = unsafe bytes.withUnsafeBufferPointer { input in
        unsafe output.withUnsafeMutableBufferPointer { output in
            var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
            var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: byteLimit, pos: 0)
            var left = 1
            while left > 0 {
                let before = unsafe (source.pos, target.pos)
                left = unsafe ZSTD_decompressStream(stream, &target, &source)
                if ZSTD_isError(left) != 0 { return false }
                if unsafe left > 0 && before == (source.pos, target.pos) { return false }
            }
            filled = unsafe target.pos
            return unsafe source.pos == source.size
        }
    }
    return isWhole ? Array(output[..<filled]) : nil
}
