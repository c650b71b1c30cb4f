// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Where to listen or to connect to, as configured.

/// An IP address with a port, or the path of a Unix socket.
package enum SocketAddress: Hashable, Sendable {
    case ip(CompactAddress)
    case unix(path: [UInt8])

    /// Reads "127.0.0.1:80", "[::1]:80" or "unix:/path".
    ///
    /// Names are not resolved: they give nil. Without a port, `defaultPort` is taken.
    package init?(parsing text: Span<UInt8>, defaultPort: UInt16? = nil) {
        let prefix = Array("unix:".utf8)
        if text.count > prefix.count, (0..<prefix.count).allSatisfy({ text[$0] == prefix[$0] }) {
            var path: [UInt8] = []
            for i in prefix.count..<text.count {
                guard text[i] != 0 else { return nil }
                path.append(text[i])
            }
            guard path.count <= Self.unixPathByteLimit else { return nil }
            self = .unix(path: path)
        } else {
            guard let address = CompactAddress(parsing: text, defaultPort: defaultPort) else {
                return nil
            }
            self = .ip(address)
        }
    }

    package init?(_ text: String, defaultPort: UInt16? = nil) {
        self.init(parsing: Array(text.utf8).span, defaultPort: defaultPort)
    }

    /// What fits into `sockaddr_un` with its NUL.
    package static var unixPathByteLimit: Int { 107 }

    /// The plain form, which has lost the path of a Unix socket.
    package var compact: CompactAddress {
        switch self {
        case .ip(let address): address
        case .unix: .unix
        }
    }

    package var port: UInt16 { compact.port }

    /// The same host with another port; a Unix socket has none.
    package func withPort(_ port: UInt16) -> SocketAddress {
        guard case .ip(var address) = self else { return self }
        address.port = port
        return .ip(address)
    }

    package var isUnix: Bool { compact.family == .unix }

    /// "127.0.0.1:80", "[::1]:80", "unix:/path".
    package var text: [UInt8] {
        switch self {
        case .ip(let address): address.text
        case .unix(let path): Array("unix:".utf8) + path
        }
    }

    /// The address without its port, and "unix:" without its path.
    package var addressText: [UInt8] { compact.addressText }

    /// The 4 or 16 bytes of the address; none for a Unix socket.
    package var binary: [UInt8] { compact.binary }
}

extension SocketAddress: CustomStringConvertible {
    package var description: String { String(decoding: text, as: UTF8.self) }
}
