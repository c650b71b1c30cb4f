// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The bytes of a session, both ways: as fast as both sides and the rates allow.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension ClientConnection {
    /// Begins to pass bytes: the peer is connected.
    mutating func beginTraffic(
        _ session: StreamSession, _ slot: Int, _ exchanges: inout ObjectPool<Exchange>,
        _ peers: inout PeerConnections, _ services: inout Services
    ) {
        session.stage = .passing
        session.startedSecond = services.clock.now.seconds
        exchanges[slot].deadline = nil
        exchanges[slot].peerDidConnect(&peers, &services)
        awaits = .phase
    }

    /// Passes bytes in both directions as far as both sides can take them.
    mutating func passSession(
        _ session: StreamSession, _ slot: Int, _ exchanges: inout ObjectPool<Exchange>,
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Instruction? {
        if let client = transport.datagrams {
            return passDatagrams(session, client, slot, &exchanges, &peers, &services)
        }
        guard
            let peer = exchanges[slot].proxy.connection.flatMap({ peers.connections.slot(for: $0) })
        else { return endSession(502, slot, &exchanges, &services) }
        let policy = exchanges[slot].streamPolicy(services)
        var hasMoved = false
        for _ in 0..<Self.trafficRoundLimit {
            let upward = passUp(session, peer, policy, &exchanges[slot], &peers, &services)
            if upward == .broken { return endSession(200, slot, &exchanges, &services) }
            if let end = endIfDone(session, peer, .client, slot, &exchanges, &peers, &services) {
                return end
            }
            let downward = passDown(session, peer, policy, &exchanges[slot], &peers, &services)
            if downward == .broken { return endSession(200, slot, &exchanges, &services) }
            if let end = endIfDone(session, peer, .peer, slot, &exchanges, &peers, &services) {
                return end
            }
            guard upward == .moved || downward == .moved else {
                return waitForTraffic(session, policy, hasMoved, services)
            }
            hasMoved = true
        }
        _ = waitForTraffic(session, policy, true, services)
        return .yield
    }

    /// Rounds of one turn, so that one busy session cannot hold the worker.
    private static var trafficRoundLimit: Int { 16 }

    enum Motion: BitwiseCopyable { case moved, stuck, broken }
    private enum Side: BitwiseCopyable { case client, peer }

    /// Waits for either side, or until a rate allows more.
    ///
    /// Spec: nginx ngx_stream_proxy_process: no time runs against a session that a rate holds.
    mutating func waitForTraffic(
        _ session: StreamSession, _ policy: StreamPolicy, _ hasMoved: Bool,
        _ services: borrowing Services
    ) -> Instruction {
        let resumption = [session.upload.resumesAt, session.download.resumesAt].compactMap { $0 }
        if let next = resumption.min() {
            session.isDelayed = true
            return wait(for: .session, until: next)
        }
        let mustBegin = hasMoved || session.isDelayed || awaits != .session
        session.isDelayed = false
        return mustBegin
            ? wait(for: .session, policy.timeout, services) : .wait(until: deadline)
    }

    // MARK: From the client

    private mutating func passUp(
        _ session: StreamSession, _ peer: Int, _ policy: StreamPolicy,
        _ exchange: inout Exchange, _ peers: inout PeerConnections, _ services: inout Services
    ) -> Motion {
        if session.prelude.count > 0 {
            return sendUp(&session.prelude, peer, &exchange, &peers)
        }
        if services.input.count > 0 { return sendUp(&services.input, peer, &exchange, &peers) }
        if session.upload.isEnded { return shutUp(session, peer, policy, &peers) }
        let room = session.upload.room(
            policy.bufferSize, after: session.receivedCount, since: session.startedSecond,
            services.clock.now)
        guard room > 0 else { return .stuck }
        services.input.reserve(room)
        switch transport.receive(into: &services.input, atMost: room) {
        case .bytes(let count):
            session.receivedCount += count
            session.upload.note(count, services.clock.now)
            return .moved
        case .wouldBlock: return .stuck
        case .endOfStream, .failed:
            session.upload.isEnded = true
            return shutUp(session, peer, policy, &peers)
        }
    }

    private func sendUp(
        _ bytes: inout Buffer, _ peer: Int, _ exchange: inout Exchange,
        _ peers: inout PeerConnections
    ) -> Motion {
        switch peers.connections[peer].transport.send(bytes.readableBytes) {
        case .bytes(let count):
            bytes.consume(count)
            exchange.noteTunnelSent(count)
            return .moved
        case .wouldBlock: return .stuck
        case .endOfStream, .failed: return .broken
        }
    }

    private func shutUp(
        _ session: StreamSession, _ peer: Int, _ policy: StreamPolicy,
        _ peers: inout PeerConnections
    ) -> Motion {
        if policy.closesHalves, !session.upload.isShut {
            session.upload.isShut = true
            peers.connections[peer].transport.shutdownWrite()
        }
        return .stuck
    }

    // MARK: From the peer

    private mutating func passDown(
        _ session: StreamSession, _ peer: Int, _ policy: StreamPolicy,
        _ exchange: inout Exchange, _ peers: inout PeerConnections, _ services: inout Services
    ) -> Motion {
        if peers.connections[peer].inputCount > 0 {
            return sendDown(peer, &exchange, &peers, &services)
        }
        if session.download.isEnded { return shutDown(session, policy) }
        let received = exchange.proxy.attempts.last?.receivedCount ?? 0
        let room = session.download.room(
            policy.bufferSize, after: received, since: session.startedSecond, services.clock.now)
        guard room > 0 else { return .stuck }
        switch peers.connections[peer].receive(&services.buffers, atMost: room) {
        case .bytes(let count):
            exchange.noteFirstByte(services.clock.now)
            exchange.noteTunnelReceived(count)
            session.download.note(count, services.clock.now)
            return .moved
        case .wouldBlock: return .stuck
        case .endOfStream, .failed:
            session.download.isEnded = true
            return shutDown(session, policy)
        }
    }

    private mutating func sendDown(
        _ peer: Int, _ exchange: inout Exchange, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Motion {
        let outcome: Transfer
        let count = peers.connections[peer].inputCount
        switch peers.connections[peer].input {
        case .some(let input): outcome = transport.send(input.bytes(0..<count))
        case .none: return .stuck
        }
        switch outcome {
        case .bytes(let sent):
            peers.connections[peer].consume(sent, &services.buffers)
            exchange.response.sentByteCount += sent
            return .moved
        case .wouldBlock: return .stuck
        case .endOfStream, .failed: return .broken
        }
    }

    private mutating func shutDown(_ session: StreamSession, _ policy: StreamPolicy) -> Motion {
        if policy.closesHalves, !session.download.isShut {
            session.download.isShut = true
            transport.shutdownWrite()
        }
        return .stuck
    }

    // MARK: The end

    /// Ends the session when one side has ended and got all, or with `proxy_half_close` both have.
    ///
    /// Spec: nginx ngx_stream_proxy_test_finalize.
    private mutating func endIfDone(
        _ session: StreamSession, _ peer: Int, _ side: Side, _ slot: Int,
        _ exchanges: inout ObjectPool<Exchange>, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Instruction? {
        let (upEnded, downEnded) = (session.upload.isEnded, session.download.isEnded)
        guard upEnded || downEnded else { return nil }
        let restsUp = services.input.count > 0 || session.prelude.count > 0
        let restsDown = peers.connections[peer].inputCount > 0
        let isOver =
            exchanges[slot].streamPolicy(services).closesHalves
            ? upEnded && downEnded && !restsUp && !restsDown
            : !(downEnded && restsDown) && !(upEnded && restsUp)
        guard isOver else { return nil }
        let who = side == .peer ? "upstream" : "client"
        services.logSession(
            .information, exchanges[slot], "\(who) disconnected\(exchanges[slot].traffic)")
        return endSession(200, slot, &exchanges, &services)
    }
}

extension StreamSession.Direction {
    /// How much may be received now; sets when to come back for more.
    ///
    /// Spec: nginx ngx_stream_proxy_process: so many bytes in each second that has begun.
    mutating func room(
        _ size: Int, after received: Int, since start: Int, _ now: Instant
    ) -> Int {
        guard rate > 0 else { return size }
        if let resumesAt {
            guard now >= resumesAt else { return 0 }
            self.resumesAt = nil
        }
        let (allowed, isVast) = rate.multipliedReportingOverflow(by: now.seconds - start + 1)
        if isVast { return size }
        guard allowed > received else {
            resumesAt = now + Int64(min((received - allowed) * 1000 / rate, 1 << 40) + 1)
            return 0
        }
        return min(size, allowed - received)
    }

    /// Rests for as long as the bytes should have taken.
    mutating func note(_ byteCount: Int, _ now: Instant) {
        guard rate > 0 else { return }
        let (scaled, isVast) = byteCount.multipliedReportingOverflow(by: 1000)
        let delay = isVast ? 0 : scaled / rate
        if delay > 0 { resumesAt = now + Int64(delay) }
    }
}
