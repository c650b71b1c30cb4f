// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Asks peers how they are, each on its own timer.
//
// One thread of the process has it. No request ever waits for it: what it finds out lies in the
// health of the peers, which every thread reads.

internal import EventLoop
internal import Memory
internal import OS
internal import Resolver
internal import Synchronization

/// All health checks of a process.
///
/// Why: a poller of its own that the loop of the thread watches. So the first round can be driven
///      before anything is served, and no slot of a client or a peer is taken.
/// Limits: one connection for each check of each peer, `HealthAnswer` for what it holds.
final class HealthChecks {
    /// One check of one peer.
    struct Probe {
        /// An index of `Site.healthChecks`.
        let check: Int
        let peer: Int
        var verdict: HealthVerdict
        /// Whether a check goes on.
        var isAtWork = false
        var isResolving = false
        /// Whether the process waits for its first check.
        var isAwaited = false
        var beganAt = Instant(milliseconds: 0)
        var addresses: [SocketAddress] = []
        var addressIndex = 0
        var connection: SlotID?
        var start = PeerStart()
    }

    var probes: [Probe] = []
    var connections: Slab<HealthConnection>
    private var poller: Poller
    var timers: TimerWheel
    private var exchange = Exchange()
    private var request = Buffer(capacity: 512)
    let memory: HealthMemory?
    /// How many peers get no requests until their first check is over.
    var awaitedCount = 0

    /// Holds back the peers that must be checked first; nil when nothing is to be checked.
    init?(_ services: borrowing Services) throws(Errno) {
        let site = services.site
        memory = site.healthZone.map { HealthMemory(services.shared.zones[$0]) }
        for (index, check) in site.healthChecks.enumerated() {
            let group = services.groups[check.group]
            let peers = group.peers
            for peer in peers.indices where !peers[peer].isDown {
                guard probes.count < HealthCheck.peerLimit else { break }
                probes.append(
                    Probe(
                        check: index, peer: peer,
                        verdict: HealthVerdict(
                            check.of(peers[peer]).firstState(
                                after: memory?.verdict(
                                    of: peers[peer].name, in: group.name, by: check)))))
            }
        }
        connections = Slab(capacity: max(1, probes.count))
        timers = TimerWheel(capacity: max(1, probes.count), now: services.clock.now)
        poller = try Poller()
        guard !probes.isEmpty else { return nil }
        for (number, probe) in probes.enumerated() {
            if probe.verdict.holdsBack { health(of: probe, services).hold() }
            let isAwaited = probe.verdict.state == .checking
            if isAwaited { awaitedCount += 1 }
            probes[number].isAwaited = isAwaited
            let jitter = isAwaited ? 0 : delay(probe, services)
            timers.arm(UInt32(number), at: services.clock.now + jitter)
        }
    }

    /// What becomes readable when a check can go on.
    var descriptor: Int32 { poller.number }

    /// Units: milliseconds.
    func sleepLimit(now: Instant) -> Int? { timers.nextDeadline(now: now) }

    // MARK: Driving

    /// Does everything that can be done without waiting.
    func advance(_ services: inout Services) {
        process(timeout: 0, &services)
        expire(&services)
    }

    /// Begins what is due, and gives up what takes too long.
    func expire(_ services: inout Services) {
        while let number = timers.popExpired(now: services.clock.now) {
            let probe = Int(number)
            if !probes[probe].isAtWork {
                begin(probe, &services)
            } else if probes[probe].isResolving {
                resolve(probe, &services)
            } else {
                timeOut(probe, &services)
            }
        }
    }

    /// Waits until every peer that must be checked first has been, but not for ever.
    func finishFirstRound(_ services: inout Services) {
        let end = services.clock.now + Self.firstRoundLimit
        while awaitedCount > 0, services.clock.now < end {
            var time = Int(end - services.clock.now)
            if let next = timers.nextDeadline(now: services.clock.now) { time = min(time, next) }
            process(timeout: time, &services)
            services.resolver.process(now: services.clock.now)
            expire(&services)
        }
        services.flushLogs()
    }

    /// How long a process waits at most for the first round before it serves.
    ///
    /// Units: milliseconds.
    private static var firstRoundLimit: Int64 { 2_000 }

    private func process(timeout: Int, _ services: inout Services) {
        let count = poller.wait(timeoutMilliseconds: timeout)
        services.clock.refresh()
        for index in 0..<count {
            let event = poller.event(index)
            guard let slot = connections.slot(for: SlotID(token: event.token)) else { continue }
            connections[slot].transport.note(event)
            let probe = connections[slot].probe
            if probes[probe].isAtWork {
                advance(probe, slot, &services)
            } else {
                // At rest, a peer has nothing to say but that it closes.
                close(probe)
            }
        }
    }

    // MARK: One check

    private func begin(_ number: Int, _ services: inout Services) {
        if health(of: probes[number], services).isAbsent.load(ordering: .relaxed) {
            return noteAbsence(number, services)
        }
        guard isDue(number, services) else { return }
        probes[number].isAtWork = true
        probes[number].beganAt = services.clock.now
        probes[number].addressIndex = 0
        let check = check(number, services)
        guard check.kind == .request else { return resolve(number, &services) }
        exchange.writeHealthRequest(check, into: &request, &services)
        if let slot = restingConnection(number, services) { return ask(number, slot, &services) }
        resolve(number, &services)
    }

    /// The connection of the last check, if it can be used for another one.
    private func restingConnection(_ number: Int, _ services: borrowing Services) -> Int? {
        guard let slot = probes[number].connection.flatMap({ connections.slot(for: $0) }) else {
            return nil
        }
        let age = services.clock.now - connections[slot].openedAt
        guard age < Int64(services.site.healthChecks[probes[number].check].keepAliveTime) else {
            close(number)
            return nil
        }
        return slot
    }

    private func resolve(_ number: Int, _ services: inout Services) {
        let group = services.site.healthChecks[probes[number].check].group
        let nobody = SlotID(index: 0, generation: 0)
        switch services.addresses(of: probes[number].peer, in: group, for: nobody) {
        case .pending:
            guard services.clock.now < connectEnd(number, services) else {
                return finish(number, .connectTimedOut, &services)
            }
            probes[number].isResolving = true
            timers.arm(UInt32(number), at: services.clock.now + Self.resolvingStep)
        case .failed(let failure):
            finish(number, .unresolved(failure.reason), &services)
        case .addresses(let addresses):
            probes[number].isResolving = false
            let port = services.site.healthChecks[probes[number].check].port
            let before = Set(probes[number].addresses)
            probes[number].addresses = addresses.map { address in
                port.map(address.withPort) ?? address
            }
            if !before.isEmpty, before.isDisjoint(with: probes[number].addresses) {
                // Somebody else is there now.
                take(newcomer(number, services), for: number, isReturn: false, services)
            }
            dial(number, &services)
        }
    }

    /// How often it is asked whether a name has addresses by now.
    private static var resolvingStep: Int64 { 50 }

    /// Begins to connect to the present address, or to the next one that can be.
    private func dial(_ number: Int, _ services: inout Services) {
        close(number)
        while probes[number].addressIndex < probes[number].addresses.count {
            let address = probes[number].addresses[probes[number].addressIndex]
            do throws(Errno) {
                let dialled = try Socket.connect(
                    to: address, isDatagram: check(number, services).kind == .datagram)
                return try attach(dialled, number, &services)
            } catch {
                probes[number].addressIndex += 1
                guard probes[number].addressIndex < probes[number].addresses.count else {
                    return finish(number, .cannotConnect(error), &services)
                }
            }
        }
        finish(number, .unresolved("it has no addresses"), &services)
    }

    private func attach(
        _ dialled: consuming Socket.Connecting, _ number: Int, _ services: inout Services
    ) throws(Errno) {
        let isConnecting = dialled.inProgress
        let descriptor = dialled.socket.number
        let check = check(number, services)
        let transport = Transport(
            connecting: dialled.take(), hasPieces: check.kind == .datagram)
        var connection = HealthConnection(transport, probe: number, at: services.clock.now)
        connection.security = exchange.security(of: check, &services)
        connection.peerName = services.groups[check.group].peers[probes[number].peer].name
        guard let id = connections.insert(connection), let slot = connections.slot(for: id) else {
            throw .tooManyOpenFiles
        }
        probes[number].connection = id
        do throws(Errno) {
            try poller.add(descriptor, token: id.token(tag: 0))
        } catch {
            close(number)
            throw error
        }
        if !isConnecting { connections[slot].transport.assumeConnected() }
        ask(number, slot, &services)
    }

    private func ask(_ number: Int, _ slot: Int, _ services: inout Services) {
        let check = check(number, services)
        if check.kind == .request {
            connections[slot].ask(
                request, keepsContent: check.match.wantsContent,
                headByteLimit: policy(number, services).headByteLimit)
        } else {
            connections[slot].tell(check, byteLimit: sessionPolicy(number, services).bufferSize)
        }
        arm(number, slot, services)
        advance(number, slot, &services)
    }

    /// Moves a check on as far as it goes without waiting.
    func advance(_ number: Int, _ slot: Int, _ services: inout Services) {
        let before = connections[slot].stage
        switch connections[slot].advance() {
        case .wait: if connections[slot].stage != before { arm(number, slot, services) }
        case .answered: judge(number, slot, &services)
        case .heard: judgeWords(number, slot, &services)
        case .failed(let flaw): fail(number, slot, flaw, &services)
        }
    }

    /// Gives the present stage its time.
    private func arm(_ number: Int, _ slot: Int, _ services: borrowing Services) {
        if check(number, services).kind != .request {
            return timers.arm(
                UInt32(number), at: sessionEnd(number, connections[slot].stage, services))
        }
        let policy = policy(number, services)
        let timeout =
            switch connections[slot].stage {
            case .connecting, .handshaking: policy.connectTimeout
            case .sending: policy.sendTimeout
            case .receiving, .resting: policy.readTimeout
            }
        timers.arm(UInt32(number), at: services.clock.now + Int64(timeout))
    }

    private func timeOut(_ number: Int, _ services: inout Services) {
        guard let slot = probes[number].connection.flatMap({ connections.slot(for: $0) }) else {
            return finish(number, .connectTimedOut, &services)
        }
        if isPassedBySilence(number, slot, services) { return judge(number, slot, &services) }
        let flaw: HealthFlaw =
            switch connections[slot].stage {
            case .connecting, .handshaking: .connectTimedOut
            case .sending: .sendTimedOut
            case .receiving where check(number, services).kind != .request: .dataTimedOut
            case .receiving, .resting:
                connections[slot].answer.hasHead ? .contentTimedOut : .headTimedOut
            }
        fail(number, slot, flaw, &services)
    }

    func fail(
        _ number: Int, _ slot: Int, _ flaw: HealthFlaw, _ services: inout Services
    ) {
        if connections[slot].mayBeStale { return resolve(number, &services) }
        let isConnecting = connections[slot].stage == .connecting
        close(number)
        probes[number].addressIndex += 1
        guard isConnecting, probes[number].addressIndex < probes[number].addresses.count else {
            return finish(number, flaw, &services)
        }
        dial(number, &services)
    }

    func judge(_ number: Int, _ slot: Int, _ services: inout Services) {
        let check = check(number, services)
        guard check.kind == .request else {
            close(number)
            return finish(number, nil, &services)
        }
        let flaw = connections[slot].answer.flaw(
            by: check.match, regexes: services.site.regexes, &services.matcher)
        let address = services.groups[check.group].peers[probes[number].peer].name
        let outcome =
            flaw ?? exchange.flaw(of: connections[slot].answer, from: address, by: check, &services)
        if check.keepAliveTime > 0, connections[slot].answer.mayReuse {
            connections[slot].rest()
        } else {
            close(number)
        }
        finish(number, outcome, &services)
    }

    /// How much later than it could a check begins.
    func delay(_ probe: Probe, _ services: borrowing Services) -> Int64 {
        let jitter = services.site.healthChecks[probe.check].jitter
        guard jitter > 0 else { return 0 }
        return Int64(Random.number() % UInt64(jitter + 1))
    }

    func close(_ number: Int) {
        if let slot = probes[number].connection.flatMap({ connections.slot(for: $0) }) {
            _ = connections.remove(at: slot)
        }
        probes[number].connection = nil
    }

    func check(_ number: Int, _ services: borrowing Services) -> HealthCheck {
        services.site.healthChecks[probes[number].check]
    }

    func policy(_ number: Int, _ services: borrowing Services) -> ProxyPolicy {
        services.site.locations[check(number, services).location].settings.proxy.policy
    }

    func health(of probe: Probe, _ services: borrowing Services) -> PeerHealth {
        services.groups[services.site.healthChecks[probe.check].group].peers[probe.peer].health
    }
}
