// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// With whom TLS is spoken on one connection to a peer, and how that was made sure.

internal import OS
internal import TLS

/// What a connection over TLS must have in common with a request to be used for it.
///
/// Why: a connection was made by rules that another request may not have. Who wants to know that a
///      peer is the right one must not get the connection of somebody who has not asked, or has
///      asked for another name, or has shown another certificate.
final class PeerSecurity: Sendable {
    let tls: PeerTLS
    /// The one of its files as they were.
    let context: TLSContext
    /// Whose certificate it must be, and who is asked for; empty where neither matters.
    let name: [UInt8]
    /// What is shown, as the variables say; empty for what holds for all connections.
    let certificate: [UInt8]
    let key: [UInt8]
    /// What is offered, as ALPN has it.
    let protocols: [UInt8]

    init(
        _ tls: PeerTLS, name: [UInt8], certificate: [UInt8] = [], key: [UInt8] = [],
        protocols: [UInt8] = []
    ) {
        self.tls = tls
        context = tls.context
        self.name = name
        self.certificate = certificate
        self.key = key
        self.protocols = protocols
    }

    /// Whether connections of the other one are as good.
    func isSame(as other: PeerSecurity) -> Bool {
        if self === other { return true }
        return tls === other.tls && context === other.context && name == other.name
            && certificate == other.certificate
            && key == other.key && protocols == other.protocols
    }

    /// Whether a connection by the one is as good as one by the other; nil is one without TLS.
    static func areSame(_ one: PeerSecurity?, _ other: PeerSecurity?) -> Bool {
        guard let one, let other else { return one == nil && other == nil }
        return one.isSame(as: other)
    }

    /// The name without a port.
    ///
    /// Spec: nginx ngx_http_upstream_ssl_name: it may come from $proxy_host or $http_host.
    static func withoutPort(_ name: [UInt8]) -> [UInt8] {
        var rest = name[...]
        if rest.first == UInt8(ascii: "["), let end = rest.firstIndex(of: UInt8(ascii: "]")) {
            rest = rest[end...]
        }
        guard let colon = rest.firstIndex(of: UInt8(ascii: ":")) else { return name }
        return Array(name[..<colon])
    }

    /// The name that the peer is asked for; nil for none.
    ///
    /// Spec: RFC 6066 §3: no addresses.
    var askedName: [UInt8]? {
        let name = name
        guard tls.sendsName, let first = name.first, first != UInt8(ascii: "[") else { return nil }
        let isAddress = CompactAddress(parsingIPv4: name.span, port: 0) != nil
        return isAddress ? nil : name
    }

    /// What its sessions with a peer are found by.
    func sessionKey(_ peer: [UInt8]) -> [UInt8] {
        [peer, name, certificate, key, protocols].reduce(into: []) { bytes, part in
            bytes += part
            bytes.append(0)
        }
    }

    /// What is shown on this connection alone.
    func credential(at now: Instant) throws(CertificateTrouble) -> Credential? {
        guard !certificate.isEmpty else { return nil }
        return try tls.credential(certificate, key, at: now)
    }

    /// Makes a session ready for its handshake.
    func prepare(
        _ session: TLSSession, with peer: [UInt8], _ credential: Credential?
    ) throws(TLSFailure) {
        if let askedName { try session.ask(for: askedName) }
        if !protocols.isEmpty { try session.offer(protocols) }
        if let credential {
            do throws(CertificateFlaw) {
                try session.show(credential)
            } catch {
                throw TLSFailure("SSL_use_certificate()", error.message)
            }
        }
        if let sessions = tls.sessions { session.resume(sessionKey(peer), from: sessions) }
    }

    /// What is wrong with whom it turned out to be, in the words of nginx's log.
    func flaw(of session: TLSSession) -> String? {
        guard tls.verifies else { return nil }
        let found = session.verification
        if found.code != 0 {
            return "upstream SSL certificate verify error: (\(found.code):\(found.text))"
        }
        if !session.belongs(to: name) {
            return "upstream SSL certificate does not match \"\(LogEscape.text(name))\""
        }
        return nil
    }

    /// Keeps what can be resumed of a session with the right peer.
    func accept(_ session: TLSSession, with peer: [UInt8]) {
        if let sessions = tls.sessions { session.remember(sessionKey(peer), in: sessions) }
    }

    /// Forgets what was tried to be resumed.
    func forget(_ peer: [UInt8]) { tls.sessions?.forget(sessionKey(peer)) }
}
