// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The datagrams of a session, both ways: each goes on as the datagram that it is.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension ClientConnection {
    /// Passes datagrams in both directions as long as there are any.
    mutating func passDatagrams(
        _ session: StreamSession, _ client: DatagramClient, _ slot: Int,
        _ exchanges: inout ObjectPool<Exchange>, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Instruction? {
        guard
            let peer = exchanges[slot].proxy.connection.flatMap({
                peers.connections.slot(for: $0)
            })
        else { return endSession(502, slot, &exchanges, &services) }
        let policy = exchanges[slot].streamPolicy(services)
        var hasMoved = false
        for _ in 0..<Self.datagramRoundLimit {
            let upward = passUp(session, client, peer, policy, &exchanges[slot], &peers, &services)
            let downward = passDown(session, client, peer, &exchanges[slot], &peers, &services)
            if upward == .broken || downward == .broken {
                services.groups[exchanges[slot].proxy.group].note(
                    .failed, of: exchanges[slot].proxy.peer, at: services.clock.now)
                return endSession(200, slot, &exchanges, &services)
            }
            if session.isAnswered(policy) {
                services.logSession(
                    .information, exchanges[slot], "udp done\(exchanges[slot].packets)")
                return endSession(200, slot, &exchanges, &services)
            }
            guard upward == .moved || downward == .moved else {
                return waitForTraffic(session, policy, hasMoved, services)
            }
            hasMoved = true
        }
        _ = waitForTraffic(session, policy, true, services)
        return .yield
    }

    private static var datagramRoundLimit: Int { 64 }

    private func passUp(
        _ session: StreamSession, _ client: DatagramClient, _ peer: Int, _ policy: StreamPolicy,
        _ exchange: inout Exchange, _ peers: inout PeerConnections, _ services: inout Services
    ) -> Motion {
        guard let datagram = client.first else { return .stuck }
        let room = session.upload.room(
            policy.bufferSize, after: session.receivedCount, since: session.startedSecond,
            services.clock.now)
        guard room > 0 else { return .stuck }
        services.input.removeAll()
        services.input.append(contentsOf: session.prelude)
        services.input.append(datagram)
        let outcome = peers.connections[peer].transport.send(services.input.readableBytes)
        services.input.removeAll()
        switch outcome {
        case .bytes(let count): exchange.noteTunnelSent(count)
        // An empty datagram.
        case .endOfStream: break
        case .wouldBlock: return .stuck
        case .failed(.messageTooLong):
            // No fault of the peer: with a header before it, what a client sends may be too long.
            client.removeFirst()
            services.logError(.error, exchange, "a datagram is too long for upstream")
            return .moved
        case .failed(let error):
            services.logError(
                .error, exchange,
                "send() failed (\(error)) while proxying and sending to upstream")
            return .broken
        }
        session.prelude.removeAll()
        client.removeFirst()
        session.receivedCount += datagram.count
        session.requestCount += 1
        session.upload.note(datagram.count, services.clock.now)
        if policy.requestLimit > 0, session.requestCount >= policy.requestLimit {
            client.isComplete = true
        }
        return .moved
    }

    private func passDown(
        _ session: StreamSession, _ client: DatagramClient, _ peer: Int,
        _ exchange: inout Exchange, _ peers: inout PeerConnections, _ services: inout Services
    ) -> Motion {
        let received = exchange.proxy.attempts.last?.receivedCount ?? 0
        let room = session.download.room(
            DatagramListener.byteLimit, after: received, since: session.startedSecond,
            services.clock.now)
        guard room > 0 else { return .stuck }
        switch peers.connections[peer].receive(&services.buffers) {
        case .bytes(let count):
            exchange.noteFirstByte(services.clock.now)
            exchange.noteTunnelReceived(count)
            session.download.note(count, services.clock.now)
        case .endOfStream: exchange.noteFirstByte(services.clock.now)
        case .wouldBlock: return .stuck
        case .failed(let error):
            services.logError(
                .error, exchange,
                "recv() failed (\(error)) while proxying and reading from upstream")
            return .broken
        }
        session.responseCount += 1
        return sendDown(client, peer, &exchange, &peers, &services)
    }

    /// Sends what the peer has sent; what the kernel does not take is lost, as on any other way.
    private func sendDown(
        _ client: DatagramClient, _ peer: Int, _ exchange: inout Exchange,
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Motion {
        let count = peers.connections[peer].inputCount
        let outcome: Transfer
        switch peers.connections[peer].input {
        case .some(let input): outcome = client.send(input.bytes(0..<count))
        case .none: outcome = client.send(services.input.readableBytes)
        }
        peers.connections[peer].consume(count, &services.buffers)
        if case .bytes(let sent) = outcome { exchange.response.sentByteCount += sent }
        return .moved
    }

    /// Ends a session because its process ends.
    mutating func endDatagrams(
        _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) {
        guard let slot = exchange.flatMap({ exchanges.slot(for: $0) }) else { return }
        services.logSession(.information, exchanges[slot], "disconnected on shutdown")
        _ = endSession(200, slot, &exchanges, &services)
    }

    /// Ends a session in which nothing passes any more.
    ///
    /// Spec: nginx ngx_stream_proxy_process_connection: it is a failure of the peer only where
    ///       answers were expected that did not come.
    mutating func endSilence(
        _ session: StreamSession, _ slot: Int, _ exchanges: inout ObjectPool<Exchange>,
        _ services: inout Services
    ) -> Instruction {
        let policy = exchanges[slot].streamPolicy(services)
        guard policy.responseLimit == nil || session.hasAllAnswers(policy) else {
            services.logError(
                .error, exchanges[slot],
                "upstream timed out (110: Connection timed out) while proxying connection")
            services.groups[exchanges[slot].proxy.group].note(
                .failed, of: exchanges[slot].proxy.peer, at: services.clock.now)
            return endSession(502, slot, &exchanges, &services)
        }
        services.logSession(
            .information, exchanges[slot], "udp timed out\(exchanges[slot].packets)")
        return endSession(200, slot, &exchanges, &services)
    }
}

extension StreamSession {
    /// Whether nothing more is to come.
    ///
    /// Spec: nginx `proxy_requests`, `proxy_responses`.
    fileprivate func isAnswered(_ policy: StreamPolicy) -> Bool {
        requestCount > 0 && requestCount >= policy.requestLimit && hasAllAnswers(policy)
    }

    fileprivate func hasAllAnswers(_ policy: StreamPolicy) -> Bool {
        guard let limit = policy.responseLimit else { return false }
        let (wanted, isVast) = limit.multipliedReportingOverflow(by: requestCount)
        return !isVast && responseCount >= wanted
    }
}

extension Exchange {
    /// What has passed, as messages about datagrams tell it.
    fileprivate var packets: String {
        ", packets from/to client:\(session?.requestCount ?? 0)/\(session?.responseCount ?? 0)"
            + traffic
    }
}
