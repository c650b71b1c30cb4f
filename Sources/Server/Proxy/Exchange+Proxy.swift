// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The handler that passes requests to peers: from choosing one to the head of its answer.

internal import EventLoop
internal import HTTP
internal import HTTP1
internal import Memory
internal import OS

extension Exchange {
    /// Prepares to pass the request on.
    ///
    /// No peer is asked yet: that is `proceed`.
    mutating func beginProxying(_ services: inout Services) -> ExchangeStep {
        // What was passed on as it came is gone: an error page cannot have it.
        if content.isStreamed, content.receivedCount > 0 {
            return answerBuiltIn(502, location: nil, &services)
        }
        let proxyPass = services.site.locations[locationIndex].proxyPass
        proxy.sendsContent =
            head.framing != .none && !proxyPass.pass.setsContent
            && services.site.locations[locationIndex].settings.proxy.policy.passesContent
        // What is sent instead of the content may be made of it.
        let quotesContent =
            head.framing != .none && proxyPass.pass.setsContent && services.site.usesRequestContent
        if proxy.sendsContent || quotesContent, !content.isComplete {
            guard !quotesContent, !mustHaveContent(services) else {
                content.isStreamed = false
                stage = .needsContent
                return .receiveContent
            }
            content.isStreamed = true
            content.isRecorded = services.site.usesRequestContent
        }
        // Whoever wants files gets one for nothing, too.
        if head.framing == .length(0), !content.isInFile,
            content.finish(services.site.locations[locationIndex].settings) != .taken
        {
            services.logError(
                .critical, self, "a file could not be made in client_body_temp_path")
            return fail(500, &services)
        }
        guard chooseGroup(&services) else { return fail(500, &services) }
        proxy.beginAnew()
        if let tls = proxyPass.pass.tls, proxy.dynamicTarget?.isSecure ?? true { proxy.tls = tls }
        proxy.stage = .choosing
        proxy.firstTryAt = services.clock.now
        countTries(services)
        prepareChoice(&services)
        writeUpstreamRequest(proxyPass, &services)
        stage = .proxying
        // What has no content may ask for leave all the same.
        return head.expectsContinue && content.isComplete ? .invite : .proceed
    }

    /// Whether the content of the request is to arrive before a peer is asked.
    ///
    /// Why: what is small arrives at once, and can then be sent again to another peer. What is
    ///      large would fill a disk, and the peer would begin late.
    private func mustHaveContent(_ services: borrowing Services) -> Bool {
        let proxy = services.site.locations[locationIndex].settings.proxy.policy
        let client = services.site.locations[locationIndex].settings.client
        switch (proxy.requestBuffering, head.framing) {
        // HTTP/1.0 has no chunks, so the length must be known.
        case (_, .chunked) where proxy.usesHTTP10: return true
        case (.always, _): return true
        case (.never, _): return false
        // Somebody wants to see all of it.
        case (.small, _) where services.site.usesRequestContent: return true
        case (.small, _) where client.contentFile != .whenLarge: return true
        case (.small, .length(let count)):
            return count <= client.contentBufferSize
        case (.small, _): return false
        }
    }

    /// Goes on after the request content has arrived completely.
    mutating func contentDidArrive(_ services: inout Services) -> ExchangeStep {
        guard stage == .needsContent else { return .wait }
        return phase == .content ? beginProxying(&services) : runPhases(&services)
    }

    /// Moves the exchange with the peer as far as it goes without waiting.
    ///
    /// Call it when the peer's connection is ready, when content has arrived, and after `.proceed`.
    mutating func proceed(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep {
        // An event may be late: meant for the request before, which did not wait for it.
        if stage == .needsContent { return .receiveContent }
        if stage == .inPhase { return runPhases(&services) }
        if stage == .loadingFile { return serveFile(&services) }
        while true {
            switch proxy.stage {
            case .choosing: if let step = choosePeer(&peers, &services) { return step }
            case .resolving: return nameDidResolve(&peers, &services)
            case .holding, .queued: return .wait
            case .connecting: if let step = finishConnecting(&peers, &services) { return step }
            case .handshaking: if let step = shakeHands(&peers, &services) { return step }
            case .sending where session != nil: return .tunnel
            case .sending: if let step = sendRequest(&peers, &services) { return step }
            case .awaitingHead: return receiveHead(&peers, &services) ?? .wait
            case .none, .receivingContent, .finished, .failed: return .respond
            }
        }
    }

    // MARK: Choosing

    /// Sets how many peers may be asked.
    mutating func countTries(_ services: borrowing Services) {
        let limit = services.site.locations[locationIndex].settings.proxy.policy.triesLimit
        let count = services.groups[proxy.group].tryCount
        proxy.tryCount = limit > 0 ? min(limit, count) : count
        proxy.triesLeft = proxy.tryCount
    }

    /// Chooses a peer and takes a connection to it, an old one or a new one.
    private mutating func choosePeer(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep? {
        if services.isTraced { return explainPeer(&services) }
        if !services.holds.isEmpty, let step = joinHold(&services) { return step }
        if !services.queues.isEmpty, let step = joinQueue(&services) { return step }
        let now = services.clock.now
        let chosen = services.groups[proxy.group]
        let selection = chosen.select(for: &proxy.choice, at: now)
        guard let peer = selection.index else {
            if selection == .none,
                let step = awaitNames(&services) ?? holdForWantOfPeers(&services)
            {
                return step
            }
            if selection == .busy, let step = enterQueue(&services) { return step }
            services.logError(.error, self, "no live upstreams while connecting to upstream")
            noteUnavailable(services)
            return failProxying(with: 502, &services)
        }
        proxy.lease = PeerLease(adopting: peer, of: chosen, at: now)
        proxy.peer = peer
        proxy.beginDialling()
        proxy.requestSent = 0
        proxy.contentSent = 0
        proxy.hasEndedChunks = false
        proxy.hasSentBytes = false
        proxy.isRequestSent = false
        proxy.attempts.append(PeerAttempt(address: chosen.peers[peer].name, startedAt: now))
        proxy.attempts[proxy.attempts.count - 1].queueTime = leaveQueue(chosen, at: now)
        // What is streamed cannot be sent twice: it is not risked on a connection that the peer may
        // be about to close.
        guard findSource(&services) else { return failProxying(with: 500, &services) }
        if proxy.tls != nil { prepareSecurity(&services) }
        if !content.isStreamed, !proxy.needsNewConnection, proxy.addressIndex == 0,
            let pooled = takePooled(&peers, &services)
        {
            proxy.connection = pooled
            proxy.isReused = true
            proxy.stage = .sending
            setPeerDeadline(\.sendTimeout, &services)
            proxy.attempts[proxy.attempts.count - 1].connectTime = 0
            if let slot = peers.connections.slot(for: pooled) {
                proxy.attempts[proxy.attempts.count - 1].address = peers.connections[slot].address
            }
            return nil
        }
        proxy.isReused = false
        return dial(&peers, &services)
    }

    // MARK: Receiving the head

    /// Receives the head of an answer; nil when it has not arrived completely.
    mutating func receiveHead(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep? {
        guard let slot = proxy.connection.flatMap({ peers.connections.slot(for: $0) }) else {
            return retryOrFail(after: .closedEarly, &peers, &services)
        }
        while true {
            if peers.connections[slot].inputCount > 0 {
                switch parseHead(slot, &peers, &services) {
                case .parsed(let count):
                    if let step = takeHead(count, slot, &peers, &services) { return step }
                    continue
                case .malformed(let flaw):
                    return retryOrFail(after: .malformed(flaw), &peers, &services)
                case .needsBytes: break
                }
            }
            switch peers.connections[slot].receive(&services.buffers) {
            case .bytes(let count):
                noteReceived(count)
                if proxy.isRequestSent { setPeerDeadline(\.readTimeout, &services) }
            case .wouldBlock: return nil
            case .endOfStream: return retryOrFail(after: .closedEarly, &peers, &services)
            case .failed(let error):
                return retryOrFail(after: .receiveFailed(error), &peers, &services)
            }
        }
    }

    private mutating func noteReceived(_ count: Int) {
        proxy.attempts[proxy.attempts.count - 1].receivedCount += count
    }

    private func parseHead(
        _ slot: Int, _ peers: inout PeerConnections, _ services: inout Services
    ) -> ParseResult {
        let limit = services.site.locations[locationIndex].settings.proxy.policy.headByteLimit
        let limits = HeadLimits(lineByteLimit: limit, headByteLimit: limit)
        switch peers.connections[slot].input {
        case .some(let input):
            return ResponseParser.parse(
                input.readable, answering: proxy.method, into: &services.peerHead, limits: limits)
        case .none: return .needsBytes
        }
    }

    /// Acts on a complete head from the peer.
    ///
    /// - Returns: nil after an interim response, whose successor is still to come.
    private mutating func takeHead(
        _ byteCount: Int, _ slot: Int, _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep? {
        let status = Int(services.peerHead.status.rawValue)
        if status == 101 {
            // A peer that has not got all of the request cannot know what it agrees to.
            guard proxy.requestsUpgrade, proxy.isRequestSent else {
                return retryOrFail(after: .malformed(.statusLine), &peers, &services)
            }
        } else if services.peerHead.status.isInformational {
            // Spec: RFC 9110 §15.2: any number may come, but not without end.
            proxy.interimCount += 1
            guard proxy.interimCount <= Self.interimLimit else {
                return retryOrFail(after: .malformed(.statusLine), &peers, &services)
            }
            let isHint = status == 103 && takeHints(slot, &peers, &services)
            peers.connections[slot].consume(byteCount, &services.buffers)
            return isHint ? .inform : nil
        }
        let last = proxy.attempts.count - 1
        proxy.attempts[last].status = status
        proxy.attempts[last].headTime = Int(services.clock.now - proxy.attempts[last].startedAt)
        if let step = tryNextPeer(after: status, &peers, &services) { return step }
        proxy.lease?.noteHead(at: services.clock.now)
        note(.answered, &services)
        return answer(byteCount, slot, &peers, &services)
    }

    private static var interimLimit: Int { 10 }

    private mutating func takeHints(
        _ slot: Int, _ peers: inout PeerConnections, _ services: inout Services
    ) -> Bool {
        switch peers.connections[slot].input {
        case .some(let input): takeHints(input.readable, &services)
        case .none: false
        }
    }

    /// Whether the client looks for as much content as the head says.
    ///
    /// Spec: security: a peer that answers HEAD, or with a 304, names a length that nothing
    ///       follows. Behind another status or for another method, the client would take the next
    ///       answer for that content.
    private var mustHaveLength: Bool {
        head.method != .head && Status(rawValue: UInt16(clamping: response.status)).allowsContent
    }

    /// Makes the peer's head the response.
    private mutating func answer(
        _ byteCount: Int, _ slot: Int, _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep {
        let status = Int(services.peerHead.status.rawValue)
        proxy.framing = services.peerHead.framing
        proxy.mayReuse = services.peerHead.persistence == .keepAlive && status != 101
        proxy.peerTimeout = nil
        proxy.decoder = ChunkedDecoder()
        proxy.remaining = 0
        if case .length(let count) = proxy.framing { proxy.remaining = count }
        switch peers.connections[slot].input {
        case .some(let input):
            if services.peerHead.fields.contains(.keepAlive) {
                notePatience(input.readable, services)
            }
            takeFields(input.readable, &services)
        case .none: break
        }
        if services.groups[proxy.group].isSticky {
            addStickyCookie(&services)
            learnPeer(isHead: true, &services)
        }
        response.contentLength = services.peerHead.contentLength
        response.status = errorStatus == 0 || status == 101 ? status : errorStatus
        if proxy.framing == .none, mustHaveLength { response.contentLength = 0 }
        response.source = .peer
        if services.site.locations[locationIndex].settings.proxy.policy.forcesRanges {
            offerRanges(ofAtMost: services.site.locations[locationIndex].settings.conditions)
        }
        peers.connections[slot].consume(byteCount, &services.buffers)
        deadline = nil
        if status == 101 {
            let steps = services.site.locations[locationIndex].steps
            if steps.contains(.addsFields), !steps.contains(.addsTrailers) { addFields(&services) }
            stage = .tunnel
            return .tunnel
        }
        let policy = services.site.locations[locationIndex].settings.proxy.policy
        if policy.errorDetails != .nobody { noteAnswer(status, &services) }
        if policy.timing != .nobody { addServerTiming(&services) }
        if let target = proxy.redirection { return followRedirection(target, &peers, &services) }
        if services.site.locations[locationIndex].settings.proxy.policy.interceptsErrors,
            status >= 300,
            services.site.locations[locationIndex].steps.contains(.hasErrorPages)
        {
            let pages = services.site.locations[locationIndex].settings.response.errorPages.elements
            if pages.contains(where: { $0.status == status }) {
                return intercept(status, &peers, &services)
            }
        }
        proxy.stage = .receivingContent
        decideBuffering(services)
        setPeerPace(&services)
        setPeerDeadline(\.readTimeout, &services)
        if proxy.framing == .none || proxy.framing == .length(0) {
            finishPeerContent(&peers, &services)
        } else if head.method == .head
            || !Status(rawValue: UInt16(clamping: response.status)).allowsContent
        {
            // An `error_page` with a status that has no content, or a peer that was asked for more
            // than the client: what it sends is not wanted.
            proxy.mayReuse = false
            finishPeerContent(&peers, &services)
        }
        return complete(&services)
    }
}

extension Exchange {
    /// Answers with our own page instead of the peer's, whose challenge stays: without it a client
    /// could not know how to log in.
    private mutating func intercept(
        _ status: Int, _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep {
        let challenges = FieldLines.values(
            of: Array("www_authenticate".utf8), in: response.fields.readable)
        releasePeer(&peers, &services)
        let step = fail(status, &services)
        if status == 401, step == .respond {
            for challenge in challenges { response.add("WWW-Authenticate", challenge.span) }
        }
        return step
    }
}
