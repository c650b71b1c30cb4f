// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the supervisor does: starts workers, changes generations.

internal import OS

extension Supervisor {
    /// Carries out orders, and those that follow from them.
    mutating func perform(_ orders: [WorkerRoster.Order]) {
        var queue = orders[...]
        while let order = queue.popFirst() {
            switch order {
            case .start(let generation):
                queue += startWorker(of: generation)
            case .signal(let signal, let id):
                // It may have ended a moment ago, which is about to be noticed.
                _ = try? Process.send(signal, to: id)
            case .adopt(let generation):
                queue += adopt(generation)
            case .drop(let generation):
                drop(generation)
            case .log(let level, let message):
                log.write(level, message)
            case .finish(let code):
                finish(code: code)
            }
        }
    }

    // MARK: - Workers

    private mutating func startWorker(of number: Int) -> [WorkerRoster.Order] {
        guard let generation = generations[number] else { return [] }
        do {
            let id = try spawnWorker(of: number, generation)
            roster.didStart(id, generation: number, at: Instant.now().milliseconds)
            log.write(.notice, "start worker process \(id)")
            return []
        } catch {
            return roster.couldNotStart(
                generation: number, reason: "\(error)", at: Instant.now().milliseconds)
        }
    }

    /// Signals that tell a worker something, and the terminal's: one that comes while the worker is
    /// being started waits until it can read it.
    private static var orders: SignalSet {
        [Signal.terminate, Signal.interrupt, Signal.quit, Signal.hangUp, Signal.user1]
    }

    /// Starts a worker with everything that it needs, and listens for it to be ready.
    private mutating func spawnWorker(
        of number: Int, _ generation: Generation
    ) throws(Errno) -> ProcessID {
        let ready = try Pipe()
        var inherited = [
            InheritedDescriptor(generation.snapshot.descriptor.number, as: 3),
            InheritedDescriptor(ready.writing.number, as: 4),
            InheritedDescriptor(lifeline.reading.number, as: 5),
        ]
        var next: Int32 = 6
        let sockets = listeners.numbers(for: generation.plan.listeners).map { group in
            group.map { source in
                inherited.append(InheritedDescriptor(source, as: next))
                defer { next += 1 }
                return next
            }
        }
        let board = next
        let shared = [boardFile.descriptor.number, keeping.boardFile.descriptor.number]
        for source in shared + generation.zones.numbers {
            inherited.append(InheritedDescriptor(source, as: next))
            next += 1
        }
        lastLease &+= 1
        guard let lease = self.board.grant(serial: lastLease) else { throw .again }
        let fileEnds = try makeFileSockets(generation.plan)
        if let fileEnds {
            inherited.append(InheritedDescriptor(fileEnds.worker.descriptor.number, as: next))
        }
        let handover = WorkerHandover(
            generation: number, supervisor: Process.id, snapshot: 3, ready: 4, control: 5,
            listeners: sockets, board: board, lease: lease, zones: Array(board + 2..<next),
            peers: PeerHandover(board: board + 1, slots: generation.slots),
            user: generation.plan.effectiveUser, files: fileEnds == nil ? nil : next)
        let id: ProcessID
        do {
            // Its end must not be closed before it has been handed over.
            defer { withExtendedLifetime(fileEnds) {} }
            id = try Process.spawn(
                settings.worker, environment: environment(with: handover), inherited: inherited,
                holding: Self.orders)
        } catch {
            self.board.revoke(lease)
            throw error
        }
        // With its end, the lease ends.
        leases[id] = lease
        files.feeds[id] = fileEnds?.feed
        let reading = ready.finishWriting()
        do throws(Errno) {
            try poller.addLevel(reading.number, token: UInt64(id.rawValue))
        } catch {
            // Nobody would hear that it is ready.
            _ = try? Process.send(Signal.kill, to: id)
            throw error
        }
        readyPipes[id] = SharedDescriptor(reading)
        return id
    }

    private func environment(with handover: WorkerHandover) -> [String] {
        let own = [WorkerHandover.variable, Daemon.variable, "SWIFT_BACKTRACE"]
        let inherited = Process.environment.filter { entry in
            !own.contains { entry.hasPrefix($0 + "=") }
        }
        // While a backtrace is being written, the connections of a dead worker would hang.
        return inherited + [
            "\(WorkerHandover.variable)=\(handover.text)", "SWIFT_BACKTRACE=enable=no",
        ]
    }

    // MARK: - Generations

    /// Reads the configuration again; whatever goes wrong, what runs stays as it is.
    mutating func reload() {
        wantsReload = false
        switch load() {
        case .refused(let text):
            log.write(.emergency, "the new configuration is refused, the old one stays:\n\(text)")
        case .plan(let plan):
            let failures = listeners.open(plan.listeners)
            guard failures.isEmpty else {
                for failure in failures { log.write(.emergency, failure.message) }
                log.write(.emergency, "reload failed, the old configuration stays")
                return
            }
            for address in listeners.addressesWithOldOptions(plan.listeners) {
                log.write(.warning, "the options of \(address) change with the next restart")
            }
            guard let orders = prepareGeneration(plan) else {
                closeUnusedListeners()
                return
            }
            perform(orders)
        }
    }

    /// Makes everything that a worker of this plan needs beside listeners, and begins with it.
    mutating func prepareGeneration(_ plan: ProcessPlan) -> [WorkerRoster.Order]? {
        if plan.user != nil, !Process.isPrivileged {
            log.write(.warning, "\"user\" is ignored: only a privileged process can change users")
        }
        setOpenFilesLimit(plan.openFilesLimit)
        do {
            let active = roster.active.flatMap { generations[$0]?.zones }
            let zones = try SharedZones(plan.zones, after: active)
            try LogFiles.prepare(plan.allLogPaths, for: plan.effectiveUser)
            let folders = plan.temporaryFolders
            for failure in TemporaryFolders.prepare(folders, for: plan.effectiveUser) {
                log.write(.warning, failure)
            }
            guard let slots = peers.reserve(plan.commands) else {
                let message = "there are more than \(PeerBoard.slotLimit) managed peers"
                log.announce(.emergency, message)
                return nil
            }
            let snapshot = try Process.sealedMemoryFile("configuration", content: plan.snapshot)
            lastGeneration += 1
            generations[lastGeneration] = Generation(
                plan: plan, snapshot: SharedDescriptor(snapshot), zones: zones, slots: slots)
            return roster.begin(generation: lastGeneration)
        } catch let failure as LogFiles.Failure {
            log.announce(.emergency, failure.message)
        } catch let failure as SharedZones.Failure {
            log.announce(.emergency, failure.message)
        } catch {
            log.announce(.emergency, "memfd_create() failed (\(error))")
        }
        return nil
    }

    /// Sets the limit that workers inherit, or, as nginx does, goes on with what there is.
    private func setOpenFilesLimit(_ limit: Int?) {
        guard let limit, limit > 0 else { return }
        do {
            let present = try ResourceLimit.openFiles()
            try ResourceLimit.setOpenFiles(
                ResourceLimit(soft: UInt(limit), hard: max(UInt(limit), present.hard)))
        } catch {
            log.write(.alert, "setrlimit(RLIMIT_NOFILE, \(limit)) failed (\(error))")
        }
    }

    /// Makes a generation the one that serves; its first worker is ready.
    private mutating func adopt(_ number: Int) -> [WorkerRoster.Order] {
        guard let plan = generations[number]?.plan else { return [] }
        generations = generations.filter { $0.key == number }
        roster.shutdownTimeout = plan.shutdownTimeout
        listeners.close(except: plan.listeners)
        if log.plans != plan.errorLogs {
            do {
                try log.open(plan.errorLogs)
            } catch {
                log.write(.emergency, error.message)
            }
        }
        perform(peers.adopt(plan.commands, at: Instant.now().milliseconds))
        followFiles(plan)
        let isFirst = number == 1
        if let failure = movePidFile(to: plan.pidPath) {
            log.announce(.emergency, failure)
            if isFirst {
                return roster.stop(gracefully: false, code: 1, at: Instant.now().milliseconds)
            }
        }
        if isFirst {
            settings.onServing?(plan)
            leaveStarter()
        }
        return []
    }

    /// Forgets a generation whose worker never got ready.
    private mutating func drop(_ number: Int) {
        generations[number] = nil
        peers.release()
        guard roster.active != nil else {
            log.announce(.emergency, "the worker process ended before it was ready")
            return
        }
        log.write(
            .emergency,
            "reload failed, the old configuration stays: the new worker process ended before it "
                + "was ready")
        closeUnusedListeners()
    }

    private mutating func closeUnusedListeners() {
        guard let active = roster.active, let plan = generations[active]?.plan else { return }
        listeners.close(except: plan.listeners)
    }

    /// Writes the pid file, or moves it to where the new configuration wants it.
    private mutating func movePidFile(to path: String?) -> String? {
        guard pidFile?.path != path else { return nil }
        let old = pidFile
        pidFile = nil
        if let path {
            let new = PidFile(path: path)
            do {
                try new.write()
            } catch {
                pidFile = old
                return LogFiles.Failure(path: path, error: error).message
            }
            pidFile = new
        }
        old?.remove()
        return nil
    }

    /// Tells the process that started this daemon that it serves, and lets go of the terminal.
    private mutating func leaveStarter() {
        guard let pipe = starter else { return }
        Pipe.writeByte(to: pipe.descriptor.number)
        starter = nil
        Daemon.letGoOfTerminal(errors: log.number)
    }
}
