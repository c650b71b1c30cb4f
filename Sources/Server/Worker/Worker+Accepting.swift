// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Accepting connections, and not accepting them when nothing more fits.

internal import EventLoop
internal import FileCache
internal import Memory
internal import OS

extension Worker {
    /// Registers all listeners; several workers share them, and one of them is woken.
    static func startAccepting(
        _ listeners: [WorkerListener], _ poller: borrowing Poller
    ) throws(Errno) {
        for (position, listener) in listeners.enumerated() {
            try poller.addLevel(
                listener.descriptor, token: token(ofListener: position), exclusive: true)
        }
    }

    private static func token(ofListener position: Int) -> UInt64 {
        UInt64(TokenTag.listener) << 60 | UInt64(position)
    }

    /// Takes what waits on a listener, a bounded number at a time so that other threads get theirs.
    mutating func accept(on position: Int) {
        guard !services.isDraining, position < listeners.count else { return }
        if services.site.listeners[listeners[position].index].options.isDatagram {
            return receiveDatagrams(on: listeners[position])
        }
        for _ in 0..<Self.acceptsPerTurnLimit {
            guard !clients.isFull || closeOneAtRest() else { return pauseAccepting(until: nil) }
            switch Listener.accept(on: listeners[position].descriptor) {
            case .connection(let socket, let address):
                noticeLateChanges()
                admit(socket, address, listener: listeners[position].index)
            case .wouldBlock: return
            case .retry: continue
            case .outOfDescriptors(let error): return pauseAccepting(after: error)
            case .failed(let error): return pauseAccepting(after: error)
            }
        }
    }

    /// Takes note of files that have changed since this turn began: the new client may come from
    /// whoever has changed them.
    private func noticeLateChanges() {
        if services.files.hasEvents { services.files.processEvents() }
        services.files.awaitEvents()
    }

    private static var acceptsPerTurnLimit: Int { 16 }

    /// How long a worker leaves listeners alone when the system has no descriptors left.
    private static var acceptPause: Int64 { 500 }

    /// Makes room by closing a connection that only waits for another request.
    ///
    /// Spec: nginx does the same when `worker_connections` are not enough. One whose request has
    ///       just arrived is answered instead.
    /// Cost: looks at `restScanLimit` slots at most, and goes on from there the next time.
    mutating func closeOneAtRest() -> Bool {
        for _ in 0..<min(Self.restScanLimit, clients.capacity) {
            restCursor = restCursor + 1 < clients.capacity ? restCursor + 1 : 0
            let slot = restCursor
            guard clients.isOccupied(slot), clients[slot].awaits == .nextRequest else { continue }
            turn(slot)
            guard clients.isOccupied(slot) else { return true }
            guard clients[slot].awaits == .nextRequest,
                clients[slot].restEnd <= services.clock.now
            else { continue }
            warnOfShortage("worker_connections are not enough, reusing connections")
            close(slot)
            return true
        }
        return false
    }

    private static var restScanLimit: Int { 1024 }

    /// Says it once a second at most: a shortage lasts, and the log must not grow with it.
    private mutating func warnOfShortage(_ message: String) {
        guard services.clock.seconds != shortageWarnedAt else { return }
        shortageWarnedAt = services.clock.seconds
        services.logError(.warning, message)
    }

    private mutating func admit(
        _ socket: consuming Socket, _ address: CompactAddress, listener: Int
    ) {
        let number = socket.number
        let now = services.clock.now
        var facts = ClientFacts()
        facts.address = address
        facts.listener = specific(listener, number)
        facts.number = nextConnectionNumber
        facts.descriptor = number
        facts.acceptedAt = now
        nextConnectionNumber += connectionNumberStep
        services.counters.add(1, to: .accepted)
        guard let id = clients.insert(ClientConnection(Transport(socket), facts, at: now)),
            let slot = clients.slot(for: id)
        else { return }
        clients[slot].id = id
        clients[slot].awaitsProxyHeader =
            services.site.listeners[facts.listener].expectsProxyHeader
        clients[slot].beginListening(services)
        ClientConnection.countBeginning(services)
        do throws(Errno) {
            try services.poller.add(number, token: id.token(tag: TokenTag.client))
        } catch {
            services.logError(.alert, "epoll_ctl() failed (\(error))")
            return close(slot)
        }
        // Its request has mostly arrived with it.
        turn(slot)
    }

    /// The listener of the very address that a connection came to, if a wildcard covers it.
    ///
    /// Spec: nginx binds only the wildcard of a port and tells addresses apart by asking the
    ///       socket.
    private func specific(_ listener: Int, _ descriptor: Int32) -> Int {
        let count = services.site.listeners[listener].covered.count
        guard count > 0 else { return listener }
        let local = CompactAddress.local(of: descriptor)
        for index in 0..<count {
            let covered = services.site.listeners[listener].covered[index]
            if covered.address == local { return covered.listener }
        }
        return listener
    }

    private mutating func pauseAccepting(after error: Errno) {
        services.logError(.critical, "connections cannot be accepted (\(error))")
        pauseAccepting(until: services.clock.now + Self.acceptPause)
    }

    /// Leaves waiting connections in the kernel's queue.
    private mutating func pauseAccepting(until deadline: Instant?) {
        guard !isAcceptPaused else { return }
        isAcceptPaused = true
        acceptResumesAt = deadline
        for listener in listeners { services.poller.remove(listener.descriptor) }
        warnOfShortage("worker_connections are not enough, new connections wait")
    }

    mutating func resumeAccepting() {
        isAcceptPaused = false
        acceptResumesAt = nil
        guard !services.isDraining else { return }
        do throws(Errno) {
            try Self.startAccepting(listeners, services.poller)
        } catch {
            // Some may be registered already: all are taken out and tried again.
            pauseAccepting(after: error)
        }
    }
}
