// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What moving bytes came to.

internal import CShims
internal import Glibc

/// The outcome of one read or write.
///
/// "Not yet" is a result here, not an error.
package enum Transfer: BitwiseCopyable, Equatable, Sendable {
    /// So many bytes were moved, at least one.
    case bytes(Int)
    /// Nothing can be moved now; epoll will tell.
    case wouldBlock
    /// The other side sends nothing more (or the file ends here).
    case endOfStream
    /// The descriptor is of no further use.
    case failed(Errno)

    /// Repeats `call` while a signal interrupts it, and gives its result a name.
    @inline(__always)
    static func of(_ call: () -> Int) -> Transfer {
        while true {
            let count = call()
            if count > 0 { return .bytes(count) }
            if count == 0 { return .endOfStream }
            let error = cshims_errno()
            if error == EAGAIN { return .wouldBlock }
            if error != EINTR { return .failed(Errno(rawValue: error)) }
        }
    }
}
