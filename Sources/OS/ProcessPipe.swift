// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A pipe between processes, for a byte or for its end.

internal import CShims
internal import Glibc

/// Both ends of a pipe; each is closed when dropped.
package struct Pipe: ~Copyable {
    package var reading: FileDescriptor
    package var writing: FileDescriptor

    /// Opens a blocking pipe that programs do not inherit by accident.
    package init() throws(Errno) {
        var ends: [Int32] = [-1, -1]
        _ = try check { unsafe cshims_pipe(&ends) }
        reading = FileDescriptor(owning: ends[0])
        writing = FileDescriptor(owning: ends[1])
    }

    /// Waits for one byte; `false` when all who could write it are gone.
    package consuming func waitForByte() -> Bool {
        let reading = self.finishWriting()
        return Self.nextByte(from: reading.number) != nil
    }

    /// Closes the writing end of this process, so that the others' end can be noticed.
    package consuming func finishWriting() -> FileDescriptor { reading }

    /// Waits for one byte; `nil` at the end of the pipe.
    package static func nextByte(from descriptor: Int32) -> UInt8? {
        var byte: UInt8 = 0
        return Transfer.of { unsafe read(descriptor, &byte, 1) } == .bytes(1) ? byte : nil
    }

    /// Writes one byte; `false` when nobody can read it any more.
    @discardableResult
    package static func writeByte(
        to descriptor: Int32, _ byte: UInt8 = UInt8(ascii: "\n")
    ) -> Bool {
        var byte = byte
        return Transfer.of { unsafe write(descriptor, &byte, 1) } == .bytes(1)
    }
}
