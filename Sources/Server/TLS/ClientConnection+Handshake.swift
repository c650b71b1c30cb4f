// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How a connection comes to speak TLS: what comes first is looked at, and the server is chosen
// whose certificate is shown.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS
internal import Regex
internal import TLS

extension ClientConnection {
    /// Makes ready for what its listener expects first.
    ///
    /// - Returns: what is to be written.
    @discardableResult
    mutating func beginListening(_ services: borrowing Services) -> Writing {
        let listener = facts.listener
        let isSecure = services.site.listeners[listener].isSecure && transport.session == nil
        // Sessions have phases before it.
        let isStream = services.site.listeners[listener].isStream
        writing = isStream ? .session : isSecure ? .handshake : .idle
        return writing
    }

    /// Agrees with the client upon TLS; nil when that is done, or cannot be.
    mutating func shakeHands(_ services: inout Services) -> Instruction? {
        while transport.session == nil {
            if let outcome = readOpening(&services) { return outcome }
            guard writing == .handshake else { return nil }
        }
        guard let session = transport.session else { return .close }
        guard services.mayShakeHands else { return .queueHandshake }
        while true {
            switch session.handshake() {
            case .done:
                if awaitsStatus(session, &services) { return waitForHandshake(services) }
                finishHandshake(session, &services)
                guard writing == .idle, session.negotiatedProtocol == Self.http2 else { return nil }
                return beginHTTP2(&services)
            case .wouldBlock:
                // What has been read is read: only the socket can say that there is more.
                transport.noteBlocked()
                return waitForHandshake(services)
            case .hello: chooseHost(session, &services)
            case .closed(let error): return logLeaving(error, &services)
            case .failed(let failure): return logFailure(failure, session, &services)
            }
        }
    }

    private mutating func waitForHandshake(_ services: borrowing Services) -> Instruction {
        let settings = services.site.listeners[facts.listener].client
        return wait(for: .handshake, until: facts.acceptedAt + Int64(settings.headTimeout))
    }

    // MARK: What comes first

    /// Receives the first bytes, and begins TLS if they are of it.
    ///
    /// Spec: nginx ngx_http_ssl_handshake: what is no ClientHello is read as a plain request, whose
    ///       sender is told.
    private mutating func readOpening(_ services: inout Services) -> Instruction? {
        if awaitsProxyHeader, services.input.count > 0 {
            switch takeProxyHeader(&services) {
            case .taken: return nil
            case .refused: return .close
            case .needsBytes: break
            }
        } else if services.input.count > 0 {
            return beginTLS(&services)
        }
        services.input.reserve(Self.openingByteCount)
        switch transport.receive(into: &services.input) {
        case .bytes: return nil
        case .wouldBlock: return waitForHandshake(services)
        case .endOfStream:
            services.logError(.information, facts, "client closed connection while SSL handshaking")
            return .close
        case .failed(let error): return logLeaving(error, &services)
        }
    }

    private static var openingByteCount: Int { 16 << 10 }

    private mutating func beginTLS(_ services: inout Services) -> Instruction? {
        let first = services.input.readable[0]
        guard first == Self.handshakeRecord || first & 0x80 != 0 else {
            // Who sends a plain request is answered in kind.
            writing = .idle
            return nil
        }
        let host = services.site.listeners[facts.listener].names.defaultHost
        guard let tls = services.site.hosts[host].tls else { return .close }
        do throws(TLSFailure) {
            try transport.secure { (socket) throws(TLSFailure) in
                socket.setNoDelay()
                return try TLSSession(server: tls.current, socket, received: services.input)
            }
        } catch {
            services.logError(.alert, facts, "\(error)")
            return .close
        }
        services.input.removeAll()
        return nil
    }

    private static let http2 = Array("h2".utf8)

    /// The type of a record that holds a handshake.
    private static var handshakeRecord: UInt8 { 0x16 }

    // MARK: Whom the client wants

    /// Has the handshake go on with the rules of the server that the client names.
    ///
    /// Spec: nginx ngx_http_ssl_servername.
    mutating func chooseHost(_ session: TLSSession, _ services: inout Services) {
        let site = services.site
        let name = session.serverName.flatMap(Self.hostName)
        let found = name.flatMap { services.host(named: $0, facts.listener) }
        session.isNameKnown = found != nil
        let usual = site.listeners[facts.listener].names.defaultHost
        let host = found ?? usual
        session.protocols = services.protocols(of: host, facts.listener)
        session.serverNumber = host
        guard let tls = site.hosts[host].tls else {
            // Spec: nginx: the certificate of the default server does for those without.
            session.serverNumber = usual
            guard let tls = site.hosts[usual].tls else { return session.refuse(.internalError) }
            session.recordByteLimit = tls.recordByteLimit
            return showVariableCertificates(of: usual, tls, session, &services)
        }
        if tls.rejectsHandshakes { return session.refuse(.unrecognizedName) }
        session.recordByteLimit = tls.recordByteLimit
        if host != usual { session.use(tls.current) }
        showVariableCertificates(of: host, tls, session, &services)
    }

    /// A name that a host may have, as those of servers are written; nil for what is none.
    ///
    /// Spec: nginx ngx_http_validate_host.
    private static func hostName(_ bytes: [UInt8]) -> [UInt8]? {
        guard let host = HostName(validating: bytes.span) else { return nil }
        return bytes.prefix(Int(host.nameCount)).map(\.asciiLowercased)
    }

    // MARK: How it ends

    mutating func finishHandshake(_ session: TLSSession, _ services: inout Services) {
        transport.noteSecured()
        facts.secured = id
        let name = session.isNameKnown ? session.serverName.flatMap(Self.hostName) : nil
        services.secured.insert(session, for: id, name: name)
        writing = services.site.listeners[facts.listener].isStream ? .session : .idle
    }

    func logLeaving(_ error: Errno?, _ services: inout Services) -> Instruction {
        let reason = error.map { " (\($0))" } ?? ""
        services.logError(
            .information, facts,
            "peer closed connection in SSL handshake\(reason) while SSL handshaking")
        return .close
    }

    func logFailure(
        _ failure: TLSFailure, _ session: TLSSession, _ services: inout Services
    ) -> Instruction {
        if session.isRefused {
            services.logError(.information, facts, "handshake rejected while SSL handshaking")
        } else {
            services.logError(
                failure.isByPeer ? .information : .critical, facts,
                "\(failure) while SSL handshaking")
        }
        return .close
    }

    /// The client has had its time.
    mutating func expireHandshake(_ services: inout Services) -> Instruction {
        services.logError(
            .information, facts,
            "client timed out (110: Connection timed out) while SSL handshaking")
        return .close
    }
}

extension Services {
    /// The server of a name; nil when none has it.
    mutating func host(named name: [UInt8], _ listener: Int) -> Int? {
        if let found = site.listeners[listener].names.host(named: name.span) { return found }
        for pattern in site.listeners[listener].names.patterns {
            if matcher.match(site.regexes[pattern.regex].regex, name.span) == .matched {
                return pattern.host
            }
        }
        return nil
    }

    /// What is offered to the clients of a server, as ALPN has it.
    ///
    /// Spec: nginx NGX_HTTP_ALPN_PROTOS.
    func protocols(of host: Int, _ listener: Int) -> [UInt8] {
        let root = site.hosts[host].rootLocation
        guard !site.listeners[listener].isStream else {
            return site.locations[root].settings.stream.protocols
        }
        return site.locations[root].settings.http2.isOn
            || site.listeners[listener].http2.isForAll ? Self.http2 : Self.http1
    }

    private static let http2: [UInt8] = [2, UInt8(ascii: "h"), UInt8(ascii: "2")] + http1
    private static let http1: [UInt8] = Array("\u{8}http/1.1\u{8}http/1.0\u{8}http/0.9".utf8)
}
