// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Bytes that pass both ways after a switch of protocols: WebSocket and anything else.

internal import HTTP
internal import HTTP1
internal import Memory
internal import OS

extension ClientConnection {
    /// Passes the peer's 101 on.
    ///
    /// From here on there are no messages, only bytes.
    ///
    /// Spec: RFC 9110 §7.8. The peer has said 101; nothing was passed on before it did.
    mutating func beginTunnel(_ exchange: inout Exchange, _ services: inout Services) {
        if let stream = transport.stream {
            beginTunnel(stream, &exchange, &services)
            return
        }
        let before = services.output.count
        appendStart(exchange, &services)
        services.output.append("Connection: upgrade\r\n")
        services.output.append(contentsOf: exchange.response.fields)
        services.output.append("\r\n")
        exchange.response.sentByteCount += services.output.count - before
        writing = .tunnel
        persistence = .close
    }

    /// Passes bytes in both directions as far as both sides can take them.
    mutating func pass(
        _ exchanges: inout ObjectPool<Exchange>, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Instruction? {
        guard let slot = exchange.flatMap({ exchanges.slot(for: $0) }),
            let peer = exchanges[slot].proxy.connection.flatMap({ peers.connections.slot(for: $0) })
        else { return .close }
        var hasMoved = false
        for _ in 0..<Self.tunnelRoundLimit {
            let outward = passToClient(peer, &exchanges[slot], &peers, &services)
            let inward = passToPeer(peer, &exchanges[slot], &peers, &services)
            if outward == .ended || inward == .ended {
                finishLog(slot, &exchanges, &services)
                return .close
            }
            guard outward == .moved || inward == .moved else {
                let isFirst = awaits != .tunnel
                return hasMoved || isFirst
                    ? waitForTunnel(exchanges[slot], peers.connections[peer].inputCount, services)
                    : .wait(until: deadline)
            }
            hasMoved = true
        }
        // It has moved: what was to end an idle tunnel begins anew.
        _ = waitForTunnel(exchanges[slot], peers.connections[peer].inputCount, services)
        return .yield
    }

    /// Waits until either side has something to say, or takes what it has not taken.
    ///
    /// Spec: nginx: any movement begins all of these times anew.
    private mutating func waitForTunnel(
        _ exchange: borrowing Exchange, _ byteCountForClient: Int, _ services: borrowing Services
    ) -> Instruction {
        let location = exchange.locationIndex
        let policy = services.site.locations[location].settings.proxy.policy
        var timeout = policy.readTimeout
        if services.input.count > 0 { timeout = min(timeout, policy.sendTimeout) }
        if services.output.count > 0 || byteCountForClient > 0 {
            timeout = min(
                timeout, services.site.locations[location].settings.client.sendTimeout)
        }
        return wait(for: .tunnel, timeout, services)
    }

    /// Says who has kept a tunnel waiting for too long.
    func logTunnelTimeout(
        _ exchange: borrowing Exchange, _ peers: borrowing PeerConnections,
        _ services: inout Services
    ) {
        let peer = exchange.proxy.connection.flatMap { peers.connections.slot(for: $0) }
        let waitsForClient = peer.map { peers.connections[$0].inputCount > 0 } ?? false
        services.logError(
            .information, exchange,
            waitsForClient
                ? "client timed out (110: Connection timed out) while proxying upgraded connection"
                : "upstream timed out (110: Connection timed out) while proxying upgraded "
                    + "connection")
    }

    /// Rounds of one turn, so that one busy tunnel cannot hold the worker.
    private static var tunnelRoundLimit: Int { 16 }

    private enum Movement: BitwiseCopyable {
        case moved
        case stuck
        /// Both directions are done, or one is broken.
        case ended
    }

    private mutating func passToClient(
        _ peer: Int, _ exchange: inout Exchange, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Movement {
        if services.output.count > 0 {
            switch flush(&services) {
            case .open: return .moved
            case .blocked: return .stuck
            case .failed: return .ended
            }
        }
        if peers.connections[peer].inputCount == 0 {
            switch peers.connections[peer].receive(&services.buffers) {
            case .bytes(let count): exchange.noteTunnelReceived(count)
            case .wouldBlock: return .stuck
            case .failed(let error): return fail("recv", error, .error, exchange, &services)
            case .endOfStream: return endOutward(&exchange)
            }
        }
        let count = peers.connections[peer].inputCount
        guard count > 0 else { return .stuck }
        switch sendTunnelBytes(of: peer, count, &peers) {
        case .bytes(let sent):
            peers.connections[peer].consume(sent, &services.buffers)
            exchange.response.sentByteCount += sent
            exchange.response.sentContentCount += sent
            return .moved
        case .wouldBlock: return .stuck
        case .endOfStream: return .ended
        case .failed(let error): return fail("send", error, .information, exchange, &services)
        }
    }

    private mutating func sendTunnelBytes(
        of peer: Int, _ count: Int, _ peers: inout PeerConnections
    ) -> Transfer {
        switch peers.connections[peer].input {
        case .some(let input): transport.send(input.bytes(0..<count))
        case .none: .wouldBlock
        }
    }

    /// Ends a tunnel of which one side has broken off: an error of the peer's, or the client's own
    /// business.
    private func fail(
        _ call: StaticString, _ error: Errno, _ level: LogLevel, _ exchange: borrowing Exchange,
        _ services: inout Services
    ) -> Movement {
        services.logError(
            level, exchange, "\(call)() failed (\(error)) while proxying upgraded connection")
        return .ended
    }

    /// The peer has ended its direction; the client may still speak.
    private mutating func endOutward(_ exchange: inout Exchange) -> Movement {
        if reading == .closed { return .ended }
        if !exchange.proxy.hasEndedChunks {
            exchange.proxy.hasEndedChunks = true
            transport.shutdownWrite()
        }
        return .stuck
    }

    private mutating func passToPeer(
        _ peer: Int, _ exchange: inout Exchange, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Movement {
        if reading == .closed { return exchange.proxy.hasEndedChunks ? .ended : .stuck }
        if services.input.count == 0 {
            services.input.reserve(64 << 10)
            switch transport.receive(into: &services.input) {
            case .bytes: break
            case .wouldBlock: return .stuck
            case .failed(let error):
                return fail("recv", error, .information, exchange, &services)
            case .endOfStream:
                reading = .closed
                peers.connections[peer].transport.shutdownWrite()
                return exchange.proxy.hasEndedChunks ? .ended : .stuck
            }
        }
        switch peers.connections[peer].transport.send(services.input.readableBytes) {
        case .bytes(let count):
            services.input.consume(count)
            exchange.noteTunnelSent(count)
            return .moved
        case .wouldBlock: return .stuck
        case .endOfStream: return .ended
        case .failed(let error): return fail("send", error, .error, exchange, &services)
        }
    }
}

extension Exchange {
    mutating func noteTunnelReceived(_ count: Int) {
        guard let last = proxy.attempts.indices.last else { return }
        proxy.attempts[last].receivedCount += count
    }

    mutating func noteTunnelSent(_ count: Int) {
        guard let last = proxy.attempts.indices.last else { return }
        proxy.attempts[last].sentCount += count
    }
}
