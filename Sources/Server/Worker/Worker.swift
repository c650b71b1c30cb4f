// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A worker thread: its loop, whose order is the design.

internal import EventLoop
internal import FileCache
internal import HTTP
internal import Memory
internal import OS
internal import Resolver

/// What a worker can be told to do by another thread or by a signal.
enum WorkerCommand: Sendable, Equatable {
    /// Finish what was begun and close what rests.
    case quit
    /// As `quit`, but what rests may send one more request: another process takes over.
    case handOver
    /// End at once.
    case stop
    /// What the exchange of a client had sent to a background thread is done.
    case resume(SlotID)
    /// Say what came of new certificates.
    case reportCertificates
}

/// One thread that serves: its connections, and what they share.
struct Worker: ~Copyable {
    var clients: Slab<ClientConnection>
    var exchanges: ObjectPool<Exchange>
    var peers: PeerConnections
    var services: Services
    /// The listening sockets of this thread, by number.
    let listeners: [WorkerListener]
    /// Those of all threads, until nothing more is accepted.
    let sockets: ListeningSockets
    /// Connections that could do more at once.
    var yielded: IndexList
    /// Connections whose handshake can go on.
    var handshakes: HandshakeLines
    let mailbox: LoopMailbox<WorkerCommand>
    /// Whether listeners are out of epoll because nothing more fits.
    var isAcceptPaused = false
    /// Where the search for a connection at rest goes on, when room is needed for another one.
    var restCursor = -1
    /// When the log last said that connections are short.
    ///
    /// Units: seconds.
    var shortageWarnedAt = 0
    /// When to try again to accept, after descriptors ran out.
    var acceptResumesAt: Instant?
    /// When everything that is left is closed, while draining.
    var drainDeadline: Instant?
    var isStopped = false
    /// Whether names were being resolved in the last turn.
    var hasPendingNames = false
    /// Serial numbers of connections: unique over threads by their step.
    var nextConnectionNumber: Int
    let connectionNumberStep: Int
    /// The sessions of datagrams.
    var datagramClients: [DatagramKey: SlotID] = [:]
    /// The datagram that is being dealt out.
    var datagram = Buffer(capacity: 0)
    /// Duties that only one thread of the process has.
    var duties: Duties?
    /// One of them: asking peers how they are, where that is wanted.
    var health: HealthChecks?
    /// Another one: taking up new certificates.
    var renewals: CertificateRenewals?
    /// Another one: knowing what authorities say of the certificates that are shown.
    var stapling: Stapling?

    /// A listening socket as a worker sees it.
    struct WorkerListener: BitwiseCopyable, Sendable {
        var descriptor: Int32
        /// An index of `Site.listeners`.
        var index: Int
    }

    /// Serves until told to stop, and until what is to be finished is finished.
    mutating func serve() {
        while !isStopped {
            serveTurn(sleepLimit: -1)
            if services.isDraining, clients.count == 0 { isStopped = true }
        }
        services.log.flushAll()
    }

    /// Sleeps until something happens, and does what is to be done then.
    ///
    /// - Parameter sleepLimit: in milliseconds; -1 for none.
    mutating func serveTurn(sleepLimit: Int) {
        var time = sleepTime()
        if sleepLimit >= 0 { time = time < 0 ? sleepLimit : min(time, sleepLimit) }
        let count = services.poller.wait(timeoutMilliseconds: time)
        // The time is read once, so that everybody in a turn sees the same.
        services.clock.refresh()
        noticeChanges(count)
        for index in 0..<count { dispatch(services.poller.event(index)) }
        continueHandshakes()
        // Those that could have gone on, after everybody else had a turn.
        continueResolved()
        if !services.nameWatches.isEmpty { services.followNames() }
        continueYielded()
        expireDeadlines()
        continueInquiries()
        continueHeld()
        continueQueued()
        continueSubrequests()
        continueMultiplexed()
        // Nobody holds anything of this turn any more: let go of what is no longer true.
        services.files.collect()
        services.flushLogs()
    }

    /// Units: milliseconds; -1 means until something happens.
    private func sleepTime() -> Int {
        guard yielded.isEmpty, handshakes.isEmpty, services.subrequestNotices.isEmpty,
            services.multiplexedNews.isEmpty
        else { return 0 }
        var time = services.timers.nextDeadline(now: services.clock.now) ?? -1
        if let rest = services.resolver.timeoutMilliseconds {
            time = time < 0 ? rest : min(time, rest)
        }
        if let rest = health?.sleepLimit(now: services.clock.now) {
            time = time < 0 ? rest : min(time, rest)
        }
        if let renewals {
            time = Self.shorter(time, until: renewals.nextDeadline, services.clock.now)
        }
        if let inquiries = services.inquiries {
            if let rest = inquiries.sleepLimit(now: services.clock.now) {
                time = time < 0 ? rest : min(time, rest)
            }
            time = Self.shorter(time, until: stapling?.nextDeadline, services.clock.now)
        }
        time = Self.shorter(time, until: acceptResumesAt, services.clock.now)
        time = Self.shorter(time, until: services.nextNameLook, services.clock.now)
        time = Self.shorter(time, until: drainDeadline, services.clock.now)
        if !services.holds.isEmpty {
            time = Self.shorter(time, until: services.holds.nextProbe, services.clock.now)
        }
        if !services.queues.isEmpty {
            time = time < 0 ? QueueTable.lookInterval : min(time, QueueTable.lookInterval)
        }
        let logs = services.log.nextDeadline
        if logs != .distantFuture { time = Self.shorter(time, until: logs, services.clock.now) }
        // Any thread may have been the last to hear of a change, so each of them lets go.
        let expiry = services.files.nextExpiry
        return expiry == .distantFuture
            ? time : Self.shorter(time, until: expiry, services.clock.now)
    }

    /// The shorter one of a time, of which -1 has no end, and the time to a deadline.
    private static func shorter(_ time: Int, until deadline: Instant?, _ now: Instant) -> Int {
        guard let deadline else { return time }
        let rest = Int(max(0, deadline - now)) + 1
        return time < 0 ? rest : min(time, rest)
    }

    /// Takes note of changed files before anybody who may have changed them is answered.
    private mutating func noticeChanges(_ eventCount: Int) {
        for index in 0..<eventCount
        where SlotID.tag(of: services.poller.event(index).token) == TokenTag.files {
            services.files.processEvents()
        }
        services.files.awaitEvents()
    }

    private mutating func dispatch(_ event: Poller.Event) {
        switch SlotID.tag(of: event.token) {
        case TokenTag.client: dispatchClient(event)
        case TokenTag.peer: dispatchPeer(event)
        case TokenTag.listener: accept(on: Int(truncatingIfNeeded: event.token & 0xFFFF_FFFF))
        case TokenTag.mailbox: for command in mailbox.drain() { obey(command) }
        case TokenTag.signals: readSignals()
        case TokenTag.control: pass(on: .stop)
        case TokenTag.health: health?.advance(&services)
        case TokenTag.certificates: renewals?.receive(&services)
        case TokenTag.inquiries: services.inquiries?.advance(&services)
        case TokenTag.resolver: services.resolver.process(now: services.clock.now)
        default: break
        }
    }

    /// Delivers readiness to the connection that it was registered for.
    ///
    /// A slot may have been released and taken again earlier in this very batch: the generation in
    /// the token tells.
    private mutating func dispatchClient(_ event: Poller.Event) {
        guard let slot = clients.slot(for: SlotID(token: event.token)) else { return }
        clients[slot].transport.note(event)
        turn(slot)
    }

    private mutating func dispatchPeer(_ event: Poller.Event) {
        guard let slot = peers.connections.slot(for: SlotID(token: event.token)) else { return }
        peers.connections[slot].transport.note(event)
        guard let client = peers.connections[slot].client else {
            // At rest, a peer has nothing to say but that it closes.
            if event.isReadable { closePeer(slot) }
            return
        }
        guard let clientSlot = clients.slot(for: client) else { return closePeer(slot) }
        resume(clientSlot)
    }

    private mutating func closePeer(_ slot: Int) {
        services.timers.disarm(UInt32(services.peerTimerBase + slot))
        peers.close(slot)
    }

    /// Lets a connection go on because its peer can, or what it waited for is done.
    mutating func resume(_ slot: Int) {
        if clients[slot].writing == .idle {
            switch clients[slot].step {
            // A peer may answer while the client still sends.
            case .wait, .receiveContent: clients[slot].step = .proceed
            default: break
            }
        }
        turn(slot)
    }

    /// Gives a connection its turn, and does what it asks for.
    mutating func turn(_ slot: Int) {
        if clients[slot].http2 != nil { return turnMultiplexed(slot) }
        obey(clients[slot].turn(&exchanges, &peers, &services), for: slot)
    }

    mutating func obey(_ instruction: Instruction, for slot: Int) {
        switch instruction {
        case .wait(let deadline):
            if deadline < clients[slot].armedAt { arm(slot, at: deadline) }
        case .yield: if !yielded.contains(slot) { yielded.append(slot) }
        case .queueHandshake: queueHandshake(of: slot)
        case .close: close(slot)
        }
    }

    private mutating func arm(_ slot: Int, at deadline: Instant) {
        clients[slot].armedAt = deadline
        services.timers.arm(UInt32(slot), at: deadline)
    }

    /// Closes a client's connection and all that serves it.
    mutating func close(_ slot: Int) {
        if clients[slot].http2 != nil { closeMultiplexed(slot) }
        clients[slot].abandon(&exchanges, &peers, &services)
        clients[slot].countEnd(services)
        if clients[slot].facts.isSecure { services.secured.remove(clients[slot].id) }
        services.inquiries?.cancel(for: clients[slot].id)
        if !datagramClients.isEmpty { forgetDatagrams(of: slot) }
        services.timers.disarm(UInt32(slot))
        if yielded.contains(slot) { yielded.remove(slot) }
        handshakes.remove(slot)
        _ = clients.remove(at: slot)
        if isAcceptPaused, acceptResumesAt == nil { resumeAccepting() }
    }

    /// Lets those go on whose peers' names have been resolved, or cannot be.
    private mutating func continueResolved() {
        guard services.resolver.pendingNameCount > 0 || hasPendingNames else { return }
        services.resolver.process(now: services.clock.now)
        services.lookAtPendingNames()
        for id in services.resolver.takeFinishedWaiters() {
            guard let slot = clients.slot(for: id) else { continue }
            resume(slot)
        }
        hasPendingNames = services.resolver.pendingNameCount > 0
    }

    private mutating func continueYielded() {
        // Only those that are there now: one that yields again comes back in the next turn.
        for _ in 0..<yielded.count {
            guard let slot = yielded.popFirst() else { return }
            turn(slot)
        }
    }

    private mutating func expireDeadlines() {
        let now = services.clock.now
        for _ in 0..<Self.expiriesPerTurnLimit {
            guard let id = services.timers.popExpired(now: now) else { break }
            let number = Int(id)
            if number < services.peerTimerBase {
                expireClient(number, now)
            } else {
                expirePeer(number - services.peerTimerBase, now)
            }
        }
        health?.expire(&services)
        renewals?.expire(&services)
        if let deadline = acceptResumesAt, now >= deadline { resumeAccepting() }
        services.files.expireAssets(at: now)
        if let deadline = drainDeadline, now >= deadline { isStopped = true }
    }

    private static var expiriesPerTurnLimit: Int { 1024 }

    private mutating func expireClient(_ slot: Int, _ now: Instant) {
        guard clients.isOccupied(slot) else { return }
        clients[slot].armedAt = .distantFuture
        let deadline = clients[slot].deadline
        // Deadlines are moved without touching the wheel; the last one counts.
        if deadline > now { return deadline == .distantFuture ? () : arm(slot, at: deadline) }
        if yielded.contains(slot) { return arm(slot, at: now + 1000) }
        if clients[slot].http2 != nil { return expireMultiplexed(slot) }
        obey(clients[slot].expire(&exchanges, &peers, &services), for: slot)
    }

    private mutating func expirePeer(_ slot: Int, _ now: Instant) {
        guard peers.connections.isOccupied(slot) else { return }
        peers.connections[slot].armedAt = .distantFuture
        guard peers.isIdle(slot) else { return }
        let deadline = peers.connections[slot].idleDeadline
        guard deadline > now else { return peers.close(slot) }
        peers.connections[slot].armedAt = deadline
        services.armPeer(slot, at: deadline)
    }
}
