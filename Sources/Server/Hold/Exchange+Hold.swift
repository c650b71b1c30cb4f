// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Requests that wait while nobody of their group accepts connections.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Lets a request whose tries are used up wait for a peer to come back; nil when it must fail.
    ///
    /// Why: while a program restarts, its address refuses connections for a second or two. Nothing
    ///      of the request is lost by then, and a client cannot tell waiting from slowness.
    mutating func hold(
        after failure: PeerFailure, _ services: inout Services
    ) -> ExchangeStep? {
        guard holdTime(services) > 0, hasTriedAll(services), mayBeHeld else { return nil }
        switch failure {
        case _ where failure.isRefusal: break
        // It has died with our request, or it does not want it. Whoever wants none of it accepts
        // the next connection.
        case _ where failure.isLoss && !proxy.isReused:
            guard refusesConnections(&services) else { return nil }
        default: return nil
        }
        if proxy.hasLostRequest {
            // A request that ends its peers must not do so for ever.
            guard !proxy.wasHeldAfterLoss else { return nil }
            proxy.wasHeldAfterLoss = true
            proxy.hasLostRequest = false
        }
        return enterHold(probingIn: GroupHold.firstStep, &services)
    }

    /// Lets a request wait for which nobody could be chosen, because all have failed of late.
    mutating func holdForWantOfPeers(_ services: inout Services) -> ExchangeStep? {
        // Whoever checks of health have found to be sick accepts connections all the same.
        let peers = services.groups[proxy.group].peers
        guard holdTime(services) > 0, peers.contains(where: { !$0.isOut && $0.health.mayComeBack })
        else { return nil }
        // At once, because one may have come back unnoticed; but not again and again.
        let delay = proxy.wasHeldForWant ? GroupHold.firstStep : 0
        proxy.wasHeldForWant = true
        return enterHold(probingIn: delay, &services)
    }

    /// Lets a request wait where others wait already; nil when nobody does.
    mutating func joinHold(_ services: inout Services) -> ExchangeStep? {
        guard services.holds.contains(proxy.group), holdTime(services) > 0 else { return nil }
        return enterHold(probingIn: 0, &services)
    }

    /// The time is over: it fails as it would have done at once.
    mutating func holdDidExpire(_ services: inout Services) -> ExchangeStep {
        services.holds.noteFailure(of: client, group: proxy.group)
        services.logError(
            .error, self,
            "no peer accepted a connection in time (proxy_hold) "
                + "while connecting to upstream")
        if proxy.attempts.isEmpty { noteUnavailable(services) }
        return failProxying(with: 502, &services)
    }

    /// Goes on: one of the peers accepts connections.
    mutating func holdDidEnd(_ services: borrowing Services) {
        guard proxy.stage == .holding else { return }
        proxy.stage = .choosing
        proxy.choice.forgetTries()
        proxy.triesLeft = proxy.tryCount
        proxy.firstTryAt = services.clock.now
    }

    /// Notes in the log's variables that nobody could be asked.
    ///
    /// Spec: nginx: the group is named among the peers, as one that had nobody to answer.
    mutating func noteUnavailable(_ services: borrowing Services) {
        let name = services.groups[proxy.group].name
        proxy.attempts.append(
            PeerAttempt(address: name, status: 502, startedAt: services.clock.now))
    }

    // MARK: Conditions

    private mutating func enterHold(
        probingIn delay: Int64, _ services: inout Services
    ) -> ExchangeStep? {
        let now = services.clock.now
        let end = proxy.heldUntil ?? now + Int64(holdTime(services))
        guard now < end else { return nil }
        let limit = services.site.locations[locationIndex].settings.proxy.policy.hold.requestLimit
        let entry = services.holds.enter(
            client, group: proxy.group, limit: limit, at: now, probingAt: now + delay)
        switch entry {
        case .refused:
            services.logError(
                .error, self, "too many requests wait for a peer (proxy_hold_requests)")
            return nil
        case .first: services.logHold(of: proxy.group, end - now)
        case .joined: break
        }
        proxy.heldUntil = end
        proxy.place = nil
        proxy.stage = .holding
        deadline = end
        return .wait
    }

    /// How long it may wait.
    ///
    /// Units: milliseconds.
    private func holdTime(_ services: borrowing Services) -> Int {
        let group = services.groups[proxy.group]
        return services.site.locations[locationIndex].settings.proxy.policy.hold.time
            ?? group.holdTime ?? (group.isLocal ? localHoldTime(group, services) : 0)
    }

    /// How long it waits for peers of this host: for those that are started here, as long as the
    /// first start may take.
    private func localHoldTime(_ group: UpstreamGroup, _ services: borrowing Services) -> Int {
        guard group.isStarting else { return HoldSettings.localTime }
        let end = services.startedAt + Int64(group.startTime)
        return max(HoldSettings.localTime, Int(end - services.clock.now))
    }

    /// Whether it was up to the peers, and not to `proxy_next_upstream_tries`, that it failed.
    private func hasTriedAll(_ services: borrowing Services) -> Bool {
        let peers = services.groups[proxy.group].peers
        return peers.indices.allSatisfy {
            peers[$0].isOut || !peers[$0].health.isOffered || proxy.choice.tried.contains($0)
        }
    }

    /// Whether the request is here, and may be sent again.
    private var mayBeHeld: Bool {
        !proxy.hasSentBytes || method.isIdempotent && !content.isStreamed
    }

    /// Whether a peer that has just closed a connection accepts no other one.
    ///
    /// Cost: a connection; it is only for peers that have failed.
    private func refusesConnections(_ services: inout Services) -> Bool {
        guard
            case .addresses(let addresses) = services.addresses(
                of: proxy.peer, in: proxy.group, for: client),
            proxy.addressIndex < addresses.count
        else { return false }
        do throws(Errno) {
            let socket = try Socket.connect(to: addresses[proxy.addressIndex]).take()
            guard case .failed(let error) = socket.connectOutcome else { return false }
            return error.isRefusal
        } catch {
            return error.isRefusal
        }
    }
}

extension Errno {
    /// Whether nobody is there to accept a connection, for now.
    var isRefusal: Bool {
        switch self {
        case .connectionRefused, .connectionReset, .connectionAborted, .noSuchFile, .again,
            .hostUnreachable, .networkUnreachable, .hostDown:
            true
        default: false
        }
    }
}

extension PeerFailure {
    /// Whether the peer could not be connected to.
    var isRefusal: Bool {
        switch self {
        case .cannotConnect(let error): error.isRefusal
        case .unresolved: true
        default: false
        }
    }

    /// Whether the connection ended before an answer began.
    var isLoss: Bool {
        switch self {
        case .closedEarly, .sendFailed, .receiveFailed: true
        default: false
        }
    }
}

extension Services {
    /// Says that requests wait for a group.
    mutating func logHold(of group: Int, _ time: Int64) {
        let name = LogEscape.text(groups[group].name)
        logError(
            .warning,
            "no peer of upstream \"\(name)\" accepts connections, requests wait up to \(time) ms "
                + "for one")
    }
}
