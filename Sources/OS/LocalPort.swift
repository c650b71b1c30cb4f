// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Ports on this host: one that nobody uses, and whether somebody accepts connections on one.

internal import CShims
internal import Glibc

/// Ports of the loopback addresses.
package enum LocalPort {
    /// Where ports are looked for.
    ///
    /// Why: below those that Linux gives to outgoing connections. One of those could be taken
    ///      between the look and the moment when the program listens, by any connection of this
    ///      host.
    package static var range: Range<UInt16> { 20_000..<30_000 }

    /// How many ports are tried.
    private static var triesLimit: Int { 200 }

    /// A port that nobody listens on, and that is not among these.
    package static func unused(except taken: Set<UInt16>) -> UInt16? {
        for _ in 0..<triesLimit {
            let port = UInt16.random(in: range)
            let address = SocketAddress.ip(CompactAddress(ipv4: 0x7F00_0001, port: port))
            if !taken.contains(port), (try? Listener.open(address)) != nil { return port }
        }
        return nil
    }

    /// Whether a connection is accepted at an address of this host.
    ///
    /// Limits: waits twenty milliseconds at most; a connection within a host takes microseconds.
    /// Nothing is sent or read: the connection is closed as soon as it stands.
    package static func accepts(_ address: SocketAddress) -> Bool {
        guard let connecting = try? Socket.connect(to: address) else { return false }
        guard connecting.inProgress else { return true }
        return cshims_wait_writable(connecting.socket.number, 20) == 1
            && connecting.socket.pendingError == nil
    }
}
