// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The outbound half: from what an exchange asks for to bytes on the wire.

internal import EventLoop
internal import FileCache
internal import HTTP
internal import HTTP1
internal import Memory
internal import OS

extension ClientConnection {
    /// Does what the exchange asks for until it has an answer or must wait.
    mutating func pursue(
        _ exchanges: inout ObjectPool<Exchange>, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Instruction? {
        guard let slot = exchange.flatMap({ exchanges.slot(for: $0) }) else { return .close }
        switch step {
        case .proceed:
            step = exchanges[slot].proceed(&peers, &services)
            return nil
        case .receiveContent: return receiveContent(slot, &exchanges, &peers, &services)
        case .wait: return waitForPeer(slot, &exchanges, &peers, &services)
        case .respond:
            queueHead(&exchanges[slot], &services)
            writing = .response
            return nil
        case .tunnel:
            beginTunnel(&exchanges[slot], &services)
            return nil
        case .abort:
            finishLog(slot, &exchanges, &services)
            return .close
        }
    }

    /// Reads content because the handler wants it.
    private mutating func receiveContent(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Instruction? {
        invite(&exchanges[slot], &services)
        let outcome = readContent(slot, &exchanges, &services)
        switch outcome {
        case .progress:
            if exchanges[slot].content.isStreamed {
                step = .proceed
            } else if exchanges[slot].content.isComplete {
                step = exchanges[slot].contentDidArrive(&services)
            }
            return nil
        case .blocked:
            let timeout = services.site.locations[exchanges[slot].locationIndex].settings.client
                .contentTimeout
            return wait(for: .content, timeout, services)
        case .malformed(let flaw):
            services.logError(.information, exchanges[slot], flaw.description)
            return refuseContent(400, slot, &exchanges, &peers, &services)
        case .tooLarge:
            services.logTooLarge(exchanges[slot])
            return refuseContent(413, slot, &exchanges, &peers, &services)
        case .homeless(let error):
            services.logError(
                .error, exchanges[slot],
                "no file can be made in client_body_temp_path for a request body that is larger "
                    + "than client_body_buffer_size (\(error))")
            return refuseContent(413, slot, &exchanges, &peers, &services)
        case .failed(let error):
            services.logError(
                .critical, exchanges[slot],
                "a request body could not be written to client_body_temp_path (\(error))")
            return refuseContent(500, slot, &exchanges, &peers, &services)
        case .closed:
            exchanges[slot].response.status = 400
            finishLog(slot, &exchanges, &services)
            return .close
        }
    }

    /// Answers content that cannot be taken; what is left of it is not a request.
    private mutating func refuseContent(
        _ status: Int, _ slot: Int, _ exchanges: inout ObjectPool<Exchange>,
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Instruction? {
        persistence = .close
        // It may have been passed on as it came.
        exchanges[slot].closePeer(&peers)
        if reading == .content, status == 400 { reading = .closed }
        step = exchanges[slot].refuse(status, &services)
        return nil
    }

    /// Tells a client that waits for it to send its content.
    ///
    /// Spec: RFC 9110 §10.1.1.
    private mutating func invite(_ exchange: inout Exchange, _ services: inout Services) {
        guard !exchange.content.wasInvited else { return }
        exchange.content.wasInvited = true
        guard exchange.head.expectsContinue, exchange.head.version == .http11,
            services.input.count == 0, exchange.content.receivedCount == 0
        else { return }
        services.output.append("HTTP/1.1 100 Continue\r\n\r\n")
        _ = flush(&services)
    }

    /// Waits for the peer, and watches for a client that leaves or sends more content meanwhile.
    private mutating func waitForPeer(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Instruction? {
        if transport.isHalfClosed, reading == .finished, hasLeft(exchanges[slot], services) {
            services.logError(
                .information, exchanges[slot],
                "client prematurely closed connection, so upstream connection is closed too")
            exchanges[slot].response.status = 499
            finishLog(slot, &exchanges, &services)
            return .close
        }
        return wait(for: .peer, until: exchanges[slot].deadline ?? .distantFuture)
    }

    private func hasLeft(_ exchange: borrowing Exchange, _ services: borrowing Services) -> Bool {
        !services.site.locations[exchange.locationIndex].settings.proxy.policy.ignoresClientAbort
    }

    // MARK: The head

    /// Queues the response head, and decides how its content is framed.
    private mutating func queueHead(_ exchange: inout Exchange, _ services: inout Services) {
        decidePersistence(exchange, services)
        let hasContent = exchange.response.source != .none
        sendsChunks = false
        chunkRemaining = 0
        let before = services.output.count
        appendStart(exchange, &services)
        exchange.response.file.appendLines(to: &services.output)
        services.output.append(contentsOf: exchange.response.fields)
        if let length = exchange.response.contentLength {
            if !exchange.response.statesLength, exchange.response.status != 204 {
                HeadWriter.contentLength(length, to: &services.output)
            }
        } else if hasContent {
            if exchange.head.version == .http11,
                services.site.locations[exchange.locationIndex].settings.response.allowsChunked
            {
                sendsChunks = true
                services.output.append("Transfer-Encoding: chunked\r\n")
            } else {
                persistence = .close
            }
        }
        appendPersistence(exchange, &services)
        services.output.append("\r\n")
        exchange.response.sentByteCount += services.output.count - before
    }

    private func appendStart(_ exchange: borrowing Exchange, _ services: inout Services) {
        let status = Status(rawValue: UInt16(clamping: exchange.response.status))
        if let reason = exchange.response.reason {
            let text = exchange.bytes.span(reason.range)
            HeadWriter.statusLine(status, reason: text, to: &services.output)
        } else {
            HeadWriter.statusLine(status, to: &services.output)
        }
        if !exchange.response.hasServer {
            let tellsVersion = services.site.locations[exchange.locationIndex].settings.response
                .tellsVersion
            services.output.append("Server: ")
            services.output.append(tellsVersion ? Product.nameAndVersion : Product.name)
            services.output.append("\r\n")
        }
        if !exchange.response.hasDate {
            services.output.append("Date: ")
            services.clock.appendHTTPDate(to: &services.output)
            services.output.append("\r\n")
        }
    }

    private func appendPersistence(_ exchange: borrowing Exchange, _ services: inout Services) {
        guard persistence == .keepAlive else {
            services.output.append("Connection: close\r\n")
            return
        }
        let seconds = services.site.locations[exchange.locationIndex].settings.client
            .keepAliveHeaderSeconds
        if seconds > 0 {
            services.output.append("Keep-Alive: timeout=")
            services.output.append(decimal: seconds)
            services.output.append("\r\n")
        }
        services.output.append("Connection: keep-alive\r\n")
    }

    private mutating func decidePersistence(
        _ exchange: borrowing Exchange, _ services: borrowing Services
    ) {
        let settings = services.site.locations[exchange.locationIndex].settings.client
        let age = services.clock.now - facts.acceptedAt
        if exchange.response.closes || settings.keepAliveTimeout == 0 || services.isDraining
            || facts.requestCount >= settings.keepAliveRequestLimit
            || age >= Int64(settings.keepAliveTime) || reading == .closed
        {
            persistence = .close
        }
        // A client that asked before sending may stop now, or never begin: there is no telling
        // whether the next bytes are content or a request (RFC 9110 §10.1.1).
        if exchange.head.expectsContinue, reading == .content { persistence = .close }
    }

    // MARK: Content

    /// Sends content as long as there is some and the kernel takes it.
    mutating func transmit(
        _ exchanges: inout ObjectPool<Exchange>, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Instruction? {
        guard let slot = exchange.flatMap({ exchanges.slot(for: $0) }) else { return .close }
        for _ in 0..<Self.piecesPerTurnLimit {
            if services.output.count >= Self.queueByteLimit {
                if let instruction = drain(slot, &exchanges, &services) { return instruction }
            }
            let piece = exchanges[slot].nextPiece(&peers, &services)
            let flow: Flow
            switch piece {
            case .body(let range):
                // Generated pages are small.
                services.output.append(exchanges[slot].response.body.span(range.range))
                account(range.count, piece, &exchanges[slot], &peers, &services)
                flow = .open
            case .memory(let range):
                flow = sendMemory(range, piece, &exchanges[slot], &peers, &services)
            case .file(let descriptor, let range):
                flow = sendFile(descriptor, range, piece, &exchanges[slot], &peers, &services)
            case .peer(let peer, let range):
                flow = sendPeer(peer, range, piece, &exchanges[slot], &peers, &services)
            case .pending:
                if let instruction = drain(slot, &exchanges, &services) { return instruction }
                switch passContent(slot, &exchanges, &services) {
                case .progress: continue
                case .blocked: return waitForPeer(slot, &exchanges, &peers, &services)
                default: flow = .failed
                }
            case .end:
                endResponse(&exchanges[slot], &services)
                return nil
            case .failed:
                _ = flush(&services)
                finishLog(slot, &exchanges, &services)
                return .close
            }
            switch flow {
            case .open: continue
            case .blocked:
                switch passContent(slot, &exchanges, &services) {
                case .progress: continue
                case .blocked: return waitForRoom(slot, &exchanges, services)
                default: break
                }
            case .failed: break
            }
            finishLog(slot, &exchanges, &services)
            return .close
        }
        return .yield
    }

    /// Pieces of one turn, so that a client that takes them as fast as they come cannot hold the
    /// worker.
    private static var piecesPerTurnLimit: Int { 64 }

    /// Receives content for a peer that has begun to answer before it has all of it.
    private mutating func passContent(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> ContentOutcome {
        guard reading == .content, exchanges[slot].wantsContent else { return .blocked }
        return readContent(slot, &exchanges, &services)
    }

    /// Sends what is queued; an instruction when that cannot be done now.
    private mutating func drain(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> Instruction? {
        switch flush(&services) {
        case .open: return nil
        case .blocked: return waitForRoom(slot, &exchanges, services)
        case .failed:
            finishLog(slot, &exchanges, &services)
            return .close
        }
    }

    private mutating func waitForRoom(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ services: borrowing Services
    ) -> Instruction {
        waitForRoom(
            services.site.locations[exchanges[slot].locationIndex].settings.client.sendTimeout,
            services)
    }

    private func account(
        _ count: Int, _ piece: Piece, _ exchange: inout Exchange, _ peers: inout PeerConnections,
        _ services: inout Services
    ) {
        exchange.response.sentByteCount += count
        exchange.didSend(count, of: piece, &peers, &services)
    }

    private mutating func sendMemory(
        _ range: Extent, _ piece: Piece, _ exchange: inout Exchange,
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Flow {
        guard let file = exchange.response.file.representation else { return .failed }
        if range.count <= Self.queueByteLimit - services.output.count {
            services.output.append(file.content.extracting(range.range))
            account(range.count, piece, &exchange, &peers, &services)
            return .open
        }
        let (count, flow) = send(file.contentBytes(range.range), &services)
        account(count, piece, &exchange, &peers, &services)
        return flow
    }

    /// Sends what is queued and a piece behind it with one call.
    private mutating func send(_ piece: RawSpan, _ services: inout Services) -> (Int, Flow) {
        let queued = services.output.count
        switch transport.send(services.output.readableBytes, piece) {
        case .bytes(let count):
            hasSent = true
            services.output.consume(min(count, queued))
            return (max(0, count - queued), .open)
        case .wouldBlock: return (0, .blocked)
        case .endOfStream, .failed: return (0, .failed)
        }
    }

    private mutating func sendFile(
        _ descriptor: Int32, _ range: Extent, _ piece: Piece, _ exchange: inout Exchange,
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Flow {
        if services.output.count > 0 {
            let flow = flush(&services)
            if flow != .open { return flow }
        }
        var offset = range.start
        switch transport.sendFile(
            from: descriptor, offset: &offset, count: min(range.count, Self.fileByteLimit))
        {
        case .bytes(let count):
            hasSent = true
            account(count, piece, &exchange, &peers, &services)
            return .open
        case .wouldBlock: return .blocked
        // Shorter than it was: the content ends early, and closing says so.
        case .endOfStream, .failed: return .failed
        }
    }

    /// What one call may send of a file, so that one reader cannot hold the worker.
    private static var fileByteLimit: Int { 1 << 20 }

    private mutating func sendPeer(
        _ peer: Int, _ range: Extent, _ piece: Piece, _ exchange: inout Exchange,
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Flow {
        var count = range.count
        if sendsChunks {
            if chunkRemaining == 0 {
                ChunkedEncoder.beginChunk(count, in: &services.output)
                chunkRemaining = count
            }
            count = min(count, chunkRemaining)
        }
        var flow = Flow.open
        if count <= Self.copyByteLimit {
            peers.appendInput(of: peer, 0..<count, to: &services.output)
        } else {
            (count, flow) = sendInput(of: peer, count, &peers, &services)
        }
        account(count, piece, &exchange, &peers, &services)
        if sendsChunks {
            chunkRemaining -= count
            if chunkRemaining == 0 { services.output.append(ChunkedEncoder.chunkEnd) }
        }
        return flow
    }

    /// Smaller pieces are copied behind the head, so that both leave together.
    private static var copyByteLimit: Int { 8 << 10 }

    private mutating func sendInput(
        of peer: Int, _ count: Int, _ peers: inout PeerConnections, _ services: inout Services
    ) -> (Int, Flow) {
        switch peers.connections[peer].input {
        case .some(let input): send(input.bytes(0..<count), &services)
        case .none: (0, .failed)
        }
    }

    /// The content is complete: closes the framing, and looks at what is left of the request.
    private mutating func endResponse(_ exchange: inout Exchange, _ services: inout Services) {
        if sendsChunks {
            services.output.append(ChunkedEncoder.end)
            exchange.response.sentByteCount += ChunkedEncoder.end.utf8CodeUnitCount
            sendsChunks = false
        }
        exchange.response.isComplete = true
        writing = .finished
        phaseStartedAt = services.clock.now
    }
}
