// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// TLS with the client of a session: behind access, before anything of it is looked at.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS
internal import TLS

extension ClientConnection {
    /// Agrees with the client of a session upon TLS.
    ///
    /// Spec: nginx ngx_stream_ssl_handler.
    mutating func secureSession(
        _ session: StreamSession, _ slot: Int, _ exchanges: inout ObjectPool<Exchange>,
        _ services: inout Services
    ) -> Instruction? {
        if transport.session == nil, !beginSessionTLS(session, &services) {
            return endSession(500, slot, &exchanges, &services)
        }
        guard let secured = transport.session else {
            return endSession(500, slot, &exchanges, &services)
        }
        guard services.mayShakeHands else { return .queueHandshake }
        while true {
            switch secured.handshake() {
            case .done:
                if awaitsStatus(secured, &services) {
                    return waitForHandshake(session, slot, exchanges, services)
                }
                finishHandshake(secured, &services)
                // Its address may be another one by now.
                exchanges[slot].facts.secured = facts.secured
                return admitSession(secured, session, slot, &exchanges, &services)
            case .wouldBlock:
                // What has been read is read: only the socket can say that there is more.
                transport.noteBlocked()
                return waitForHandshake(session, slot, exchanges, services)
            case .hello: chooseHost(secured, &services)
            case .closed(let error):
                _ = logLeaving(error, &services)
                return endSession(500, slot, &exchanges, &services)
            case .failed(let failure):
                _ = logFailure(failure, secured, &services)
                return endSession(500, slot, &exchanges, &services)
            }
        }
    }

    private mutating func waitForHandshake(
        _ session: StreamSession, _ slot: Int, _ exchanges: borrowing ObjectPool<Exchange>,
        _ services: borrowing Services
    ) -> Instruction {
        let timeout = exchanges[slot].streamPolicy(services).handshakeTimeout
        let end = session.handshakesUntil ?? services.clock.now + Int64(timeout)
        session.handshakesUntil = end
        return wait(for: .session, until: end)
    }

    /// Begins to speak TLS; false where there is nothing to speak it with.
    private mutating func beginSessionTLS(
        _ session: StreamSession, _ services: inout Services
    ) -> Bool {
        let host = services.site.listeners[facts.listener].names.defaultHost
        guard let tls = services.site.hosts[host].tls else { return false }
        do throws(TLSFailure) {
            try transport.secure { (socket) throws(TLSFailure) in
                socket.setNoDelay()
                return try TLSSession(server: tls.current, socket, received: services.input)
            }
        } catch {
            services.logError(.alert, facts, "\(error)")
            return false
        }
        services.input.removeAll()
        session.receivedCount = 0
        return true
    }

    /// Lets the server have the session whose name the client has said, if its certificate does.
    private mutating func admitSession(
        _ secured: TLSSession, _ session: StreamSession, _ slot: Int,
        _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> Instruction? {
        if let name = services.secured.chosenName(of: facts.secured),
            let host = services.host(named: name, facts.listener)
        {
            exchanges[slot].hostIndex = host
            exchanges[slot].locationIndex = services.site.hosts[host].rootLocation
        }
        if services.site.hosts[exchanges[slot].hostIndex].verification != .off,
            exchanges[slot].refusal(of: secured, &services) != nil
        {
            return endSession(500, slot, &exchanges, &services)
        }
        session.stage = .preread
        return nil
    }
}
