// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// TLS with the peer of an exchange: between its connection and the first byte of the request.
//
// Nothing is received before the handshake is done but by TLS itself, so nothing that a peer, or
// somebody between, has sent before can be taken for an answer.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS
internal import TLS

extension Exchange {
    /// Finds out with whom TLS is to be spoken, before a connection is chosen.
    ///
    /// Spec: nginx ngx_http_upstream_ssl_name: a name matters only where it is sent or verified.
    mutating func prepareSecurity(_ services: inout Services) {
        guard let tls = proxy.tls else { return }
        var name: [UInt8] = []
        if tls.sendsName || tls.verifies {
            name =
                tls.name.map { copy(evaluate($0, &services)) } ?? services.groups[proxy.group].name
        }
        var shown: (certificate: [UInt8], key: [UInt8]) = ([], [])
        if let credential = tls.credential {
            shown.certificate = copy(evaluate(credential.certificate, &services))
            if !shown.certificate.isEmpty { shown.key = copy(evaluate(credential.key, &services)) }
        }
        var protocols: [UInt8] = []
        for template in tls.protocols {
            let text = copy(evaluate(template, &services))
            guard 1...255 ~= text.count else { continue }
            protocols.append(UInt8(text.count))
            protocols += text
        }
        proxy.security = PeerSecurity(
            tls, name: PeerSecurity.withoutPort(name), certificate: shown.certificate,
            key: shown.key, protocols: protocols)
    }

    /// Begins to speak TLS on a connection that has just been opened.
    mutating func beginHandshake(
        _ security: PeerSecurity, _ slot: Int, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> ExchangeStep? {
        proxy.stage = .handshaking
        // An address that had a moment to answer has answered: now it has all its time.
        let attempt = proxy.attempts[proxy.attempts.count - 1]
        let policy = services.site.locations[locationIndex].settings.proxy.policy
        deadline = attempt.startedAt + Int64(policy.connectTimeout)
        var credential: Credential?
        do throws(CertificateTrouble) {
            credential = try security.credential(at: services.clock.now)
        } catch {
            return refuseHandshake(error.line, &peers, &services)
        }
        do throws(TLSFailure) {
            try peers.connections[slot].transport.secure { (socket) throws(TLSFailure) in
                socket.setNoDelay()
                return try TLSSession(client: security.context, socket)
            }
            if let session = peers.connections[slot].transport.session {
                try security.prepare(session, with: attempt.address, credential)
            }
            peers.connections[slot].security = security
        } catch {
            return refuseHandshake("\(error)", &peers, &services)
        }
        return shakeHands(&peers, &services)
    }

    /// What the configuration asks for cannot be; no other peer would do better.
    private mutating func refuseHandshake(
        _ message: String, _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep {
        services.logError(.error, self, "\(message) while \(activity)")
        closePeer(&peers)
        return failProxying(with: 500, &services)
    }

    /// Sends the header of the PROXY protocol, which stands before all that TLS says.
    ///
    /// Spec: nginx ngx_stream_proxy_send_proxy_protocol: at once, or not at all.
    mutating func introduceClient(
        _ slot: Int, _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep? {
        let kind = streamPolicy(services).sentHeader
        guard kind != .none else { return nil }
        var header = Buffer(capacity: 256)
        writeProxyHeader(kind, &header, services)
        switch peers.connections[slot].transport.send(header.readableBytes) {
        case .bytes(header.count):
            noteTunnelSent(header.count)
            return nil
        case .failed(let error): return peerFailed(.sendFailed(error), &peers, &services)
        default:
            return refuseHandshake(
                "could not send PROXY protocol header at once", &peers, &services)
        }
    }

    /// Goes on with the handshake; nil when it is done and the request can be sent.
    mutating func shakeHands(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep? {
        guard let slot = proxy.connection.flatMap({ peers.connections.slot(for: $0) }),
            let session = peers.connections[slot].transport.session,
            let security = peers.connections[slot].security
        else { return peerFailed(.handshakeFailed, &peers, &services) }
        let peer = proxy.attempts[proxy.attempts.count - 1].address
        switch session.handshake() {
        case .done:
            peers.connections[slot].transport.noteSecured()
            if let flaw = security.flaw(of: session) {
                services.logError(.error, self, "\(flaw) while \(activity)")
                break
            }
            security.accept(session, with: peer)
            beginSending(&services)
            return nil
        case .wouldBlock:
            // What has been read is read: only the socket can say that there is more.
            peers.connections[slot].transport.noteBlocked()
            return .wait
        case .closed(let error):
            let reason = error.map { " (\($0))" } ?? ""
            services.logError(
                .error, self, "peer closed connection in SSL handshake\(reason) while \(activity)")
        case .failed(let failure):
            services.logError(
                failure.isByPeer ? .error : .critical, self, "\(failure) while \(activity)")
        case .hello: break
        }
        security.forget(peer)
        return peerFailed(.handshakeFailed, &peers, &services)
    }

    /// What TLS has to say of a connection that broke; nil when it is not to blame.
    func flawOfSession(_ peers: borrowing PeerConnections) -> TLSFailure? {
        guard let slot = proxy.connection.flatMap({ peers.connections.slot(for: $0) }) else {
            return nil
        }
        return peers.connections[slot].transport.session?.failure
    }
}
