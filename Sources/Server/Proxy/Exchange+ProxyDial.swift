// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Connections to the peer that was chosen: one that rests, or a new one to one of its addresses.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS
internal import Resolver

extension Exchange {
    /// Takes a connection that rests, if its address is still one of the peer's.
    mutating func takePooled(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> SlotID? {
        while true {
            let pooled = peers.reuse(
                group: proxy.group, peer: proxy.peer, from: proxy.source, with: proxy.security,
                for: client,
                mayRepeat: method.isIdempotent, at: services.clock.now)
            guard let pooled, let slot = peers.connections.slot(for: pooled) else { return nil }
            let now = services.clock.now
            if now < peers.connections[slot].addressHoldsUntil { return pooled }
            let remote = peers.connections[slot].remote
            if services.isAddress(remote, of: proxy.peer, in: proxy.group) {
                peers.connections[slot].addressHoldsUntil = now + Services.addressTrust
                return pooled
            }
            services.timers.disarm(UInt32(services.peerTimerBase + slot))
            peers.close(slot)
        }
    }

    /// Begins to connect to the chosen peer, at the first of its addresses that has not been tried.
    mutating func dial(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep? {
        var use: PeerUse?
        if let process = services.groups[proxy.group].peers[proxy.peer].process {
            // There may be another process behind it by now.
            guard let (address, life) = process.door else {
                return peerFailed(.cannotConnect(.connectionRefused), &peers, &services)
            }
            takeAddresses([address], services)
            use = life
        } else if proxy.addresses.isEmpty {
            switch services.addresses(of: proxy.peer, in: proxy.group, for: client) {
            case .pending:
                proxy.stage = .resolving
                setPeerDeadline(\.resolverTimeout, &services)
                return .wait
            case .failed(let reason): return nameFailed(reason, &peers, &services)
            case .addresses(let addresses): takeAddresses(addresses, services)
            }
        }
        let address = proxy.addresses[min(proxy.addressIndex, proxy.addresses.count - 1)]
        if !services.groups[proxy.group].peers[proxy.peer].target.isFixed {
            proxy.attempts[proxy.attempts.count - 1].address = address.text
        }
        return dial(address, use, &peers, &services)
    }

    private mutating func dial(
        _ address: SocketAddress, _ use: PeerUse?, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> ExchangeStep? {
        var isBound = proxy.source == nil
        do throws(Errno) {
            let socket = try Socket.outgoing(to: address, dialOptions(services))
            isBound = true
            return try attach(socket.connect(to: address), to: address, use, &peers, &services)
        } catch {
            guard !isBound else { return addressFailed(error, &peers, &services) }
            // Spec: nginx: what the configuration asks for cannot be; nobody else would do better.
            let source = String(decoding: proxy.source?.text ?? [], as: UTF8.self)
            services.logError(
                .critical, self, "bind(\(source)) failed (\(error)) while connecting to upstream")
            closePeer(&peers)
            return failProxying(with: 500, &services)
        }
    }

    /// Notes where the peer is.
    ///
    /// Spec: nginx: each address of a name in `proxy_pass` is a peer of its own.
    private mutating func takeAddresses(
        _ addresses: [SocketAddress], _ services: borrowing Services
    ) {
        proxy.addresses = addresses
        proxy.addressCount = addresses.count
        guard addresses.count > 1, services.groups[proxy.group].isImplicit else { return }
        let limit = services.site.locations[locationIndex].settings.proxy.policy.triesLimit
        proxy.tryCount = limit > 0 ? min(limit, addresses.count) : addresses.count
        proxy.triesLeft = proxy.tryCount
    }

    /// Notes the further addresses of a name, of which a connection from the pool has shown one.
    ///
    /// Cost: only for peers that have failed.
    mutating func revealAddresses(
        _ peers: borrowing PeerConnections, _ services: inout Services
    ) {
        let nobody = SlotID(index: 0, generation: 0)
        guard proxy.isReused, proxy.addresses.isEmpty, services.groups[proxy.group].isImplicit,
            case .name = services.groups[proxy.group].peers[proxy.peer].target,
            let slot = proxy.connection.flatMap({ peers.connections.slot(for: $0) }),
            case .addresses(let known) = services.addresses(
                of: proxy.peer, in: proxy.group, for: nobody)
        else { return }
        let used = SocketAddress.ip(peers.connections[slot].remote)
        takeAddresses([used] + known.filter { $0 != used }, services)
    }

    /// A name has no address, or none is known in time.
    mutating func nameFailed(
        _ reason: ResolutionFailure, _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep? {
        let host = services.groups[proxy.group].peers[proxy.peer].target.hostText
        let name = String(decoding: host, as: UTF8.self)
        services.logError(.error, self, "\(name) could not be resolved (\(reason.reason))")
        guard proxy.group >= services.site.groups.count else {
            return peerFailed(.unresolved(reason), &peers, &services)
        }
        // Spec: nginx: a name that variables gave counts as a peer only when it is known.
        session?.hasNoAddress = true
        closePeer(&peers)
        proxy.attempts.removeLast()
        return failProxying(with: 502, &services)
    }

    /// Tries the next address of the same peer, or gives the peer up.
    ///
    /// Why: `localhost` is both ::1 and 127.0.0.1, and the peer may listen on one of them only.
    mutating func addressFailed(
        _ error: Errno, _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep? {
        services.noteBadAddress(proxy.addresses[min(proxy.addressIndex, proxy.addresses.count - 1)])
        // Spec: nginx: each address of a name in `proxy_pass` is a try of its own.
        let isTry = services.groups[proxy.group].isImplicit
        guard proxy.hasNextAddress, !isTry || proxy.triesLeft > 1 else {
            return peerFailed(.cannotConnect(error), &peers, &services)
        }
        if isTry { proxy.triesLeft -= 1 }
        services.logError(
            .error, self, "connect() failed (\(error)) while connecting to upstream")
        return dialNext(after: 502, &peers, &services)
    }

    /// Leaves an address that has not answered for a moment, and comes back to it at last.
    ///
    /// Why: a host whose one family leads nowhere would cost each request the time of a whole
    ///      connection; one that is only slow must not be lost.
    mutating func addressWasSlow(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep {
        let address = proxy.addresses[proxy.addressIndex]
        services.noteBadAddress(address)
        if !proxy.addresses[proxy.addressCount...].contains(address) {
            proxy.addresses.append(address)
        }
        return dialNext(after: 504, &peers, &services) ?? proceed(&peers, &services)
    }

    private mutating func dialNext(
        after status: Int, _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep? {
        endAttempt(services.clock.now)
        let last = proxy.attempts.count - 1
        if proxy.attempts[last].status == 0 { proxy.attempts[last].status = status }
        closePeerConnection(&peers)
        proxy.addressIndex += 1
        proxy.attempts.append(
            PeerAttempt(address: proxy.attempts[last].address, startedAt: services.clock.now))
        return dial(&peers, &services)
    }

    private mutating func attach(
        _ dialled: consuming Socket.Connecting, to address: SocketAddress, _ use: PeerUse?,
        _ peers: inout PeerConnections, _ services: inout Services
    ) throws(Errno) -> ExchangeStep? {
        let isConnecting = dialled.inProgress
        let number = dialled.socket.number
        var connection = UpstreamConnection(
            Transport(
                connecting: dialled.take(), hasPieces: session?.datagramDestination != nil),
            group: proxy.group, peer: proxy.peer, at: services.clock.now)
        connection.client = client
        connection.use = use
        connection.address = proxy.attempts[proxy.attempts.count - 1].address
        connection.source = proxy.source
        connection.remote = address.compact
        if !services.groups[proxy.group].peers[proxy.peer].target.isFixed {
            connection.addressHoldsUntil = services.clock.now + Services.addressTrust
        }
        guard let id = peers.insert(connection) else { throw .tooManyOpenFiles }
        proxy.connection = id
        try services.poller.add(number, token: id.token(tag: TokenTag.peer))
        proxy.stage = .connecting
        setPeerDeadline(\.connectTimeout, &services)
        if proxy.isDialBrief { shortenDeadline(services) }
        guard !isConnecting else { return .wait }
        // A Unix socket is connected at once; the first event would only say what is known.
        if let slot = peers.connections.slot(for: id) {
            peers.connections[slot].transport.assumeConnected()
        }
        return nil
    }

    private mutating func shortenDeadline(_ services: borrowing Services) {
        let moment = services.clock.now + Self.briefDial
        if let deadline, deadline <= moment { return }
        deadline = moment
    }

    /// How long an address is waited for while others have not been tried.
    ///
    /// Units: milliseconds.
    /// Spec: RFC 8305 §5 recommends this, one after the other here.
    private static var briefDial: Int64 { 250 }

    /// Called when the name of a peer has been resolved, or cannot be.
    mutating func nameDidResolve(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep {
        guard proxy.stage == .resolving else { return .wait }
        proxy.stage = .connecting
        if let step = dial(&peers, &services) { return step }
        return proceed(&peers, &services)
    }

    mutating func finishConnecting(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep? {
        guard let slot = proxy.connection.flatMap({ peers.connections.slot(for: $0) }) else {
            return peerFailed(.closedEarly, &peers, &services)
        }
        guard peers.connections[slot].transport.isWritable else { return .wait }
        if let error = peers.connections[slot].transport.pendingError {
            return addressFailed(error, &peers, &services)
        }
        if proxy.addresses.count > 1 {
            services.noteGoodAddress(
                peers.connections[slot].remote, of: proxy.peer, in: proxy.group)
        }
        if let security = proxy.security {
            if session != nil, let step = introduceClient(slot, &peers, &services) { return step }
            return beginHandshake(security, slot, &peers, &services)
        }
        beginSending(&services)
        return nil
    }

    /// Nothing is left to be done before the request can be sent.
    mutating func beginSending(_ services: inout Services) {
        let last = proxy.attempts.count - 1
        proxy.attempts[last].connectTime = Int(services.clock.now - proxy.attempts[last].startedAt)
        proxy.stage = .sending
        setPeerDeadline(\.sendTimeout, &services)
    }

    /// Notes how long the peer waits for another request.
    mutating func notePatience(_ head: Span<UInt8>, _ services: borrowing Services) {
        guard let field = services.peerHead.fields.first(of: .keepAlive) else { return }
        let patience = PeerPatience(parsing: head.extracting(field.valueRange))
        proxy.peerTimeout = patience.timeout
        if patience.isOver { proxy.mayReuse = false }
    }

    // MARK: Where connections come from

    /// Finds out what `proxy_bind` says; false if it is no address.
    mutating func findSource(_ services: inout Services) -> Bool {
        guard services.site.locations[locationIndex].settings.proxy.policy.bindsSource,
            let bind = services.site.locations[locationIndex].settings.proxy.bind
        else { return true }
        let text = copy(evaluate(bind.address, &services))
        guard !text.isEmpty else { return true }
        proxy.source = CompactAddress(parsing: text.span, defaultPort: 0)
        if proxy.source == nil {
            let shown = String(decoding: text, as: UTF8.self)
            services.logError(.error, self, "invalid local address \"\(shown)\"")
        }
        return proxy.source != nil
    }

    private func dialOptions(_ services: borrowing Services) -> Socket.DialOptions {
        let policy = services.site.locations[locationIndex].settings.proxy.policy
        return Socket.DialOptions(
            source: proxy.source, isTransparent: policy.bindsTransparently,
            isKeptAlive: policy.keepsSocketsAlive,
            isDatagram: session?.datagramDestination != nil)
    }
}
