// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Datagrams on a bound socket that many send to. Knows nothing of what is in them.

internal import CShims
internal import Glibc

/// Datagrams that come to a socket which somebody else owns, and those that answer them.
package enum DatagramListener {
    /// What `receive` came to.
    package enum Outcome: BitwiseCopyable {
        /// So many bytes, whence, and the address without its port that they came to, where the
        /// socket has more than one.
        case datagram(count: Int, from: CompactAddress, to: CompactAddress?)
        case wouldBlock
        case failed(Errno)
    }

    /// The most that a datagram can hold.
    package static var byteLimit: Int { 65_535 }

    /// Takes the next datagram; what does not fit is lost.
    package static func receive(
        on number: Int32, into space: consuming MutableRawSpan
    ) -> Outcome {
        var from = cshims_address()
        var to = cshims_address()
        let count = unsafe space.withUnsafeMutableBytes { room in
            unsafe cshims_receive_datagram(number, room.baseAddress, room.count, &from, &to)
        }
        guard count >= 0 else {
            let error = Errno.current
            return error.rawValue == EAGAIN || error == .interrupted ? .wouldBlock : .failed(error)
        }
        let destination = to.family == 0 ? nil : CompactAddress(to)
        return .datagram(count: count, from: CompactAddress(from), to: destination)
    }

    /// Sends one datagram, whole or not at all, from a given address if there is one.
    package static func send(
        _ bytes: RawSpan, on number: Int32, to address: CompactAddress, from source: CompactAddress?
    ) -> Transfer {
        var target = address.shim
        var origin = source?.shim ?? cshims_address()
        return unsafe bytes.withUnsafeBytes { part in
            Transfer.of {
                unsafe cshims_send_datagram(
                    number, part.baseAddress, part.count, &target, &origin)
            }
        }
    }
}
