// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The address that a `proxy_pass` with variables turned out to be.

internal import Memory

/// `http://host[:port][/path]` or `http://unix:/path[:/path]`, or the same with `https`.
///
/// Spec: nginx `proxy_pass`.
struct ProxyTarget: Sendable, Equatable {
    private let url: UpstreamURL
    /// What `$proxy_host` says: as written, without the port that the scheme means.
    let host: [UInt8]
    /// Whether TLS is to be spoken.
    let isSecure: Bool

    /// Takes an address apart; nil when it is none.
    init?(parsing address: [UInt8]) {
        guard let scheme = PeerScheme(of: address),
            let url = try? UpstreamURL(
                parsing: Array(address.dropFirst(scheme.text.utf8CodeUnitCount)),
                defaultPort: scheme.port)
        else { return nil }
        isSecure = scheme == .https
        self.url = url
        host = url.authorityText
    }

    /// Whether it may mean an `upstream`: it is neither a literal address nor a socket.
    var mayBeGroup: Bool { if case .name = url.host { true } else { false } }

    /// The path and all that follows it; nil when there is none.
    var path: [UInt8]? { url.path }

    /// What `$proxy_port` says.
    var port: Int { Int(url.effectivePort) }

    /// Where the peer is.
    var peer: PeerTarget { url.target }

    /// What `$upstream_addr` says.
    var peerName: [UInt8] { url.peerName }
}
