// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A connection that serves one stream of HTTP/2: what is different without a wire of its own.

internal import EventLoop
internal import FileCache
internal import HTTP
internal import HTTP1
internal import HTTP2
internal import Memory
internal import OS

extension ClientConnection {
    /// A connection for a stream whose head has arrived.
    init(serving stream: HTTP2Stream, _ facts: ClientFacts, at now: Instant) {
        self.init(Transport(stream), facts, at: now)
        reading = .finished
        persistence = .close
        awaits = .phase
        deadline = .distantFuture
    }

    /// Lets the exchange begin.
    mutating func begin(
        _ stream: HTTP2Stream, _ exchange: inout Exchange, _ services: inout Services
    ) {
        countRequest(&exchange, services)
        exchange.client = id
        exchange.facts = facts
        if proxyHeader != nil { exchange.proxyHeader = proxyHeader }
        exchange.startedAt = services.clock.now
        let refusal = exchange.takeHead(of: stream, &services)
        if case .length(let count) = exchange.head.framing { contentRemaining = count }
        switch exchange.head.framing {
        case .none, .untilClose: exchange.content.isComplete = true
        case .length, .chunked:
            if stream.isWithoutContent {
                exchange.content.isComplete = true
            } else {
                reading = .content
            }
        }
        guard let refusal else {
            step = exchange.begin(&services)
            return
        }
        services.logError(.information, exchange, refusal.reason)
        reading = .finished
        stream.dropInput()
        stream.session.noteMalformed()
        step = exchange.refuse(refusal.status, &services)
    }

    // MARK: Content

    /// Reads what has arrived of the content.
    mutating func readContent(
        of stream: HTTP2Stream, _ slot: Int, _ exchanges: inout ObjectPool<Exchange>,
        _ services: inout Services
    ) -> ContentOutcome {
        if services.input.count == 0 {
            services.input.reserve(64 << 10)
            switch transport.receive(into: &services.input) {
            case .bytes: break
            case .wouldBlock: return .blocked
            case .failed: return .closed
            case .endOfStream:
                if case .length = exchanges[slot].head.framing, contentRemaining > 0 {
                    return .malformed(.contentLength)
                }
                return endContent(slot, &exchanges, &services)
            }
        }
        let count = services.input.count
        if case .length = exchanges[slot].head.framing {
            guard count <= contentRemaining else { return .malformed(.contentLength) }
            contentRemaining -= count
        }
        let outcome = exchanges[slot].appendContent(services.input.span(0..<count), services.site)
        services.input.consume(count)
        guard outcome == .taken else { return Self.outcome(outcome) }
        guard stream.isInputEnded, !stream.hasInput else { return .progress }
        if case .length = exchanges[slot].head.framing, contentRemaining > 0 {
            return .malformed(.contentLength)
        }
        return endContent(slot, &exchanges, &services)
    }

    // MARK: The response

    /// Hands the head of the response to the stream.
    mutating func answer(
        _ stream: HTTP2Stream, _ exchange: inout Exchange, _ services: inout Services
    ) {
        sendsChunks = false
        if !exchange.response.hints.isEmpty { inform(stream, &exchange) }
        services.output.removeAll()
        appendUsualFields(exchange, &services)
        exchange.response.file.appendLines(to: &services.output)
        services.output.append(contentsOf: exchange.response.fields)
        if let length = exchange.response.contentLength, !exchange.response.statesLength,
            exchange.response.status != 204
        {
            services.output.append("Content-Length: ")
            services.output.append(decimal: length)
            services.output.append("\r\n")
        }
        if exchange.head.method == .head { exchange.response.hasTrailers = false }
        let hasContent =
            exchange.response.hasTrailers
            || exchange.response.source != .none && exchange.response.contentLength != 0
        let status = Status(rawValue: UInt16(clamping: exchange.response.status)).onTheWire
        stream.chunkSize =
            services.site.locations[exchange.locationIndex].settings.http2.chunkSize
        _ = stream.session.answer(
            stream, status: Int(status.rawValue), lines: services.output.readable,
            hasContent: hasContent)
        exchange.response.sentByteCount += services.output.count
        services.output.removeAll()
        if !hasContent { stream.finish() }
        exchange.response.isKeptAlive = !stream.session.isEnding
    }

    /// Sends a 103 before the response.
    ///
    /// Spec: RFC 8297.
    func inform(_ stream: HTTP2Stream, _ exchange: inout Exchange) {
        stream.session.inform(stream, status: 103, lines: exchange.response.hints.readable)
        exchange.response.sentByteCount += exchange.response.hints.count
        exchange.response.hints.removeAll()
    }

    /// Gives the stream a part of a file that is in memory.
    ///
    /// - Returns: how much of it has gone, and whether more can.
    mutating func lend(
        _ range: Extent, to stream: HTTP2Stream, _ exchange: inout Exchange,
        _ services: inout Services
    ) -> (count: Int, flow: Flow) {
        if stream.isLending {
            let count = stream.takeNotice()
            if count > 0 { hasSent = true }
            return (count, count > 0 ? .open : .blocked)
        }
        if stream.isClosed { return (0, .failed) }
        if services.output.count > 0 {
            let flow = flush(&services)
            if flow != .open { return (0, flow) }
        }
        guard let file = exchange.response.file.representation else { return (0, .failed) }
        if range.count <= min(Self.copiedByteLimit, stream.room) {
            stream.send(file.content.extracting(range.range))
            return (range.count, .open)
        }
        exchange.response.file.keep()
        stream.lend(
            file.content.extracting(range.range),
            isLast: exchange.response.source == .file && range.end == exchange.response.end
                && !exchange.response.isFiltered && !exchange.response.hasTrailers)
        return (0, .blocked)
    }

    /// What is copied, so that nobody has to wait until it is sent.
    private static var copiedByteLimit: Int { 8 << 10 }

    /// Ends the stream once all that was queued has been sent.
    mutating func finish(
        _ stream: HTTP2Stream, _ exchanges: inout ObjectPool<Exchange>,
        _ services: inout Services
    ) -> Instruction {
        let timeout = services.sendTimeout(of: exchange, exchanges)
        if services.output.count > 0 {
            switch flush(&services) {
            case .open: break
            case .blocked: return waitForRoom(timeout, services)
            case .failed: return .close
            }
        }
        guard let slot = exchange.flatMap({ exchanges.slot(for: $0) }) else { return .close }
        stream.finish(trailers: exchanges[slot].response.trailers)
        exchanges[slot].response.trailers.removeAll()
        guard stream.isDone else {
            if stream.hasMoved { hasSent = true }
            return waitForRoom(timeout, services)
        }
        finishLog(slot, &exchanges, &services)
        return .close
    }

    // MARK: The connection that has the wire

    /// Has whoever has the wire look at what there is for it.
    func tellOwner(_ services: inout Services) {
        guard let stream = transport.stream else { return tellParent(&services) }
        guard let owner = stream.session.schedule() else { return }
        services.multiplexedNews.append(owner)
    }

    /// Goes on waiting if a client has taken anything.
    mutating func expireRoom(
        _ stream: HTTP2Stream, _ exchanges: inout ObjectPool<Exchange>,
        _ services: inout Services
    ) -> Instruction {
        guard stream.hasMoved else { return expireStream(stream, &exchanges, &services) }
        return wait(for: .room, services.sendTimeout(of: exchange, exchanges), services)
    }

    /// Ends the stream of a client that took too long.
    ///
    /// Spec: nginx: PROTOCOL_ERROR.
    mutating func expireStream(
        _ stream: HTTP2Stream, _ exchanges: inout ObjectPool<Exchange>,
        _ services: inout Services
    ) -> Instruction {
        services.logError(.information, facts, "client timed out")
        if let slot = exchange.flatMap({ exchanges.slot(for: $0) }) {
            if exchanges[slot].response.status == 0 { exchanges[slot].response.status = 408 }
            finishLog(slot, &exchanges, &services)
        }
        stream.session.reset(stream, .protocolError)
        return .close
    }

    /// Lets go of the stream, which may not be over.
    func leave(_ stream: HTTP2Stream) {
        stream.leave()
    }
}

extension ClientConnection {
    /// Accepts an extended CONNECT: the peer has switched protocols.
    ///
    /// Spec: RFC 8441 §5: 200, and neither Upgrade nor Sec-WebSocket-Accept.
    mutating func beginTunnel(
        _ stream: HTTP2Stream, _ exchange: inout Exchange, _ services: inout Services
    ) {
        services.output.removeAll()
        appendUsualFields(exchange, &services)
        exchange.response.removeField("Sec-WebSocket-Accept")
        services.output.append(contentsOf: exchange.response.fields)
        _ = stream.session.answer(
            stream, status: 200, lines: services.output.readable, hasContent: true)
        exchange.response.sentByteCount += services.output.count
        services.output.removeAll()
        writing = .tunnel
    }
}
