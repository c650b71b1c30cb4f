// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Peers that are not there yet, or are others than before: an address that a name has lost, a
// process that is being started.

internal import EventLoop
internal import OS
internal import Synchronization

/// What is known of the process of a peer that the server starts.
struct PeerStart {
    /// The life that the verdict is about.
    var life: PeerLife?
    /// When that was seen first.
    var seenAt = Instant(milliseconds: 0)
    /// Whether it has passed in that life.
    var hasPassed = false
    /// When it is checked next; in between it is only looked whether it is still the same.
    var nextAt = Instant(milliseconds: 0)
}

extension HealthCheck {
    /// The check as it is for one peer.
    ///
    /// Why: a process accepts connections before its database does. Who asks for a check of a peer
    ///      that is started here wants requests to wait for that.
    func of(_ peer: borrowing Peer) -> HealthCheck {
        var check = self
        if peer.isStarted { check.isMandatory = true }
        return check
    }
}

extension HealthChecks {
    /// Nobody is at the place of a peer now; whoever comes to it is a new one.
    func noteAbsence(_ number: Int, _ services: borrowing Services) {
        close(number)
        take(newcomer(number, services), for: number, isReturn: false, services)
        endFirstRound(of: number)
        let step = min(Int64(check(number, services).interval), Self.absenceStep)
        timers.arm(UInt32(number), at: services.clock.now + step)
    }

    /// What is thought of a peer of which nothing is known.
    func newcomer(_ number: Int, _ services: borrowing Services) -> HealthVerdict {
        let check = check(number, services)
        let peer = services.groups[check.group].peers[probes[number].peer]
        return HealthVerdict(check.of(peer).isMandatory ? .checking : .healthy)
    }

    /// How often it is asked whether a peer has come.
    ///
    /// Units: milliseconds.
    private static var absenceStep: Int64 { 500 }

    // MARK: Processes that the server starts

    /// Whether it is time for a check; if not, it is seen to that somebody looks again.
    func isDue(_ number: Int, _ services: borrowing Services) -> Bool {
        let group = services.groups[check(number, services).group]
        guard let process = group.peers[probes[number].peer].process else { return true }
        let health = health(of: probes[number], services)
        guard let life = process.life else {
            probes[number].start.life = nil
            noteAbsence(number, services)
            health.refusesChecks.store(true, ordering: .relaxed)
            timers.arm(UInt32(number), at: services.clock.now + Self.startStep)
            return false
        }
        guard life != probes[number].start.life else {
            if probes[number].start.nextAt <= services.clock.now { return true }
            schedule(number, at: probes[number].start.nextAt, services)
            return false
        }
        if probes[number].start.life != nil {
            close(number)
            take(newcomer(number, services), for: number, isReturn: false, services)
        }
        probes[number].start = PeerStart(life: life, seenAt: services.clock.now)
        // It is worth waiting for.
        health.refusesChecks.store(probes[number].verdict.holdsBack, ordering: .relaxed)
        return true
    }

    /// Whether a process may still be about to get ready.
    func isStarting(_ number: Int, _ services: borrowing Services) -> Bool {
        let start = probes[number].start
        let time = Int64(services.groups[check(number, services).group].startTime)
        return start.life != nil && !start.hasPassed && probes[number].verdict.state == .checking
            && services.clock.now < start.seenAt + time
    }

    /// Asks again soon: that a process is not ready yet says nothing of its health.
    func waitForStart(_ number: Int, _ services: borrowing Services) {
        endFirstRound(of: number)
        let step = min(Int64(check(number, services).interval), Self.startStep)
        schedule(number, at: services.clock.now + step, services)
    }

    /// Sets when a peer is checked next.
    func schedule(_ number: Int, at time: Instant, _ services: borrowing Services) {
        probes[number].start.nextAt = time
        let isStarted = probes[number].start.life != nil
        timers.arm(
            UInt32(number), at: isStarted ? min(time, services.clock.now + Self.startStep) : time)
    }

    /// How often it is looked whether there is another process than before, and whether one that
    /// starts is ready.
    ///
    /// Units: milliseconds.
    private static var startStep: Int64 { 200 }
}
