// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Dialling for requests that wait, and letting them go when a peer is back.

internal import EventLoop
internal import Memory
internal import OS

extension Worker {
    /// Dials the groups for which the time has come.
    mutating func continueHeld() {
        guard !services.holds.isEmpty else { return }
        let now = services.clock.now
        // Those that begin meanwhile come behind these.
        var index = services.holds.holds.count - 1
        while index >= 0 {
            if services.holds.holds[index].nextProbeAt <= now { probe(index, now) }
            index -= 1
        }
    }

    /// Looks whether anybody of a group accepts connections, and who still waits for that.
    private mutating func probe(_ index: Int, _ now: Instant) {
        let group = services.holds.holds[index].group
        services.holds.holds[index].waiting = services.holds.holds[index].waiting.filter {
            isHeld($0, group)
        }
        if services.holds.holds[index].waiting.isEmpty { return giveUp(index, now) }
        if let peer = examineProbes(index, now) ?? dial(index, now) {
            return release(index, peer, now)
        }
        services.holds.holds[index].scheduleProbe(from: now)
    }

    private func isHeld(_ client: SlotID, _ group: Int) -> Bool {
        guard let slot = clients.slot(for: client),
            let exchange = clients[slot].exchange.flatMap({ exchanges.slot(for: $0) })
        else { return false }
        return exchanges[exchange].proxy.stage == .holding
            && exchanges[exchange].proxy.group == group
    }

    // MARK: Dialling

    /// Looks what became of those that were dialled; the peer that has accepted, if one has.
    private mutating func examineProbes(_ index: Int, _ now: Instant) -> Int? {
        let probes = services.holds.holds[index].probes
        services.holds.holds[index].probes = []
        var found: Int?
        for probe in probes {
            let socket = Socket(owning: probe.descriptor)
            guard found == nil else { continue }
            let outcome = socket.connectOutcome
            if outcome == .connected { found = probe.peer }
            if outcome == .pending, now - probe.startedAt < Self.probeTimeout {
                _ = socket.take()
                services.holds.holds[index].probes.append(probe)
            }
        }
        return found
    }

    /// Dials peers of a group that are not being dialled; the one that has accepted, if one has.
    private mutating func dial(_ index: Int, _ now: Instant) -> Int? {
        let hold = services.holds.holds[index]
        let peers = services.groups[hold.group].peers
        for offset in 0..<min(peers.count, Self.peersPerProbeLimit) {
            let peer = (hold.nextPeer + offset) % peers.count
            guard !peers[peer].isOut, peers[peer].health.isOffered,
                !hold.probes.contains(where: { $0.peer == peer }),
                case .addresses(let addresses) = services.addresses(
                    of: peer, in: hold.group, for: hold.waiting[0])
            else { continue }
            for address in addresses.prefix(Self.addressesPerProbeLimit) {
                guard let socket = try? Socket.connect(to: address).take() else { continue }
                let outcome = socket.connectOutcome
                if outcome == .connected { return peer }
                if outcome == .pending {
                    services.holds.holds[index].probes.append(
                        GroupHold.Probe(peer: peer, descriptor: socket.take(), startedAt: now))
                }
            }
        }
        if peers.count > Self.peersPerProbeLimit {
            services.holds.holds[index].nextPeer =
                (hold.nextPeer + Self.peersPerProbeLimit) % peers.count
        }
        return nil
    }

    /// How long one that is dialled may take.
    ///
    /// Units: milliseconds.
    private static var probeTimeout: Int64 { 5_000 }
    private static var peersPerProbeLimit: Int { 16 }
    private static var addressesPerProbeLimit: Int { 4 }

    // MARK: The end

    /// Lets all go on, because a peer accepts connections again.
    private mutating func release(_ index: Int, _ peer: Int, _ now: Instant) {
        let hold = end(index)
        services.groups[hold.group].noteReturn(of: peer)
        let name = LogEscape.text(services.groups[hold.group].name)
        let address = LogEscape.text(services.groups[hold.group].peers[peer].name)
        services.logError(
            .notice,
            "upstream \"\(name)\" accepts connections again at \(address) after "
                + "\(now - hold.startedAt) ms, \(hold.waiting.count) requests go on, "
                + "\(hold.failureCount) have failed")
        for client in hold.waiting {
            guard let slot = clients.slot(for: client),
                let exchange = clients[slot].exchange.flatMap({ exchanges.slot(for: $0) })
            else { continue }
            exchanges[exchange].holdDidEnd(services)
            resume(slot)
        }
    }

    /// Ends a hold that nobody waits for any more.
    private mutating func giveUp(_ index: Int, _ now: Instant) {
        let hold = end(index)
        let name = LogEscape.text(services.groups[hold.group].name)
        services.logError(
            .warning,
            "no peer of upstream \"\(name)\" has accepted a connection for "
                + "\(now - hold.startedAt) ms, nobody waits any more, "
                + "\(hold.failureCount) requests have failed")
    }

    private mutating func end(_ index: Int) -> GroupHold {
        let hold = services.holds.holds.remove(at: index)
        for probe in hold.probes { _ = Socket(owning: probe.descriptor) }
        return hold
    }
}
