// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The inbound half: heads and content.

internal import EventLoop
internal import HTTP
internal import HTTP1
internal import Memory
internal import OS

extension ClientConnection {
    /// Reads a request head and lets its exchange begin.
    ///
    /// - Returns: nil to go on.
    mutating func readHead(
        _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> Instruction? {
        guard let slot = acquireExchange(&exchanges) else {
            services.logError(.critical, facts, "no exchange is free")
            return .close
        }
        let limits = services.headLimits(of: facts.listener)
        while true {
            var isPreface = false
            if services.input.count > 0, !awaitsProxyHeader {
                switch findPreface(services) {
                case .none: break
                case .partial: isPreface = true
                case .whole:
                    releaseExchange(&exchanges)
                    return beginHTTP2(&services)
                }
            }
            if services.input.count > 0, !awaitsProxyHeader, !isPreface {
                switch RequestParser.parse(
                    services.input.readable, into: &exchanges[slot].head, limits: limits,
                    scanned: scannedCount)
                {
                case .parsed(let count):
                    begin(slot, headCount: count, &exchanges, &services)
                    return nil
                case .malformed(let flaw):
                    refuse(flaw, slot, &exchanges, &services)
                    return nil
                case .needsBytes: scannedCount = services.input.count
                }
            }
            if awaitsProxyHeader, services.input.count > 0 {
                switch takeProxyHeader(&services) {
                case .taken: continue
                case .refused:
                    releaseExchange(&exchanges)
                    return .close
                case .needsBytes: break
                }
            }
            let before = services.input.count
            services.input.reserve(Self.receiveByteCount)
            switch transport.receive(into: &services.input) {
            case .bytes: if before == 0 { phaseStartedAt = services.clock.now }
            case .wouldBlock:
                releaseExchange(&exchanges)
                return waitForHead(services)
            case .endOfStream:
                // The client may have closed only its side and still wait for answers.
                releaseExchange(&exchanges)
                reading = .closed
                writing = .finished
                return nil
            case .failed:
                releaseExchange(&exchanges)
                return .close
            }
        }
    }

    /// How much is asked for at once.
    private static var receiveByteCount: Int { 16 << 10 }

    private mutating func waitForHead(_ services: borrowing Services) -> Instruction {
        let settings = services.site.listeners[facts.listener].client
        if services.input.count > 0 {
            countReading(true, services)
            return wait(for: .head, until: phaseStartedAt + Int64(settings.headTimeout))
        }
        if facts.requestCount == 0 {
            return wait(for: .firstHead, until: facts.acceptedAt + Int64(settings.headTimeout))
        }
        // The location of the last request has said for how long.
        return wait(for: .nextRequest, until: deadline)
    }

    /// The exchange in progress, or a new one.
    mutating func acquireExchange(_ exchanges: inout ObjectPool<Exchange>) -> Int? {
        if let slot = exchange.flatMap({ exchanges.slot(for: $0) }) { return slot }
        guard let id = exchanges.acquire() else { return nil }
        exchange = id
        return exchanges.slot(for: id)
    }

    /// Gives the exchange back to the pool, ready for somebody else.
    mutating func releaseExchange(_ exchanges: inout ObjectPool<Exchange>) {
        guard let slot = exchange.flatMap({ exchanges.slot(for: $0) }) else { return }
        exchange = nil
        exchanges[slot].reset()
        exchanges.release(slot)
    }

    /// Hands a parsed head to the exchange.
    private mutating func begin(
        _ slot: Int, headCount: Int, _ exchanges: inout ObjectPool<Exchange>,
        _ services: inout Services
    ) {
        scannedCount = 0
        facts.requestCount += 1
        countRequest(&exchanges[slot], services)
        exchanges[slot].client = id
        exchanges[slot].facts = facts
        if proxyHeader != nil { exchanges[slot].proxyHeader = proxyHeader }
        exchanges[slot].startedAt = phaseStartedAt
        exchanges[slot].takeHead(services.input, byteCount: headCount)
        services.input.consume(headCount)
        persistence = exchanges[slot].head.persistence
        beginContent(exchanges[slot].head.framing)
        if reading == .finished { exchanges[slot].content.isComplete = true }
        writing = .idle
        step = exchanges[slot].begin(&services)
    }

    private mutating func beginContent(_ framing: ContentFraming) {
        switch framing {
        case .none, .untilClose, .length(0): reading = .finished
        case .length(let count):
            reading = .content
            contentRemaining = count
        case .chunked:
            reading = .content
            decoder = ChunkedDecoder()
        }
    }

    /// Answers a head that is none.
    ///
    /// The connection is out of step and ends after it.
    private mutating func refuse(
        _ flaw: Flaw, _ slot: Int, _ exchanges: inout ObjectPool<Exchange>,
        _ services: inout Services
    ) {
        facts.requestCount += 1
        countRequest(&exchanges[slot], services)
        exchanges[slot].client = id
        exchanges[slot].facts = facts
        if proxyHeader != nil { exchanges[slot].proxyHeader = proxyHeader }
        exchanges[slot].startedAt = phaseStartedAt
        exchanges[slot].takeMalformedHead(services.input, services.site)
        persistence = .close
        reading = .closed
        writing = .idle
        services.logError(.information, exchanges[slot], flaw.description)
        step = exchanges[slot].refuse(Int(flaw.status.rawValue), &services)
    }

    // MARK: Content

    enum ContentOutcome: BitwiseCopyable, Equatable {
        /// Content arrived, or the last of it.
        case progress
        case blocked
        case malformed(Flaw)
        case tooLarge
        /// It does not fit into memory, and there is no other place for it.
        case homeless(Errno)
        case failed(Errno)
        /// The client left in the middle.
        case closed
    }

    /// Reads some content into the exchange.
    mutating func readContent(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> ContentOutcome {
        if let stream = transport.stream {
            return readContent(of: stream, slot, &exchanges, &services)
        }
        if services.input.count == 0 {
            services.input.reserve(Self.contentByteCount)
            switch transport.receive(into: &services.input) {
            case .bytes: break
            case .wouldBlock: return .blocked
            case .endOfStream, .failed: return .closed
            }
        }
        return exchanges[slot].head.framing == .chunked
            ? decodeChunks(slot, &exchanges, &services) : takeLength(slot, &exchanges, &services)
    }

    private static var contentByteCount: Int { 64 << 10 }

    private mutating func takeLength(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> ContentOutcome {
        let count = min(contentRemaining, services.input.count)
        let outcome = exchanges[slot].appendContent(services.input.span(0..<count), services.site)
        services.input.consume(count)
        contentRemaining -= count
        guard outcome == .taken else { return Self.outcome(outcome) }
        if contentRemaining == 0 { return endContent(slot, &exchanges, &services) }
        return .progress
    }

    private mutating func decodeChunks(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> ContentOutcome {
        while services.input.count > 0 {
            switch decoder.next(services.input.readable) {
            case .content(let range):
                let outcome = exchanges[slot].appendContent(
                    services.input.span(range.range), services.site)
                services.input.consume(range.upperBound)
                guard outcome == .taken else { return Self.outcome(outcome) }
                let promised = decoder.promisedByteCount
                guard exchanges[slot].allowsContent(ofFurther: promised, services.site) else {
                    return .tooLarge
                }
            case .needsBytes(let consumed):
                services.input.consume(consumed)
                return receiveMore(&services)
            case .end(let consumed):
                services.input.consume(consumed)
                return endContent(slot, &exchanges, &services)
            case .malformed(let flaw): return .malformed(flaw)
            }
        }
        return .progress
    }

    /// Receives behind the start of a trailer section that is kept.
    private mutating func receiveMore(_ services: inout Services) -> ContentOutcome {
        guard services.input.count > 0 else { return .progress }
        services.input.reserve(Self.contentByteCount)
        switch transport.receive(into: &services.input) {
        case .bytes: return .progress
        case .wouldBlock: return .blocked
        case .endOfStream, .failed: return .closed
        }
    }

    mutating func endContent(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> ContentOutcome {
        reading = .finished
        return Self.outcome(exchanges[slot].finishContent(services.site))
    }

    static func outcome(_ outcome: RequestContent.Outcome) -> ContentOutcome {
        switch outcome {
        case .taken: .progress
        case .tooLarge: .tooLarge
        case .homeless(let error): .homeless(error)
        case .failed(let error): .failed(error)
        }
    }

    /// Drops what is here of content that nobody wants, before its answer.
    ///
    /// Why: with chunks that are none, nobody knows where the request ends, and it may not be one.
    mutating func isUnwantedContentMalformed(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> Bool {
        guard exchanges[slot].head.framing == .chunked, services.input.count > 0,
            !exchanges[slot].content.isStreamed, exchanges[slot].content.receivedCount == 0,
            exchanges[slot].response.status < 300
        else { return false }
        exchanges[slot].content.isDiscarded = true
        guard case .malformed(let flaw) = readContent(slot, &exchanges, &services) else {
            return false
        }
        services.logError(.information, exchanges[slot], flaw.description)
        return true
    }

    /// Reads and drops content that nobody wants, after its answer, for a bounded time.
    ///
    /// Spec: nginx `lingering_time`, `lingering_timeout`.
    mutating func discardContent(
        _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> Instruction? {
        guard let slot = exchange.flatMap({ exchanges.slot(for: $0) }) else { return .close }
        if let stream = transport.stream { return finish(stream, &exchanges, &services) }
        if persistence == .close { return beginLingering(&exchanges, &services) }
        let settings = services.site.locations[exchanges[slot].locationIndex].settings.client
        let end = phaseStartedAt + Int64(settings.lingeringTime)
        guard services.clock.now < end else {
            finishLog(slot, &exchanges, &services)
            return .close
        }
        exchanges[slot].content.isDiscarded = true
        switch readContent(slot, &exchanges, &services) {
        case .progress: return nil
        case .blocked:
            return wait(
                for: .lingering,
                until: min(end, services.clock.now + Int64(settings.lingeringTimeout)))
        case .malformed, .tooLarge, .homeless, .failed, .closed:
            finishLog(slot, &exchanges, &services)
            return .close
        }
    }
}
