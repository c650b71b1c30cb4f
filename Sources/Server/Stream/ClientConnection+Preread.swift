// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Looks at what a client says first, before it is known who is to hear it.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS
internal import Regex

extension ClientConnection {
    /// Waits for a ClientHello, if the server wants to see one, then goes on with the content.
    ///
    /// Spec: nginx ngx_stream_core_preread_phase, ngx_stream_ssl_preread_handler.
    mutating func preread(
        _ session: StreamSession, _ slot: Int, _ exchanges: inout ObjectPool<Exchange>,
        _ services: inout Services
    ) -> Instruction? {
        let policy = exchanges[slot].streamPolicy(services)
        while policy.readsHello, transport.datagrams == nil {
            switch session.helloReader.read(services.input.readable) {
            case .foreign:
                return beginSessionContent(session, slot, &exchanges, &services)
            case .hello(let hello):
                session.hello = hello
                exchanges[slot].chooseServer(named: hello.serverName, &services)
                return beginSessionContent(session, slot, &exchanges, &services)
            case .needsBytes: break
            }
            let room = policy.prereadBufferSize - services.input.count
            guard room > 0 else {
                services.logError(.error, exchanges[slot], "preread buffer full")
                return endSession(400, slot, &exchanges, &services)
            }
            services.input.reserve(room)
            switch transport.receive(into: &services.input, atMost: room) {
            case .bytes(let count): session.receivedCount += count
            case .wouldBlock:
                let end = session.prereadsUntil ?? services.clock.now + Int64(policy.prereadTimeout)
                session.prereadsUntil = end
                return wait(for: .session, until: end)
            case .endOfStream, .failed: return endSession(200, slot, &exchanges, &services)
            }
        }
        return beginSessionContent(session, slot, &exchanges, &services)
    }

    // MARK: Handing on

    /// Makes the connection one of another listener, as if it had been accepted there.
    ///
    /// Spec: nginx ngx_stream_pass_module: at most ten times.
    mutating func handOn(
        to target: StreamPlan.PassTarget, _ slot: Int, _ exchanges: inout ObjectPool<Exchange>,
        _ services: inout Services
    ) -> Instruction? {
        guard transport.datagrams == nil else {
            services.logError(.error, exchanges[slot], "cannot pass udp connection")
            return endSession(500, slot, &exchanges, &services)
        }
        guard let address = exchanges[slot].listenerAddress(target, &services) else {
            return endSession(500, slot, &exchanges, &services)
        }
        passCount += 1
        guard passCount <= Self.passLimit else {
            services.logError(.error, exchanges[slot], "stream pass cycle")
            return endSession(500, slot, &exchanges, &services)
        }
        guard let listener = services.site.listener(at: address) else {
            services.logError(
                .error, exchanges[slot], "port not found for \"\(address)\"")
            return endSession(200, slot, &exchanges, &services)
        }
        releaseExchange(&exchanges)
        facts.listener = listener
        facts.requestCount = 0
        phaseStartedAt = services.clock.now
        awaits = .firstHead
        proxyHeader = nil
        awaitsProxyHeader = services.site.listeners[listener].expectsProxyHeader
        guard beginListening(services) != .session else { return nil }
        persistence = .keepAlive
        return nil
    }

    private static var passLimit: UInt8 { 10 }
}

extension Exchange {
    /// The address that a `pass` means.
    mutating func listenerAddress(
        _ target: StreamPlan.PassTarget, _ services: inout Services
    ) -> SocketAddress? {
        switch target {
        case .address(let address): return address
        case .template(let template):
            let text = copy(evaluate(template, &services))
            let name = LogEscape.text(text)
            do throws(UpstreamURL.Flaw) {
                let url = try UpstreamURL(parsing: text)
                guard !url.lacksPort else { throw UpstreamURL.Flaw(message: "no port") }
                guard let address = url.listenerAddress else {
                    throw UpstreamURL.Flaw(message: "no addresses")
                }
                return address
            } catch {
                services.logError(.error, self, "\(error.message) in pass \"\(name)\"")
                return nil
            }
        }
    }

    /// Lets the server of a name have the session, if there is one.
    mutating func chooseServer(named name: [UInt8], _ services: inout Services) {
        guard !name.isEmpty, !services.site.listeners[facts.listener].names.isTrivial else {
            return
        }
        let place = store(name.map(\.asciiLowercased))
        guard let host = host(named: place, &services) else { return }
        hostIndex = host
        locationIndex = services.site.hosts[host].rootLocation
    }

    private mutating func host(named place: ByteRange, _ services: inout Services) -> Int? {
        let site = services.site
        let listener = facts.listener
        if let found = site.listeners[listener].names.host(named: bytes.span(place.range)) {
            return found
        }
        for pattern in site.listeners[listener].names.patterns {
            switch matches(pattern.regex, place, &services) {
            case .matched: return pattern.host
            case .noMatch: continue
            case .limit: return nil
            }
        }
        return nil
    }
}
