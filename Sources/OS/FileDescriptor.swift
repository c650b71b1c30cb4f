// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// An open descriptor and the duty to close it.

internal import Glibc

/// An open file, socket or whatever the kernel numbers; closed when dropped.
package struct FileDescriptor: ~Copyable, Sendable {
    /// The number, for calls that take one.
    ///
    /// It stays owned by this value.
    package let number: Int32

    /// Takes over `number`, which nobody else may close.
    package init(owning number: Int32) {
        precondition(number >= 0)
        self.number = number
    }

    deinit { close(number) }

    /// Gives the number away; the receiver must close it.
    package consuming func take() -> Int32 {
        let number = number
        discard self
        return number
    }

    /// Another descriptor for the same open file.
    package func duplicate() throws(Errno) -> FileDescriptor {
        FileDescriptor(owning: try check { fcntl(number, F_DUPFD_CLOEXEC, 0) })
    }

    /// Whether a program started by this one keeps it open.
    package func setInherited(_ isInherited: Bool) throws(Errno) {
        _ = try check { fcntl(number, F_SETFD, isInherited ? 0 : FD_CLOEXEC) }
    }

    /// Opens /dev/null on each of descriptors 0 to 2 that is closed.
    ///
    /// Why: else the next socket gets one of these numbers, and whatever somebody prints is sent on
    ///      it.
    package static func openMissingStandardDescriptors() throws(Errno) {
        for number: Int32 in 0...2 where fcntl(number, F_GETFD) == -1 {
            // The kernel hands out the lowest free number, and all below this one are open.
            _ = try check { unsafe Glibc.open("/dev/null", O_RDWR) }
        }
    }
}
