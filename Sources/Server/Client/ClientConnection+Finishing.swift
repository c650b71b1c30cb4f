// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The end of an exchange, and of a connection.

internal import EventLoop
internal import HTTP
internal import HTTP2
internal import Memory
internal import OS

extension ClientConnection {
    /// Ends an exchange whose request and response are both complete.
    mutating func finishExchange(
        _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> Instruction? {
        guard let slot = exchange.flatMap({ exchanges.slot(for: $0) }) else { return .close }
        if transport.isInner { return closeWhenSent(&exchanges, &services) }
        if let stream = transport.stream { return finish(stream, &exchanges, &services) }
        let settings = services.site.locations[exchanges[slot].locationIndex].settings.client
        if persistence == .close {
            let lingers = services.input.count > 0 || transport.isReadable
            guard settings.lingers == .always || settings.lingers == .on && lingers else {
                return closeWhenSent(&exchanges, &services)
            }
            return beginLingering(&exchanges, &services)
        }
        finishLog(slot, &exchanges, &services)
        releaseExchange(&exchanges)
        reading = .head
        writing = .idle
        scannedCount = 0
        phaseStartedAt = services.clock.now
        if settings.keepAliveMinimum > 0 {
            restEnd = phaseStartedAt + Int64(settings.keepAliveMinimum)
        }
        facts.isPipelined = services.input.count > 0
        let rest = wait(for: .nextRequest, services.idleTimeout(settings), services)
        return facts.isPipelined || transport.isReadable ? nil : rest
    }

    /// Ends the connection once everything that is queued has been sent.
    mutating func closeWhenSent(
        _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> Instruction {
        if flush(&services) == .blocked {
            return waitForRoom(services.sendTimeout(of: exchange, exchanges), services)
        }
        if let slot = exchange.flatMap({ exchanges.slot(for: $0) }) {
            finishLog(slot, &exchanges, &services)
            services.log.flush()
        }
        return .close
    }

    /// Writes the access log, and lets go of everything that the exchange held.
    mutating func finishLog(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) {
        guard exchanges[slot].stage != .finished else { return }
        exchanges[slot].endAttempt(services.clock.now)
        if exchanges[slot].family != nil { exchanges[slot].leaveFamily(&services) }
        services.logAccess(&exchanges[slot])
        exchanges[slot].stage = .finished
    }

    // MARK: Lingering

    /// Says that nothing more will be sent, and goes on reading for a while.
    ///
    /// Why: closing with unread bytes sends a reset, and a reset can destroy the answer on its way.
    /// Spec: RFC 9112 §9.6; nginx `lingering_close`, `lingering_time`, `lingering_timeout`.
    mutating func beginLingering(
        _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> Instruction? {
        if services.output.count > 0 {
            switch flush(&services) {
            case .open: break
            case .blocked:
                return waitForRoom(services.sendTimeout(of: exchange, exchanges), services)
            case .failed: return .close
            }
        }
        if let slot = exchange.flatMap({ exchanges.slot(for: $0) }) {
            finishLog(slot, &exchanges, &services)
            lastLocation = Int32(clamping: exchanges[slot].locationIndex)
            guard
                services.site.locations[exchanges[slot].locationIndex].settings.client.lingers
                    != .off
            else { return .close }
        }
        releaseExchange(&exchanges)
        // Who sees the end may look into the log.
        services.log.flush()
        transport.shutdownWrite()
        writing = .lingering
        phaseStartedAt = services.clock.now
        return nil
    }

    /// Drops what arrives until the client closes or has had its time.
    mutating func linger(_ services: inout Services) -> Instruction? {
        let settings =
            lastLocation.map { services.site.locations[Int($0)].settings.client }
            ?? services.site.listeners[facts.listener].client
        let end = phaseStartedAt + Int64(settings.lingeringTime)
        guard services.clock.now < end else { return .close }
        for _ in 0..<Self.lingeringRoundLimit {
            services.input.removeAll()
            services.input.reserve(16 << 10)
            switch transport.receive(into: &services.input) {
            case .bytes: continue
            case .wouldBlock:
                services.input.removeAll()
                return wait(
                    for: .lingering,
                    until: min(end, services.clock.now + Int64(settings.lingeringTimeout)))
            case .endOfStream, .failed: return .close
            }
        }
        services.input.removeAll()
        return .yield
    }

    /// Rounds of one turn, so that a client that sends without end cannot hold the worker.
    private static var lingeringRoundLimit: Int { 16 }

    // MARK: Deadlines

    /// The time has come that the last wait was bounded by.
    mutating func expire(
        _ exchanges: inout ObjectPool<Exchange>, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Instruction {
        switch awaits {
        case .firstHead, .nextRequest, .lingering, .streams, .farewell: return .close
        case .handshake: return expireHandshake(&services)
        case .tunnel:
            let slot = exchange.flatMap { exchanges.slot(for: $0) }
            if let slot { logTunnelTimeout(exchanges[slot], peers, &services) }
            return closeLate(slot, exchanges, services)
        case .room:
            if let stream = transport.stream {
                return expireRoom(stream, &exchanges, &services)
            }
            logTimeout(exchanges, &services)
            return closeLate(exchange.flatMap { exchanges.slot(for: $0) }, exchanges, services)
        case .head:
            guard hasInput, !awaitsProxyHeader else { return .close }
            return answerTimeout(&exchanges, &peers, &services)
        case .content:
            if let stream = transport.stream {
                return expireStream(stream, &exchanges, &services)
            }
            guard writing == .idle else { return .close }
            return answerTimeout(&exchanges, &peers, &services)
        case .peer:
            guard let slot = exchange.flatMap({ exchanges.slot(for: $0) }) else { return .close }
            guard writing == .idle else {
                services.logError(
                    .error, exchanges[slot],
                    "upstream timed out (110: Connection timed out) while reading upstream")
                finishLog(slot, &exchanges, &services)
                return .close
            }
            step = exchanges[slot].peerTimedOut(&peers, &services)
            return turn(&exchanges, &peers, &services)
        case .phase:
            // The phase sees by the clock that its time has come.
            step = .proceed
            return turn(&exchanges, &peers, &services)
        case .session: return expireSession(&exchanges, &peers, &services)
        case .pause, .part: return turn(&exchanges, &peers, &services)
        case .file:
            guard let slot = exchange.flatMap({ exchanges.slot(for: $0) }) else { return .close }
            guard writing == .idle else {
                services.logError(.critical, exchanges[slot], "a disk does not answer")
                finishLog(slot, &exchanges, &services)
                return .close
            }
            step = exchanges[slot].fileTimedOut(&services)
            return turn(&exchanges, &peers, &services)
        }
    }

    /// 408 for a client that is too slow to say what it wants.
    ///
    /// Spec: RFC 9110 §15.5.9.
    private mutating func answerTimeout(
        _ exchanges: inout ObjectPool<Exchange>, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Instruction {
        if exchange == nil { exchange = exchanges.acquire() }
        guard let slot = exchange.flatMap({ exchanges.slot(for: $0) }) else { return .close }
        if reading == .head {
            facts.requestCount += 1
            exchanges[slot].client = id
            exchanges[slot].facts = facts
            exchanges[slot].startedAt = phaseStartedAt
            exchanges[slot].takeMalformedHead(Buffer(capacity: 0), services.site)
        }
        exchanges[slot].closePeer(&peers)
        input = nil
        persistence = .close
        reading = .closed
        writing = .idle
        services.logError(.information, exchanges[slot], "client timed out")
        if services.site.locations[exchanges[slot].locationIndex].settings.client
            .resetsLateConnections
        {
            exchanges[slot].response.status = 408
            finishLog(slot, &exchanges, &services)
            return closeLate(slot, exchanges, services)
        }
        step = exchanges[slot].refuse(408, &services)
        return turn(&exchanges, &peers, &services)
    }

    /// Closes a connection that took too long, or that is worth no answer.
    ///
    /// Spec: nginx `reset_timedout_connection`: so that the kernel need not keep what the client
    ///       does not take.
    func closeLate(
        _ slot: Int?, _ exchanges: borrowing ObjectPool<Exchange>, _ services: borrowing Services
    ) -> Instruction {
        if let slot,
            services.site.locations[exchanges[slot].locationIndex].settings.client
                .resetsLateConnections
        {
            transport.resetOnClose()
        }
        return .close
    }

    private func logTimeout(
        _ exchanges: borrowing ObjectPool<Exchange>, _ services: inout Services
    ) {
        guard awaits == .room else { return }
        services.logError(.information, facts, "client timed out while sending to client")
    }
}

extension ClientConnection {
    /// Whether part of a head has arrived.
    private var hasInput: Bool {
        switch input {
        case .some: true
        case .none: false
        }
    }
}

extension ClientConnection {
    /// Lets go of everything before the connection is closed.
    mutating func abandon(
        _ exchanges: inout ObjectPool<Exchange>, _ peers: inout PeerConnections,
        _ services: inout Services
    ) {
        if let stream = transport.stream { leave(stream) }
        defer { if transport.isStream { tellOwner(&services) } }
        guard let slot = exchange.flatMap({ exchanges.slot(for: $0) }) else { return }
        if facts.requestCount > 0, reading != .head || writing != .idle {
            if exchanges[slot].response.status == 0 { exchanges[slot].response.status = 499 }
            finishLog(slot, &exchanges, &services)
        }
        exchanges[slot].closePeer(&peers)
        releaseExchange(&exchanges)
        transport.subrequest?.end(isWhole: writing == .finished && services.output.isEmpty)
        if transport.isInner { tellParent(&services) }
    }
}
