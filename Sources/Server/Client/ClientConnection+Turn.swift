// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// One turn of a connection: as far as the bytes at hand allow.

internal import EventLoop
internal import HTTP
internal import HTTP1
internal import Memory
internal import OS

extension ClientConnection {
    /// Moves as far as possible without waiting, then says what to wait for.
    mutating func turn(
        _ exchanges: inout ObjectPool<Exchange>, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Instruction {
        if let wait = readAheadOnly(&exchanges, &peers, &services) { return wait }
        borrowScratch(&services)
        var instruction = advance(&exchanges, &peers, &services)
        if instruction != .close { instruction = settle(instruction, &exchanges, &services) }
        if instruction == .close, services.output.count > 0 { _ = flush(&services) }
        if instruction != .close, awaits == .room || awaits == .pause {
            instruction = readAhead(instruction, &exchanges, &peers, &services)
        }
        if transport.isWireless { tellOwner(&services) }
        return instruction
    }

    /// All that there is to do for a client that takes nothing: its peer may have more.
    private mutating func readAheadOnly(
        _ exchanges: inout ObjectPool<Exchange>, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Instruction? {
        guard awaits == .room, writing == .response, reading != .content, !transport.isWritable,
            !transport.isInner
        else { return nil }
        return readAhead(.wait(until: deadline), &exchanges, &peers, &services)
    }

    /// Takes content from the peer while the client is waited for.
    private mutating func readAhead(
        _ instruction: Instruction, _ exchanges: inout ObjectPool<Exchange>,
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Instruction {
        guard writing == .response, let slot = exchange.flatMap({ exchanges.slot(for: $0) }),
            exchanges[slot].proxy.readsAhead, exchanges[slot].readAhead(&peers, &services)
        else { return instruction }
        return .yield
    }

    /// What the worker lends for the turn is filled with what was kept from the last one.
    private mutating func borrowScratch(_ services: inout Services) {
        hasSent = false
        services.filteredCount = 0
        services.input.removeAll()
        services.output.removeAll()
        if let kept = input.take() { services.input.append(contentsOf: kept) }
        if let kept = output.take() { services.output.append(contentsOf: kept) }
    }

    /// Sends what is queued, and keeps what is left of both buffers for the next turn.
    private mutating func settle(
        _ instruction: Instruction, _ exchanges: inout ObjectPool<Exchange>,
        _ services: inout Services
    ) -> Instruction {
        var instruction = instruction
        if services.output.count > 0 {
            switch flush(&services) {
            case .open: break
            case .blocked:
                let timeout = services.sendTimeout(of: exchange, exchanges)
                instruction = waitForRoom(timeout, services)
            case .failed: return .close
            }
        }
        if services.input.count > 0 { input = Self.copy(of: services.input) }
        if services.output.count > 0 { output = Self.copy(of: services.output) }
        if let slot = exchange.flatMap({ exchanges.slot(for: $0) }) { exchanges[slot].keep() }
        return instruction
    }

    private static func copy(of buffer: borrowing Buffer) -> Buffer {
        var copy = Buffer(capacity: buffer.count)
        copy.append(contentsOf: buffer)
        return copy
    }

    /// The only place that looks at the state of both halves.
    private mutating func advance(
        _ exchanges: inout ObjectPool<Exchange>, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Instruction {
        for _ in 0..<Self.stepsPerTurnLimit {
            // A client that asks and asks but does not read must not fill our memory.
            if services.output.count >= Self.queueByteLimit, flush(&services) != .open {
                return waitForRoom(services.sendTimeout(of: exchange, exchanges), services)
            }
            let outcome: Instruction?
            switch (reading, writing) {
            case (.head, .idle): outcome = readHead(&exchanges, &services)
            case (.content, .idle), (.finished, .idle), (.closed, .idle):
                outcome = pursue(&exchanges, &peers, &services)
            case (.content, .response), (.finished, .response), (.closed, .response):
                outcome = transmit(&exchanges, &peers, &services)
            case (.content, .finished): outcome = discardContent(&exchanges, &services)
            case (.finished, .finished): outcome = finishExchange(&exchanges, &services)
            case (_, .handshake): outcome = shakeHands(&services)
            case (_, .session): outcome = runSession(&exchanges, &peers, &services)
            case (_, .tunnel): outcome = pass(&exchanges, &peers, &services)
            case (_, .lingering): outcome = linger(&services)
            case (.closed, .finished):
                persistence = .close
                outcome =
                    exchange == nil
                    ? closeWhenSent(&exchanges, &services) : finishExchange(&exchanges, &services)
            case (.head, .response), (.head, .finished):
                // A response cannot exist before its request.
                outcome = .close
            }
            if let outcome { return outcome }
        }
        return .yield
    }

    /// Waits, with a deadline that begins now.
    mutating func wait(
        for what: Awaited, _ milliseconds: Int, _ services: borrowing Services
    ) -> Instruction {
        awaits = what
        deadline = services.clock.now + Int64(milliseconds)
        return .wait(until: deadline)
    }

    /// Waits until the client takes more; the time runs from the last byte that it took.
    mutating func waitForRoom(_ milliseconds: Int, _ services: borrowing Services) -> Instruction {
        // Whoever takes it waits for a client of their own.
        if transport.isInner { return wait(for: .room, until: .distantFuture) }
        if awaits == .room, !hasSent { return .wait(until: deadline) }
        return wait(for: .room, milliseconds, services)
    }

    /// Waits until a given time.
    mutating func wait(for what: Awaited, until time: Instant) -> Instruction {
        awaits = what
        deadline = time
        return .wait(until: time)
    }

    // MARK: Sending

    enum Flow: BitwiseCopyable { case open, blocked, failed }

    /// Sends what is queued.
    mutating func flush(_ services: inout Services) -> Flow {
        while services.output.count > 0 {
            switch transport.send(services.output.readableBytes) {
            case .bytes(let count):
                services.output.consume(count)
                hasSent = true
            case .wouldBlock: return .blocked
            case .endOfStream, .failed: return .failed
            }
        }
        return .open
    }

    /// What is queued before it is sent, so that small pieces share a packet.
    static var queueByteLimit: Int { 32 << 10 }
}
