// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Lets requests wait until a peer has room for them.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Lets a new request wait behind others; nil when nobody waits for its group.
    mutating func joinQueue(_ services: inout Services) -> ExchangeStep? {
        guard proxy.queuedSince == nil, services.queues.contains(proxy.group) else { return nil }
        return enterQueue(&services)
    }

    /// Lets a request wait for which no peer has room; nil where its group has no queue.
    mutating func enterQueue(_ services: inout Services) -> ExchangeStep? {
        guard let queue = services.groups[proxy.group].queue else { return nil }
        return wait(in: queue, &services)
    }

    /// Lets a request wait that has no peer before the names of its group are known; nil when they
    /// are.
    ///
    /// Why: a name server takes milliseconds, and an error would be seen.
    mutating func awaitNames(_ services: inout Services) -> ExchangeStep? {
        let group = services.groups[proxy.group]
        guard group.awaitsNames, let queue = group.nameQueue else { return nil }
        return wait(in: queue, &services)
    }

    private mutating func wait(
        in queue: PeerQueue, _ services: inout Services
    ) -> ExchangeStep {
        if !proxy.place.isIn(queue), proxy.ticket != nil {
            proxy.place = nil
            proxy.queuedSince = nil
        }
        let now = services.clock.now
        let since = proxy.queuedSince ?? now
        let end = since + Int64(queue.timeout)
        guard now < end else { return queueDidExpire(&services) }
        if proxy.place == nil {
            let ticket = services.queues.nextTicket()
            proxy.place = QueuePlace(in: queue, ticket: ticket)
            guard proxy.place != nil else {
                return failQueued("upstream queue is full", &services)
            }
            // Whoever has waited before does not begin at the end.
            services.queues.add(
                QueueTable.Entry(client: client, ticket: ticket), group: proxy.group,
                isForNames: queue.isForNames, isFirst: proxy.queuedSince != nil)
        }
        proxy.queuedSince = since
        proxy.stage = .queued
        deadline = end
        return .wait
    }

    /// Goes on: somebody may have room.
    ///
    /// The place is kept until a peer is chosen.
    mutating func queueDidMove(_ services: borrowing Services) {
        proxy.stage = .choosing
        // There may be peers that were not there before.
        if !services.groups[proxy.group].named.isEmpty { countTries(services) }
        deadline = nil
    }

    /// The time is over.
    mutating func queueDidExpire(_ services: inout Services) -> ExchangeStep {
        failQueued("upstream queue timed out", &services)
    }

    /// A peer has been chosen.
    ///
    /// - Returns: how long the request has waited for it to have room; nil if it has not.
    mutating func leaveQueue(_ group: UpstreamGroup, at now: Instant) -> Int? {
        guard let since = proxy.queuedSince else { return nil }
        let hasWaitedForNames = group.nameQueue.map { proxy.place.isIn($0) } ?? false
        proxy.place = nil
        proxy.queuedSince = nil
        return hasWaitedForNames ? nil : Int(now - since)
    }

    private mutating func failQueued(
        _ reason: StaticString, _ services: inout Services
    ) -> ExchangeStep {
        proxy.place = nil
        services.logError(.error, self, "\(reason) while connecting to upstream")
        noteUnavailable(services)
        if let since = proxy.queuedSince {
            proxy.attempts[proxy.attempts.count - 1].queueTime = Int(services.clock.now - since)
        }
        return failProxying(with: 502, &services)
    }
}

extension Worker {
    /// Lets those go on for whom there is room.
    mutating func continueQueued() {
        guard !services.queues.isEmpty else { return }
        // Lines that begin meanwhile come behind these.
        for index in services.queues.lines.indices { continueLine(index) }
        services.queues.lines.removeAll { $0.waiting.isEmpty }
    }

    private mutating func continueLine(_ index: Int) {
        let (number, isForNames) = (
            services.queues.lines[index].group, services.queues.lines[index].isForNames
        )
        let group = services.groups[number]
        // Those that go on may be followed by others from the same connection, at the end.
        let waiting = services.queues.lines[index].waiting
        var hasChanged = false
        for entry in waiting {
            guard let exchange = queued(entry), let client = clients.slot(for: entry.client) else {
                hasChanged = true
                continue
            }
            guard group.hasRoom(at: services.clock.now) || isForNames && !group.awaitsNames else {
                break
            }
            exchanges[exchange].queueDidMove(services)
            resume(client)
            hasChanged = true
        }
        guard hasChanged else { return }
        // Closures cannot look at what is being changed.
        var rest = services.queues.lines[index].waiting
        rest.removeAll { queued($0) == nil }
        services.queues.lines[index].waiting = rest
    }

    /// The exchange of a request that still waits.
    private func queued(_ entry: QueueTable.Entry) -> Int? {
        guard let slot = clients.slot(for: entry.client),
            let exchange = clients[slot].exchange.flatMap({ exchanges.slot(for: $0) }),
            exchanges[exchange].proxy.stage == .queued,
            exchanges[exchange].proxy.ticket == entry.ticket
        else { return nil }
        return exchange
    }
}
