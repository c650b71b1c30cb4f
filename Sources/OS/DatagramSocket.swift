// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A socket that sends datagrams to one address. Knows nothing of what is in them.

internal import CShims
internal import Glibc

/// A non-blocking datagram socket; closed when dropped.
package struct DatagramSocket: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    private init(owning number: Int32) { descriptor = FileDescriptor(owning: number) }

    /// Opens a socket whose datagrams go to `address`.
    package static func connected(to address: SocketAddress) throws(Errno) -> DatagramSocket {
        let family = address.compact.family.rawValue
        let socket = DatagramSocket(owning: try check { cshims_datagram_socket(family) })
        _ = try check {
            unsafe address.withShim { shim, path, length in
                unsafe cshims_connect(socket.descriptor.number, shim, path, length)
            }
        }
        return socket
    }

    /// Sends one datagram, whole or not at all.
    package func send(_ bytes: RawSpan) -> Transfer {
        unsafe bytes.withUnsafeBytes { part in
            Transfer.of {
                unsafe Glibc.send(
                    descriptor.number, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
            }
        }
    }
}
