// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The outbound half: the content of a response, piece by piece onto the wire.

internal import EventLoop
internal import FileCache
internal import HTTP
internal import HTTP1
internal import Memory
internal import OS

extension ClientConnection {
    /// Sends content as long as there is some and the kernel takes it.
    mutating func transmit(
        _ exchanges: inout ObjectPool<Exchange>, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Instruction? {
        guard let slot = exchange.flatMap({ exchanges.slot(for: $0) }) else { return .close }
        let before = exchanges[slot].response.sentContentCount
        for _ in 0..<Self.piecesPerTurnLimit {
            if services.output.count >= Self.queueByteLimit {
                if let instruction = drain(slot, &exchanges, &services) { return instruction }
            }
            if let instruction = pause(slot, &exchanges, &services) { return instruction }
            let piece = exchanges[slot].nextPiece(&peers, &services)
            let flow: Flow
            switch piece {
            case .body(let range):
                flow = queueBody(range, piece, &exchanges[slot], &peers, &services)
            case .memory(let range):
                flow = sendMemory(range, piece, &exchanges[slot], &peers, &services)
            case .file(let descriptor, let range):
                guard
                    let sent = sendFile(
                        descriptor, range, piece, &exchanges[slot], &peers, &services)
                else {
                    return waitForDisk(slot, &exchanges, &services)
                }
                flow = sent
                if flow == .open, hasHadTurn(exchanges[slot], since: before, services) {
                    return .yield
                }
            case .peer(let peer, let range):
                flow = sendPeer(peer, range, piece, &exchanges[slot], &peers, &services)
            case .kept(let range):
                flow = sendKept(range, piece, &exchanges[slot], &peers, &services)
            case .spilled(let file, let range):
                flow = sendSpilled(file, range, piece, &exchanges[slot], &peers, &services)
                if flow == .open, hasHadTurn(exchanges[slot], since: before, services) {
                    return .yield
                }
            case .assembled(let range):
                flow = sendAssembled(range, piece, &exchanges[slot], &peers, &services)
            case .filtered(let range):
                flow = sendFiltered(range, piece, &exchanges[slot], &peers, &services)
            case .yield: return .yield
            case .cold: return waitForDisk(slot, &exchanges, &services)
            case .pending:
                if let instruction = drain(slot, &exchanges, &services) { return instruction }
                switch passContent(slot, &exchanges, &services) {
                case .progress: continue
                case .blocked: return waitForMore(slot, &exchanges, &peers, &services)
                default: flow = .failed
                }
            case .end:
                endResponse(&exchanges[slot], &services)
                return nil
            case .failed: return breakOff(slot, &exchanges, &services)
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

    /// Ends a response whose content has broken off, so that nobody takes it for a whole one.
    ///
    /// Why: a length that is not reached and chunks without the last one say so by themselves;
    ///      where the end of the connection ends the content, only a reset does.
    private mutating func breakOff(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> Instruction {
        _ = flush(&services)
        if exchanges[slot].response.contentLength == nil, !sendsChunks { transport.resetOnClose() }
        finishLog(slot, &exchanges, &services)
        return .close
    }

    /// Waits until the peer has more content, or may be asked for it.
    private mutating func waitForMore(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Instruction? {
        if exchanges[slot].response.assembly?.isWaiting == true {
            return waitForPart(slot, &exchanges, &services)
        }
        // While the client was waited for, the peer could not show that it lives.
        if awaits == .room || awaits == .pause || awaits == .part {
            exchanges[slot].setPeerDeadline(\.readTimeout, &services)
        }
        if let end = exchanges[slot].peerPause(&services) { return wait(for: .pause, until: end) }
        return waitForPeer(slot, &exchanges, &peers, &services)
    }

    /// Receives content for a peer that has begun to answer before it has all of it.
    private mutating func passContent(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> ContentOutcome {
        guard reading == .content, exchanges[slot].wantsContent else { return .blocked }
        return readContent(slot, &exchanges, &services)
    }

    /// Sends what is queued, and waits until a part of the file has been read.
    private mutating func waitForDisk(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> Instruction {
        drain(slot, &exchanges, &services) ?? wait(for: .file, Self.diskTimeout, services)
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

    /// Sends what is queued, and rests while nothing more may be sent; nil when something may.
    private mutating func pause(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> Instruction? {
        guard exchanges[slot].response.pace.isOn, !exchanges[slot].hasGivenAll else { return nil }
        let response = (
            pace: exchanges[slot].response.pace, sent: exchanges[slot].response.sentByteCount
        )
        guard let end = response.pace.pause(after: response.sent, at: services.clock.now) else {
            return nil
        }
        if let instruction = drain(slot, &exchanges, &services) { return instruction }
        // Spec: nginx: nobody waits for the rest any more.
        if transport.isHalfClosed, reading == .finished {
            services.logError(
                .information, exchanges[slot], "client prematurely closed connection")
            finishLog(slot, &exchanges, &services)
            return .close
        }
        return wait(for: .pause, until: end)
    }

    private mutating func waitForRoom(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ services: borrowing Services
    ) -> Instruction {
        waitForRoom(
            services.site.locations[exchanges[slot].locationIndex].settings.client.sendTimeout,
            services)
    }

    private mutating func account(
        _ count: Int, _ piece: Piece, _ exchange: inout Exchange, _ peers: inout PeerConnections,
        _ services: inout Services
    ) {
        exchange.response.sentByteCount += count
        exchange.didSend(count, of: piece, &peers, &services)
        if sendsChunks, count > 0 { endChunk(count, &exchange, &services) }
    }

    /// Puts the size of a chunk before a piece, where content is sent in chunks.
    ///
    /// - Returns: how much of the piece belongs to the chunk that has begun.
    private mutating func beginChunk(
        _ count: Int, _ exchange: inout Exchange, _ services: inout Services
    ) -> Int {
        guard sendsChunks else { return count }
        if chunkRemaining == 0 {
            let before = services.output.count
            ChunkedEncoder.beginChunk(count, in: &services.output)
            exchange.response.sentByteCount += services.output.count - before
            chunkRemaining = count
        }
        return min(count, chunkRemaining)
    }

    /// Ends the chunk once all of it has been sent.
    private mutating func endChunk(
        _ count: Int, _ exchange: inout Exchange, _ services: inout Services
    ) {
        chunkRemaining -= count
        guard chunkRemaining == 0 else { return }
        services.output.append(ChunkedEncoder.chunkEnd)
        exchange.response.sentByteCount += ChunkedEncoder.chunkEnd.utf8CodeUnitCount
    }

    private mutating func queueBody(
        _ range: Extent, _ piece: Piece, _ exchange: inout Exchange,
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Flow {
        let count = beginChunk(min(range.count, Self.queueByteLimit), &exchange, &services)
        services.output.append(exchange.response.body.span(range.start..<range.start + count))
        account(count, piece, &exchange, &peers, &services)
        return .open
    }

    private mutating func sendMemory(
        _ range: Extent, _ piece: Piece, _ exchange: inout Exchange,
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Flow {
        if let stream = transport.stream {
            let (count, flow) = lend(range, to: stream, &exchange, &services)
            account(count, piece, &exchange, &peers, &services)
            return flow
        }
        guard let file = exchange.response.file.representation else { return .failed }
        let range = Extent(
            range.start, range.start + beginChunk(range.count, &exchange, &services))
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

    /// Sends a part of a file; nil while a disk is waited for.
    private mutating func sendFile(
        _ descriptor: Int32, _ range: Extent, _ piece: Piece, _ exchange: inout Exchange,
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Flow? {
        let file = SharedFile(descriptor)
        switch exchange.examine(file, range, &services) {
        case .ready: break
        case .cold: return nil
        case .changed: return .failed
        }
        let remaining = beginChunk(range.count, &exchange, &services)
        let sending = services.site.locations[exchange.locationIndex].settings.rate.sending
        if !sending.usesSendfile {
            let part = Extent(range.start, range.start + remaining)
            return copyFile(file, part, piece, &exchange, &peers, &services)
        }
        return sendByKernel(
            descriptor, Extent(range.start, range.start + remaining), piece, &exchange, &peers,
            &services)
    }

    /// Sends a part of a file whose bytes nobody here needs to see.
    private mutating func sendByKernel(
        _ descriptor: Int32, _ range: Extent, _ piece: Piece, _ exchange: inout Exchange,
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Flow {
        guard transport.sendsFiles else {
            return copyFile(
                SharedFile(descriptor), range, piece, &exchange, &peers, &services)
        }
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

    /// Reads a part of a file behind what is queued.
    private mutating func copyFile(
        _ file: SharedFile, _ range: Extent, _ piece: Piece, _ exchange: inout Exchange,
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Flow {
        let count = min(range.count, Self.queueByteLimit)
        services.output.reserve(count)
        switch file.read(into: services.output.free, limit: count, at: range.start) {
        case .bytes(let count):
            services.output.didFill(count)
            account(count, piece, &exchange, &peers, &services)
            return .open
        case .wouldBlock, .endOfStream, .failed: return .failed
        }
    }

    /// Whether a client has been sent as much of a file as it may before others have their turn.
    private func hasHadTurn(
        _ exchange: borrowing Exchange, since before: Int, _ services: borrowing Services
    ) -> Bool {
        let limit = services.site.locations[exchange.locationIndex].settings.rate.sending
            .chunkByteLimit
        return limit > 0 && exchange.response.sentContentCount - before >= limit
    }

    /// How long a disk may take.
    ///
    /// Units: milliseconds.
    private static var diskTimeout: Int { 60_000 }

    private mutating func sendPeer(
        _ peer: Int, _ range: Extent, _ piece: Piece, _ exchange: inout Exchange,
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Flow {
        let count = beginChunk(range.count, &exchange, &services)
        let (sent, flow) =
            switch peers.connections[peer].input {
            case .some(let input): queueOrSend(count, of: input, &services)
            // All that had come lay before the part that is wanted.
            case .none: (0, count == 0 ? .open : .failed)
            }
        account(sent, piece, &exchange, &peers, &services)
        return flow
    }

    private mutating func sendKept(
        _ range: Extent, _ piece: Piece, _ exchange: inout Exchange,
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Flow {
        let count = beginChunk(range.count, &exchange, &services)
        let (sent, flow) = queueOrSend(count, of: exchange.proxy.ahead.front, &services)
        account(sent, piece, &exchange, &peers, &services)
        return flow
    }

    private mutating func sendSpilled(
        _ descriptor: Int32, _ range: Extent, _ piece: Piece, _ exchange: inout Exchange,
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Flow {
        let count = beginChunk(range.count, &exchange, &services)
        let part = Extent(range.start, range.start + count)
        if transport.isStream {
            return copyFile(
                SharedFile(descriptor), part, piece, &exchange, &peers, &services)
        }
        return sendByKernel(descriptor, part, piece, &exchange, &peers, &services)
    }

    private mutating func sendFiltered(
        _ range: Extent, _ piece: Piece, _ exchange: inout Exchange,
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Flow {
        let count = beginChunk(range.count, &exchange, &services)
        let (sent, flow) = queueOrSend(count, of: exchange.response.filter.output, &services)
        account(sent, piece, &exchange, &peers, &services)
        return flow
    }

    private mutating func sendAssembled(
        _ range: Extent, _ piece: Piece, _ exchange: inout Exchange,
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Flow {
        guard let assembly = exchange.response.assembly else { return .failed }
        let count = beginChunk(range.count, &exchange, &services)
        let (sent, flow) = queueOrSend(count, of: assembly.output, &services)
        account(sent, piece, &exchange, &peers, &services)
        return flow
    }

    /// Queues the first bytes of a buffer, or sends them at once behind what is queued.
    private mutating func queueOrSend(
        _ count: Int, of buffer: borrowing Buffer, _ services: inout Services
    ) -> (Int, Flow) {
        guard count <= Self.copyByteLimit else { return send(buffer.bytes(0..<count), &services) }
        services.output.append(0..<count, of: buffer)
        return (count, .open)
    }

    /// Smaller pieces are copied behind the head, so that both leave together.
    private static var copyByteLimit: Int { 8 << 10 }

    /// The content is complete: closes the framing, and looks at what is left of the request.
    private mutating func endResponse(_ exchange: inout Exchange, _ services: inout Services) {
        if sendsChunks {
            let before = services.output.count
            services.output.append(ChunkedEncoder.lastChunk)
            if exchange.response.hasTrailers { exchange.makeTrailers(&services) }
            services.output.append(contentsOf: exchange.response.trailers)
            services.output.append("\r\n")
            exchange.response.sentByteCount += services.output.count - before
            sendsChunks = false
        }
        if transport.isStream, exchange.response.hasTrailers { exchange.makeTrailers(&services) }
        exchange.response.isComplete = true
        writing = .finished
        phaseStartedAt = services.clock.now
    }
}
