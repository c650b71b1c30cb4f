// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What happens to the supervisor: signals, ready workers, ended children.

internal import OS

extension Supervisor {
    /// Reacts to every signal that has arrived.
    ///
    /// Ended children come last: a worker that ends because a terminal sent the same signal to all
    /// must not be taken for one that died by itself.
    mutating func takeSignals() {
        var hasEndedChildren = false
        while let signal = signals.next() {
            if signal == Signal.child { hasEndedChildren = true } else { take(signal) }
        }
        if hasEndedChildren { reapChildren() }
    }

    private mutating func take(_ signal: Int32) {
        let now = Instant.now().milliseconds
        switch signal {
        case Signal.terminate, Signal.interrupt:
            log.write(.notice, "signal \(signal) received, exiting")
            // Whoever says it twice does not want to wait for peers.
            if finalCode != nil { return perform(peers.stop(at: now)) }
            listeners.closeAll()
            perform(roster.stop(gracefully: false, at: now))
        case Signal.quit:
            log.write(.notice, "signal \(signal) received, shutting down")
            listeners.closeAll()
            perform(roster.stop(gracefully: true, at: now))
        case Signal.hangUp:
            log.write(.notice, "signal \(signal) received, reconfiguring")
            wantsReload = true
        case Signal.user1:
            log.write(.notice, "signal \(signal) received, reopening logs")
            reopenLogs(at: now)
        case Self.restartPeersSignal:
            log.write(.notice, "signal \(signal) received, restarting peers")
            if peers.seats.isEmpty { log.write(.notice, "there are no peers to restart") }
            perform(peers.restartAll(at: now))
        default:
            return
        }
    }

    /// Collects every child that ended; as process 1 also those of others.
    private mutating func reapChildren() {
        let now = Instant.now().milliseconds
        while let (id, reason) = Process.reap() {
            // The last words of one that was ready and died in the same moment.
            if readyPipes[id] != nil { takeReadiness(of: id) }
            // What it held of the memory that is shared goes with it.
            if let lease = leases.removeValue(forKey: id) { board.revoke(lease) }
            files.feeds[id] = nil
            perform(roster.didEnd(id, reason: reason, at: now))
            if roster.workers.isEmpty { forgetUse() }
            peerDidEnd(id, reason, at: now)
        }
    }

    /// A worker that died cannot say any more which peers it does not use.
    private func forgetUse() {
        for seat in peers.seats { keeping.board.clearUse(of: seat.slot) }
    }

    /// Reads what a new worker says; the end without a word means that it has died or will.
    mutating func takeReadiness(of id: ProcessID) {
        guard let pipe = readyPipes.removeValue(forKey: id) else { return }
        poller.remove(pipe.descriptor.number)
        guard Pipe.nextByte(from: pipe.descriptor.number) != nil else { return }
        perform(roster.didBecomeReady(id, at: Instant.now().milliseconds))
        feed(id)
        // The configuration has been read and will not be for a long time.
        ProgramImage.release()
    }

    private mutating func reopenLogs(at now: Int64) {
        guard let active = roster.active, let plan = generations[active]?.plan else { return }
        do {
            try LogFiles.prepare(plan.allLogPaths, for: plan.effectiveUser)
            try log.reopen()
        } catch {
            log.write(.emergency, error.message)
        }
        perform(roster.reopenLogs(at: now))
    }
}

extension ProcessPlan {
    /// Who the worker becomes: nobody else, where this process may not change users.
    var effectiveUser: UserIdentity? { Process.isPrivileged ? user : nil }

    /// The files that the worker appends to, the error logs among them.
    var allLogPaths: [String] {
        var paths = logPaths
        for log in errorLogs {
            if case .file(let path) = log.destination, !paths.contains(path) { paths.append(path) }
        }
        return paths
    }
}
