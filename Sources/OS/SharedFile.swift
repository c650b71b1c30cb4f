// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// An open file that many read at once, each by offsets of its own.

internal import CShims
internal import Glibc

/// An open regular file that somebody else closes.
package struct SharedFile: BitwiseCopyable, Equatable, Sendable {
    private let number: Int32

    package init(_ number: Int32) { self.number = number }

    /// What tells one state of the content from another; renaming or removing it changes nothing.
    package struct Version: BitwiseCopyable, Equatable, Sendable {
        package let byteCount: Int
        private let seconds: Int
        private let nanoseconds: Int

        init(_ status: FileStatus) {
            byteCount = status.size
            seconds = status.modifiedSeconds
            nanoseconds = status.modifiedNanoseconds
        }

        /// Whether what was there when the older version was seen may be there still: nothing has
        /// been written, or something behind its end.
        package func mayExtend(_ older: Version) -> Bool {
            self == older || byteCount > older.byteCount
        }
    }

    /// The present version; nil when the system cannot say.
    package var version: Version? {
        var result = stat()
        guard unsafe fstat(number, &result) == 0 else { return nil }
        return Version(FileStatus(result))
    }

    /// Reads at most `limit` bytes at an offset.
    package func read(
        into space: consuming MutableRawSpan, limit: Int, at offset: Int
    ) -> Transfer {
        unsafe space.withUnsafeMutableBytes { room in
            Transfer.of {
                unsafe pread(number, room.baseAddress, min(limit, room.count), off_t(offset))
            }
        }
    }

    /// Whether the byte at an offset can be had without waiting for a disk.
    ///
    /// Where the file system cannot say, it is taken to be so.
    package func isInMemory(at offset: Int) -> Bool {
        cshims_is_in_memory(number, Int64(offset)) != 0
    }

    /// Waits until a part of the file is in the memory of the kernel; a hint for what follows it.
    package func load(_ range: Range<Int>) {
        _ = posix_fadvise(
            number, off_t(range.lowerBound), off_t(4 * range.count), POSIX_FADV_WILLNEED)
        var scratch = [UInt8](repeating: 0, count: Self.stepByteCount)
        var offset = range.lowerBound
        while offset < range.upperBound {
            var span = scratch.mutableSpan
            guard
                case .bytes(let count) = unsafe read(
                    into: span.mutableBytes, limit: .max, at: offset)
            else {
                return
            }
            offset += count
        }
    }

    private static var stepByteCount: Int { 64 << 10 }
}
