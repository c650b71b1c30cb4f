// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Signals and commands: how a worker is told to end.

internal import EventLoop
internal import FileCache
internal import Memory
internal import OS

/// What only the first thread of a process does.
struct Duties: ~Copyable {
    let signals: SignalReader
    let files: FileCache
    /// The other threads, which learn from the first.
    let others: [LoopMailbox<WorkerCommand>]
}

extension Worker {
    mutating func readSignals() {
        while let signal = duties?.signals.next() {
            switch signal {
            case Signal.terminate, Signal.interrupt: pass(on: .stop)
            case Signal.quit: pass(on: .quit)
            case Signal.hangUp: pass(on: .handOver)
            case Signal.user1: reopenLogs()
            default: break
            }
        }
    }

    /// Obeys, and has the other threads obey too.
    mutating func pass(on command: WorkerCommand) {
        switch duties {
        case .some(let duties): for other in duties.others { other.post(command) }
        case .none: break
        }
        obey(command)
    }

    private mutating func reopenLogs() {
        services.log.flushAll()
        for failure in services.log.files.reopen() {
            let path = String(decoding: failure.path, as: UTF8.self)
            services.logError(.emergency, "open() \"\(path)\" failed (\(failure.error))")
        }
    }

    mutating func obey(_ command: WorkerCommand) {
        switch command {
        case .stop: isStopped = true
        case .quit: drain(closesIdle: true)
        case .handOver: drain(closesIdle: false)
        case .reportCertificates:
            renewals?.report(&services)
            stapling?.collect(services)
        case .resume(let client):
            guard let slot = clients.slot(for: client) else { return }
            if let exchange = clients[slot].exchange.flatMap({ exchanges.slot(for: $0) }) {
                exchanges[exchange].diskDidAnswer()
            }
            resume(slot)
        }
    }

    /// Takes nothing new and finishes what was begun.
    ///
    /// Why: `quit` closes connections at rest, as nginx does. On a hand-over they may send one more
    ///      request, whose answer says `Connection: close`: a client never meets a close that it
    ///      could not foresee.
    private mutating func drain(closesIdle: Bool) {
        if !services.isDraining {
            services.isDraining = true
            if !isAcceptPaused {
                for listener in listeners { services.poller.remove(listener.descriptor) }
            }
            endDatagrams()
            sockets.letGo()
            // Whoever serves from now on asks peers as well.
            health = nil
            renewals = nil
            stapling = nil
            let timeout = services.site.processes.shutdownTimeout
            if timeout > 0 { drainDeadline = services.clock.now + Int64(timeout) }
            peers.closeIdle()
        }
        for slot in 0..<clients.occupiedLimit where clients.isOccupied(slot) {
            if clients[slot].http2 != nil {
                drainMultiplexed(slot)
                continue
            }
            switch clients[slot].awaits {
            case .nextRequest, .firstHead: drainIdle(slot, closesIdle: closesIdle)
            default: continue
            }
        }
    }

    private mutating func drainIdle(_ slot: Int, closesIdle: Bool) {
        // A request that has arrived is answered first.
        turn(slot)
        guard clients.isOccupied(slot) else { return }
        switch clients[slot].awaits {
        case .nextRequest, .firstHead: break
        default: return
        }
        if closesIdle {
            let end = clients[slot].restEnd
            guard end > services.clock.now else { return close(slot) }
            clients[slot].deadline = min(clients[slot].deadline, end)
            return obey(.wait(until: clients[slot].deadline), for: slot)
        }
        let settings = services.site.listeners[clients[slot].facts.listener].client
        let deadline = services.clock.now + Int64(services.idleTimeout(settings))
        clients[slot].deadline = min(clients[slot].deadline, deadline)
        obey(.wait(until: clients[slot].deadline), for: slot)
    }
}
