// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Paths are bytes. Here they become the C strings that system calls take.

internal import Glibc

/// Something that can name a file: bytes, a span of them, or a string literal.
///
/// Why: paths come from requests and configurations as bytes, which need not be UTF-8.
package protocol FilePath: ~Copyable, ~Escapable {
    /// Calls `body` with the bytes and a NUL behind them; a path that contains a NUL names no file.
    func withCPath(_ body: (UnsafePointer<CChar>) -> Int32) throws(Errno) -> Int32
}

extension [UInt8]: FilePath {
    package func withCPath(
        _ body: (UnsafePointer<CChar>) -> Int32
    ) throws(Errno) -> Int32 { try unsafe span.withCPath(body) }
}

extension String: FilePath {
    package func withCPath(
        _ body: (UnsafePointer<CChar>) -> Int32
    ) throws(Errno) -> Int32 { try unsafe Array(utf8).span.withCPath(body) }
}

extension Span: FilePath where Element == UInt8 {
    package func withCPath(
        _ body: (UnsafePointer<CChar>) -> Int32
    ) throws(Errno) -> Int32 {
        // PATH_MAX counts the NUL.
        guard count < Int(PATH_MAX) else { throw .nameTooLong }
        for i in 0..<count where self[i] == 0 { throw .noSuchFile }
        let text = [CChar](capacity: count + 1) { output in
            for i in 0..<count { output.append(CChar(bitPattern: self[i])) }
            output.append(0)
        }
        return try check { unsafe text.withUnsafeBufferPointer { unsafe $0.withBase(body) } }
    }
}

extension UnsafeBufferPointer<CChar> {
    /// Calls `body` with the address of a buffer that is not empty.
    fileprivate func withBase(_ body: (UnsafePointer<CChar>) -> Int32) -> Int32 {
        guard let baseAddress else { return -1 }
        return unsafe body(baseAddress)
    }
}
