// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The stages of a session of `stream`, up to where bytes pass both ways.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension ClientConnection {
    /// Moves a session on; nil to be called again.
    mutating func runSession(
        _ exchanges: inout ObjectPool<Exchange>, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Instruction? {
        let isNew = exchange == nil
        guard let slot = acquireExchange(&exchanges) else {
            services.logError(.critical, facts, "no exchange is free")
            return .close
        }
        if isNew { beginSession(&exchanges[slot], &services) }
        guard let session = exchanges[slot].session else { return .close }
        switch session.stage {
        case .header: return readSessionHeader(session, slot, &exchanges, &services)
        case .phases:
            if let status = exchanges[slot].runSessionPhases(&services) {
                return endSession(status, slot, &exchanges, &services)
            }
            let isSecure = services.site.listeners[facts.listener].isSecure
            session.stage = isSecure && transport.session == nil ? .handshake : .preread
            return nil
        case .handshake: return secureSession(session, slot, &exchanges, &services)
        case .preread: return preread(session, slot, &exchanges, &services)
        case .connecting: return findPeer(session, slot, &exchanges, &peers, &services)
        case .passing: return passSession(session, slot, &exchanges, &peers, &services)
        case .text: return sendText(slot, &exchanges, &services)
        }
    }

    private mutating func beginSession(_ exchange: inout Exchange, _ services: inout Services) {
        facts.requestCount = 1
        persistence = .close
        exchange.client = id
        exchange.facts = facts
        exchange.startedAt = facts.acceptedAt
        exchange.becomeSession(services.site)
        if let client = transport.datagrams { exchange.takeDatagrams(client, services.site) }
        guard services.isLogged(.information, exchange.locationIndex) else { return }
        let address = services.site.listeners[facts.listener].address
        services.logSession(
            .information, exchange,
            "\(exchange.sessionKind)client \(facts.address) connected to \(address)")
    }

    /// Ends a session.
    mutating func endSession(
        _ status: Int, _ slot: Int, _ exchanges: inout ObjectPool<Exchange>,
        _ services: inout Services
    ) -> Instruction {
        exchanges[slot].response.status = status
        if status == 200 { exchanges[slot].proxy.lease?.noteEnd(at: services.clock.now) }
        finishLog(slot, &exchanges, &services)
        // Who sees the end may look into the log.
        services.log.flush()
        return .close
    }

    // MARK: The header of the PROXY protocol

    private mutating func readSessionHeader(
        _ session: StreamSession, _ slot: Int, _ exchanges: inout ObjectPool<Exchange>,
        _ services: inout Services
    ) -> Instruction? {
        while awaitsProxyHeader {
            if services.input.count > 0 {
                switch takeProxyHeader(&services) {
                case .taken: continue
                case .refused: return endSession(400, slot, &exchanges, &services)
                case .needsBytes: break
                }
            }
            services.input.reserve(ProxyHeaderParser.byteLimit)
            switch transport.receive(into: &services.input) {
            case .bytes: continue
            case .wouldBlock:
                let timeout = exchanges[slot].streamPolicy(services).proxyHeaderTimeout
                return wait(for: .session, until: phaseStartedAt + Int64(timeout))
            case .endOfStream:
                services.logError(.error, facts, "broken header while reading PROXY protocol")
                return endSession(400, slot, &exchanges, &services)
            case .failed: return endSession(200, slot, &exchanges, &services)
            }
        }
        exchanges[slot].proxyHeader = proxyHeader
        session.receivedCount = services.input.count
        session.stage = .phases
        return nil
    }

    // MARK: Content

    /// Goes on with what the server does, once the client need not be listened to any more.
    mutating func beginSessionContent(
        _ session: StreamSession, _ slot: Int, _ exchanges: inout ObjectPool<Exchange>,
        _ services: inout Services
    ) -> Instruction? {
        // What it has read is not held as long as bytes pass.
        session.helloReader = ClientHelloReader()
        guard let plan = services.site.locations[exchanges[slot].locationIndex].stream else {
            return endSession(500, slot, &exchanges, &services)
        }
        switch plan.content {
        case .text(let text):
            let place = exchanges[slot].evaluate(text, &services)
            services.output.append(exchanges[slot].bytes.span(place.range))
            session.receivedCount += transport.datagrams?.first?.count ?? 0
            session.stage = .text
            return nil
        case .proxy(let destination):
            if let status = exchanges[slot].beginPassing(to: destination, &services) {
                return endSession(status, slot, &exchanges, &services)
            }
            session.stage = .connecting
            return nil
        case .pass(let target):
            return handOn(to: target, slot, &exchanges, &services)
        }
    }

    /// Sends what is queued, then ends the session.
    private mutating func sendText(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> Instruction {
        let before = services.output.count
        let flow = flush(&services)
        let sent = before - services.output.count
        exchanges[slot].response.sentByteCount += sent
        switch flow {
        case .open:
            dropInput(&services)
            return endSession(200, slot, &exchanges, &services)
        case .blocked:
            if awaits == .session, sent == 0 { return .wait(until: deadline) }
            return wait(for: .session, Self.textTimeout, services)
        case .failed: return endSession(500, slot, &exchanges, &services)
        }
    }

    /// How long a client may take nothing of a text.
    ///
    /// Spec: nginx ngx_stream_return_write_handler.
    private static var textTimeout: Int { 5_000 }

    /// Takes what has arrived off the kernel's hands.
    ///
    /// Why: closing with unread bytes sends a reset, and a reset can destroy the text on its way.
    private mutating func dropInput(_ services: inout Services) {
        transport.shutdownWrite()
        services.input.removeAll()
        services.input.reserve(16 << 10)
        _ = transport.receive(into: &services.input)
        services.input.removeAll()
    }

    // MARK: Peers

    private mutating func findPeer(
        _ session: StreamSession, _ slot: Int, _ exchanges: inout ObjectPool<Exchange>,
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Instruction? {
        switch exchanges[slot].proceed(&peers, &services) {
        case .tunnel:
            beginTraffic(session, slot, &exchanges, &peers, &services)
            return nil
        case .wait: return wait(for: .session, until: exchanges[slot].deadline ?? .distantFuture)
        case .proceed: return nil
        default:
            // Spec: nginx: a name that cannot be resolved is a fault of this side.
            return endSession(session.hasNoAddress ? 500 : 502, slot, &exchanges, &services)
        }
    }

    // MARK: Deadlines

    /// The time has come that the last wait was bounded by.
    mutating func expireSession(
        _ exchanges: inout ObjectPool<Exchange>, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Instruction {
        guard let slot = exchange.flatMap({ exchanges.slot(for: $0) }),
            let session = exchanges[slot].session
        else { return .close }
        switch session.stage {
        case .phases: break
        case .handshake:
            services.logError(
                .information, exchanges[slot], "client timed out (110: Connection timed out)")
            return endSession(500, slot, &exchanges, &services)
        case .header, .preread:
            services.logError(
                .information, exchanges[slot], "client timed out (110: Connection timed out)")
            return endSession(200, slot, &exchanges, &services)
        case .connecting:
            guard let deadline = exchanges[slot].deadline, deadline <= services.clock.now else {
                break
            }
            switch exchanges[slot].peerTimedOut(&peers, &services) {
            case .wait, .proceed, .tunnel: break
            default:
                return endSession(
                    session.hasNoAddress ? 500 : 502, slot, &exchanges, &services)
            }
        case .passing where session.isDelayed: break
        case .passing where transport.datagrams != nil:
            return endSilence(session, slot, &exchanges, &services)
        case .passing, .text:
            services.logError(
                .information, exchanges[slot],
                "connection timed out (110: Connection timed out) while proxying connection")
            return endSession(200, slot, &exchanges, &services)
        }
        return turn(&exchanges, &peers, &services)
    }
}
