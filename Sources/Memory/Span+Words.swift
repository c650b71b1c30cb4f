// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Eight and four bytes at a time: the one checked load that the parsers build on, so that they
// contain no unsafe code themselves.

extension Span where Element == UInt8 {
    /// Eight bytes as a little-endian word.
    ///
    /// Traps when they are not all there.
    @inlinable @inline(__always)
    package func word(at offset: Int) -> UInt64 {
        precondition(offset >= 0 && offset <= count &- 8)
        return unsafe UInt64(
            littleEndian: bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: offset, as: UInt64.self))
    }

    /// Four bytes as a little-endian word.
    ///
    /// Traps when they are not all there.
    @inlinable @inline(__always)
    package func half(at offset: Int) -> UInt32 {
        precondition(offset >= 0 && offset <= count &- 4)
        return unsafe UInt32(
            littleEndian: bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: offset, as: UInt32.self))
    }
}
