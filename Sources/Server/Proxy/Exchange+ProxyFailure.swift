// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What happens when a peer fails: the next one, or an error for the client.

internal import EventLoop
internal import HTTP
internal import HTTP1
internal import Memory
internal import OS
internal import Resolver
internal import TLS

extension Exchange {
    /// Ends a try, and begins another one where the configuration and the request allow it.
    ///
    /// Spec: nginx `proxy_next_upstream`. A connection from the pool that dies before the first
    ///       byte of an answer says nothing about the peer: that try is repeated without being
    ///       counted, if the request may be repeated.
    mutating func peerFailed(
        _ failure: PeerFailure, _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep? {
        // A name that is not known has been named already.
        switch failure {
        case .unresolved: session?.hasNoAddress = true
        case .handshakeFailed: break
        default: log(failure, flawOfSession(peers), &services)
        }
        endAttempt(services.clock.now)
        proxy.attempts[proxy.attempts.count - 1].failure = failure
        if proxy.attempts[proxy.attempts.count - 1].status == 0 {
            proxy.attempts[proxy.attempts.count - 1].status = failure.status
        }
        let wasStale =
            proxy.isReused && failure.condition == .error
            && proxy.attempts[proxy.attempts.count - 1].receivedCount == 0
        if wasStale, proxy.hasSentBytes, hasBeenRefused(peers) { proxy.hasSentBytes = false }
        if !wasStale { revealAddresses(peers, &services) }
        closePeer(&peers)
        if proxy.hasSentBytes { proxy.hasLostRequest = true }
        // Once is enough: the rest of the pool may be as stale.
        proxy.needsNewConnection = wasStale
        if wasStale {
            proxy.choice.tried.remove(proxy.peer)
        } else {
            note(failure.speaksAgainstPeer ? .failed : .refused, because: failure, &services)
            proxy.triesLeft -= 1
        }
        guard mayRepeat(after: failure, wasStale: wasStale, &services) else {
            if let step = hold(after: failure, &services) { return step }
            return failProxying(with: failure.status, &services)
        }
        if !wasStale, services.groups[proxy.group].isImplicit, proxy.hasNextAddress {
            proxy.continuesWithAddress = true
            proxy.choice.tried.remove(proxy.peer)
        }
        proxy.stage = .choosing
        return nil
    }

    /// As `peerFailed`, and goes on with the next try at once.
    mutating func retryOrFail(
        after failure: PeerFailure, _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep {
        peerFailed(failure, &peers, &services) ?? proceed(&peers, &services)
    }

    /// Whether the peer had closed the connection before a byte of this request reached it.
    ///
    /// Why: then even a POST may be sent once more. Whoever closes idle connections closes some of
    ///      them just when a request is on its way.
    private func hasBeenRefused(_ peers: borrowing PeerConnections) -> Bool {
        guard let slot = proxy.connection.flatMap({ peers.connections.slot(for: $0) }) else {
            return false
        }
        let count = proxy.attempts[proxy.attempts.count - 1].sentCount
        return peers.connections[slot].transport.hasRefusedAll(of: count)
    }

    private func mayRepeat(
        after failure: PeerFailure, wasStale: Bool, _ services: inout Services
    ) -> Bool {
        let settings = services.site.locations[locationIndex].settings.proxy.policy
        // What was streamed is gone.
        if proxy.hasSentBytes, content.isStreamed { return false }
        let isRepeatable = method.isIdempotent || settings.nextUpstream.contains(.nonIdempotent)
        if proxy.hasSentBytes, !isRepeatable { return false }
        if wasStale { return true }
        if settings.triesTimeout > 0,
            services.clock.now - proxy.firstTryAt >= Int64(settings.triesTimeout)
        {
            return false
        }
        return proxy.triesLeft > 0 && settings.nextUpstream.contains(failure.condition)
            && !settings.nextUpstream.contains(.off)
    }

    /// Asks the next peer instead of passing on a status that `proxy_next_upstream` names.
    mutating func tryNextPeer(
        after status: Int, _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep? {
        let failure = PeerFailure.status(status)
        let settings = services.site.locations[locationIndex].settings.proxy.policy
        guard failure.condition != .error, settings.nextUpstream.contains(failure.condition)
        else { return nil }
        revealAddresses(peers, &services)
        guard proxy.triesLeft > 1, mayRepeat(after: failure, wasStale: false, &services)
        else { return nil }
        return retryOrFail(after: failure, &peers, &services)
    }

    mutating func failProxying(with status: Int, _ services: inout Services) -> ExchangeStep {
        proxy.stage = .failed
        proxy.place = nil
        deadline = nil
        endAttempt(services.clock.now)
        return fail(status, &services)
    }

    /// The peer did not move within its time.
    mutating func peerTimedOut(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep {
        if proxy.stage == .holding { return holdDidExpire(&services) }
        if proxy.stage == .queued { return queueDidExpire(&services) }
        if proxy.stage == .resolving {
            return nameFailed(.timedOut, &peers, &services) ?? proceed(&peers, &services)
        }
        if proxy.stage == .connecting, proxy.isDialBrief {
            return addressWasSlow(&peers, &services)
        }
        let failure: PeerFailure =
            switch proxy.stage {
            case .connecting, .resolving, .handshaking: .connectTimedOut
            case .sending: .sendTimedOut
            default: .readTimedOut
            }
        return retryOrFail(after: failure, &peers, &services)
    }

    // MARK: Letting go

    /// Notes when the present try ended.
    mutating func endAttempt(_ now: Instant) {
        guard let last = proxy.attempts.indices.last, proxy.attempts[last].responseTime == nil
        else { return }
        proxy.attempts[last].responseTime = Int(now - proxy.attempts[last].startedAt)
    }

    /// Closes the connection to the peer, and is done with it.
    mutating func closePeer(_ peers: inout PeerConnections) {
        closePeerConnection(&peers)
        proxy.lease = nil
    }

    /// Closes the connection to the peer, which is to be dialled again.
    mutating func closePeerConnection(_ peers: inout PeerConnections) {
        if let slot = proxy.connection.flatMap({ peers.connections.slot(for: $0) }) {
            peers.close(slot)
        }
        proxy.connection = nil
    }

    /// Gives the connection back to the pool, or closes it when it is not fit for another request.
    mutating func releasePeer(_ peers: inout PeerConnections, _ services: inout Services) {
        endAttempt(services.clock.now)
        proxy.lease?.noteEnd(at: services.clock.now)
        if services.groups[proxy.group].isSticky { learnPeer(isHead: false, &services) }
        proxy.lease = nil
        guard let slot = proxy.connection.flatMap({ peers.connections.slot(for: $0) }) else {
            return
        }
        let settings = services.groups[proxy.group].keepAlive
        peers.connections[slot].requestCount += 1
        let age = services.clock.now - peers.connections[slot].openedAt
        guard proxy.mayReuse, proxy.isRequestSent, proxy.stage == .finished, settings.idleLimit > 0,
            peers.connections[slot].inputCount == 0,
            peers.connections[slot].transport.isQuiet,
            peers.connections[slot].requestCount < settings.requestLimit,
            age < Int64(settings.time), !services.isDraining,
            !hasShownOpenCertificate(peers, slot, services),
            let rest = settings.rest(for: proxy.peerTimeout)
        else { return closePeer(&peers) }
        let deadline = services.clock.now + rest
        peers.rest(slot, settings, from: services.clock.now, until: deadline)
        proxy.connection = nil
        guard deadline < peers.connections[slot].armedAt else { return }
        peers.connections[slot].armedAt = deadline
        services.armPeer(slot, at: deadline)
    }

    /// Whether a certificate was shown that variables name, and connections need not rest.
    ///
    /// Why: another request with the same values may find something else in its file. Who writes
    ///      an `upstream` wants connections to be kept.
    private func hasShownOpenCertificate(
        _ peers: borrowing PeerConnections, _ slot: Int, _ services: borrowing Services
    ) -> Bool {
        guard proxy.tls?.credential != nil, services.groups[proxy.group].isImplicit else {
            return false
        }
        return !(peers.connections[slot].security?.certificate.isEmpty ?? true)
    }

    // MARK: Telling

    private mutating func log(
        _ failure: PeerFailure, _ flaw: TLSFailure?, _ services: inout Services
    ) {
        if let flaw {
            services.logError(
                flaw.isByPeer ? .error : .critical, self, "\(flaw) while \(activity)")
        } else {
            services.logError(.error, self, "\(failure.reason) while \(activity)")
        }
    }

    /// What is being done with the peer.
    var activity: StaticString {
        switch proxy.stage {
        case .none, .choosing, .resolving, .holding, .queued, .connecting: "connecting to upstream"
        case .handshaking: "SSL handshaking to upstream"
        case .sending: "sending request to upstream"
        case .awaitingHead: "reading response header from upstream"
        case .receivingContent, .finished, .failed: "reading upstream"
        }
    }
}
