// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The outbound half: from what an exchange asks for to the head of its response.

internal import EventLoop
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
            if reading == .content, services.input.count > 0,
                exchanges[slot].wantsFirstContent
            {
                return receiveContent(slot, &exchanges, &peers, &services)
            }
            step = exchanges[slot].proceed(&peers, &services)
            return nil
        case .receiveContent: return receiveContent(slot, &exchanges, &peers, &services)
        case .wait: return waitForPeer(slot, &exchanges, &peers, &services)
        case .respond:
            if reading == .content, isUnwantedContentMalformed(slot, &exchanges, &services) {
                return refuseContent(400, slot, &exchanges, &peers, &services)
            }
            if let subrequest = transport.subrequest {
                sendsChunks = false
                exchanges[slot].tellResult(to: subrequest, &services)
            } else if let stream = transport.stream {
                answer(stream, &exchanges[slot], &services)
            } else {
                queueHead(&exchanges[slot], &services)
            }
            writing = .response
            return nil
        case .inform:
            if let stream = transport.stream {
                inform(stream, &exchanges[slot])
            } else if !transport.isInner {
                queueHints(&exchanges[slot], &services)
            }
            step = .proceed
            return nil
        case .invite:
            invite(&exchanges[slot], &services)
            step = .proceed
            return nil
        case .tunnel:
            if transport.isInner { return refuseTunnel(slot, &exchanges, &services) }
            beginTunnel(&exchanges[slot], &services)
            return nil
        case .abort:
            finishLog(slot, &exchanges, &services)
            return closeLate(slot, exchanges, services)
        }
    }

    /// Reads content because the handler wants it.
    private mutating func receiveContent(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Instruction? {
        invite(&exchanges[slot], &services)
        let wasInFile = exchanges[slot].content.isInFile
        let outcome = readContent(slot, &exchanges, &services)
        if !wasInFile, exchanges[slot].content.isInFile {
            services.logContentFile(exchanges[slot])
        }
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
    mutating func waitForPeer(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Instruction? {
        if exchanges[slot].stage == .loadingFile {
            return wait(for: .file, until: exchanges[slot].deadline ?? .distantFuture)
        }
        if transport.isHalfClosed, reading == .finished, hasLeft(exchanges[slot], services) {
            services.logError(
                .information, exchanges[slot],
                "client prematurely closed connection, so upstream connection is closed too")
            exchanges[slot].response.status = 499
            finishLog(slot, &exchanges, &services)
            return .close
        }
        let awaited: Awaited = exchanges[slot].stage == .inPhase ? .phase : .peer
        return wait(for: awaited, until: exchanges[slot].deadline ?? .distantFuture)
    }

    private func hasLeft(_ exchange: borrowing Exchange, _ services: borrowing Services) -> Bool {
        !services.site.locations[exchange.locationIndex].settings.proxy.policy.ignoresClientAbort
    }

    // MARK: The head

    /// Queues the response head, and decides how its content is framed.
    private mutating func queueHead(_ exchange: inout Exchange, _ services: inout Services) {
        decidePersistence(exchange, services)
        sendsChunks = false
        chunkRemaining = 0
        if !exchange.response.hints.isEmpty { queueHints(&exchange, &services) }
        let before = services.output.count
        if exchange.response.hasTrailers { prepareForTrailers(&exchange, services) }
        appendStart(exchange, &services)
        exchange.response.file.appendLines(to: &services.output)
        services.output.append(contentsOf: exchange.response.fields)
        if let length = exchange.response.contentLength {
            if !exchange.response.statesLength, exchange.response.status != 204 {
                HeadWriter.contentLength(length, to: &services.output)
            }
        } else if exchange.response.source != .none {
            if mayChunk(exchange, services) {
                sendsChunks = true
                exchange.response.isChunked = true
                services.output.append("Transfer-Encoding: chunked\r\n")
            } else {
                persistence = .close
            }
        }
        exchange.response.isKeptAlive = persistence == .keepAlive
        appendPersistence(exchange, &services)
        services.output.append("\r\n")
        exchange.response.sentByteCount += services.output.count - before
    }

    /// Queues a 103 before the response.
    ///
    /// Spec: RFC 8297.
    private func queueHints(_ exchange: inout Exchange, _ services: inout Services) {
        let before = services.output.count
        defer { exchange.response.sentByteCount += services.output.count - before }
        services.output.append("HTTP/1.1 103 Early Hints\r\n")
        services.output.append(contentsOf: exchange.response.hints)
        services.output.append("\r\n")
        exchange.response.hints.removeAll()
    }

    /// Whether the client understands chunks, and may be sent some.
    private func mayChunk(
        _ exchange: borrowing Exchange, _ services: borrowing Services
    ) -> Bool {
        exchange.head.version == .http11
            && services.site.locations[exchange.locationIndex].settings.response.allowsChunked
    }

    /// Fields can only follow content that is sent in chunks, and that has no length then.
    ///
    /// Spec: RFC 9112 §7.1.2, §6.2.
    private func prepareForTrailers(
        _ exchange: inout Exchange, _ services: borrowing Services
    ) {
        guard mayChunk(exchange, services) else {
            exchange.response.hasTrailers = false
            return
        }
        exchange.response.contentLength = nil
        exchange.response.file.omitsLength = true
        // Content may be empty, but must be framed.
        if exchange.response.source == .none { exchange.response.source = .body }
    }

    func appendStart(_ exchange: borrowing Exchange, _ services: inout Services) {
        let status = Status(rawValue: UInt16(clamping: exchange.response.status))
        if let reason = exchange.response.reason {
            let text = exchange.bytes.span(reason.range)
            HeadWriter.statusLine(status, reason: text, to: &services.output)
        } else {
            HeadWriter.statusLine(status, to: &services.output)
        }
        appendUsualFields(exchange, &services)
    }

    /// The fields that every response has.
    func appendUsualFields(_ exchange: borrowing Exchange, _ services: inout Services) {
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
        if !settings.agentsNotKept.isEmpty, exchange.isFromAgent(among: settings.agentsNotKept) {
            persistence = .close
        }
        // A client that asked before sending may stop now, or never begin: there is no telling
        // whether the next bytes are content or a request (RFC 9110 §10.1.1).
        if exchange.head.expectsContinue, reading == .content { persistence = .close }
    }
}
