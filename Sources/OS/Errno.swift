// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The one place where -1 becomes an error.

internal import CShims
internal import Glibc

/// Why a system call failed.
package struct Errno: Error, Hashable, BitwiseCopyable, Sendable {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// The C name, such as "ECONNREFUSED".
    package var name: String {
        guard let text = unsafe cshims_error_name(rawValue) else { return "errno \(rawValue)" }
        return unsafe String(cString: text)
    }

    /// The sentence that nginx's log shows after the number, such as "Connection refused".
    package var message: String {
        guard let text = unsafe cshims_error_text(rawValue) else {
            return "Unknown error \(rawValue)"
        }
        return unsafe String(cString: text)
    }

    /// What the last failed call of this thread left.
    static var current: Errno { Errno(rawValue: cshims_errno()) }
}

extension Errno: CustomStringConvertible {
    /// As in nginx's log: "111: Connection refused".
    package var description: String { "\(rawValue): \(message)" }
}

extension Errno {
    package static var accessDenied: Errno { Errno(rawValue: EACCES) }
    package static var addressInUse: Errno { Errno(rawValue: EADDRINUSE) }
    package static var again: Errno { Errno(rawValue: EAGAIN) }
    package static var badDescriptor: Errno { Errno(rawValue: EBADF) }
    package static var brokenPipe: Errno { Errno(rawValue: EPIPE) }
    package static var connectionAborted: Errno { Errno(rawValue: ECONNABORTED) }
    package static var connectionRefused: Errno { Errno(rawValue: ECONNREFUSED) }
    package static var connectionReset: Errno { Errno(rawValue: ECONNRESET) }
    package static var crossesDevices: Errno { Errno(rawValue: EXDEV) }
    package static var exists: Errno { Errno(rawValue: EEXIST) }
    package static var hostDown: Errno { Errno(rawValue: EHOSTDOWN) }
    package static var hostUnreachable: Errno { Errno(rawValue: EHOSTUNREACH) }
    package static var inProgress: Errno { Errno(rawValue: EINPROGRESS) }
    package static var inputOutput: Errno { Errno(rawValue: EIO) }
    package static var interrupted: Errno { Errno(rawValue: EINTR) }
    package static var invalid: Errno { Errno(rawValue: EINVAL) }
    package static var isDirectory: Errno { Errno(rawValue: EISDIR) }
    package static var loop: Errno { Errno(rawValue: ELOOP) }
    package static var messageTooLong: Errno { Errno(rawValue: EMSGSIZE) }
    package static var nameTooLong: Errno { Errno(rawValue: ENAMETOOLONG) }
    package static var networkUnreachable: Errno { Errno(rawValue: ENETUNREACH) }
    package static var noSpace: Errno { Errno(rawValue: ENOSPC) }
    /// What opening a socket gives.
    package static var noSuchDevice: Errno { Errno(rawValue: ENXIO) }
    package static var noSuchProcess: Errno { Errno(rawValue: ESRCH) }
    package static var noSuchFile: Errno { Errno(rawValue: ENOENT) }
    package static var noSystemCall: Errno { Errno(rawValue: ENOSYS) }
    package static var notDirectory: Errno { Errno(rawValue: ENOTDIR) }
    package static var notPermitted: Errno { Errno(rawValue: EPERM) }
    package static var notSupported: Errno { Errno(rawValue: EOPNOTSUPP) }
    package static var protocolError: Errno { Errno(rawValue: EPROTO) }
    package static var readOnlyFileSystem: Errno { Errno(rawValue: EROFS) }
    package static var timedOut: Errno { Errno(rawValue: ETIMEDOUT) }
    package static var tooManyOpenFiles: Errno { Errno(rawValue: EMFILE) }
}

/// Repeats `call` while a signal interrupts it; -1 becomes an error.
@inline(__always)
func check(_ call: () -> Int32) throws(Errno) -> Int32 {
    while true {
        let result = call()
        if result != -1 { return result }
        let error = Errno.current
        if error != .interrupted { throw error }
    }
}
