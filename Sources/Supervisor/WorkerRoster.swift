// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which workers there are, and what is to be done when something happens to them.
//
// Pure: it is told of events and times, and answers with orders. It starts nothing, sends nothing
// and reads no clock, so that every course of events can be tested.

internal import OS

/// The workers of all generations.
///
/// One generation is *active*: if its worker dies, another is started. During a reload a second one
/// is the *candidate*: when its first worker is ready it becomes the active one, and all other
/// workers drain. When that worker dies before, the candidate is dropped and nothing has changed.
///
/// Units: all times are milliseconds on one clock.
struct WorkerRoster {
    /// How long a worker may take to get ready.
    static let readyTimeout: Int64 = 30_000

    /// How long a worker may take to obey the order to stop at once.
    static let stopTimeout: Int64 = 5_000

    /// What a worker gets on top of the shutdown timeout that it watches by itself.
    static let shutdownGrace: Int64 = 1_000

    /// What the driver has to do, in this order.
    enum Order: Equatable {
        /// Start a worker of a generation, then call `didStart` or `couldNotStart`.
        case start(generation: Int)
        /// Send a signal to a worker.
        case signal(Int32, ProcessID)
        /// The candidate serves: it is the active generation from now on.
        case adopt(generation: Int)
        /// The candidate failed: everything stays as it was.
        case drop(generation: Int)
        /// Tell the operator.
        case log(LogLevel, String)
        /// Nothing is left to do: end with this code.
        case finish(code: Int32)
    }

    /// One process.
    struct Worker: Equatable {
        let id: ProcessID
        let generation: Int
        let startedAt: Int64
        var state: State
        /// When it is killed, unless it ends or gets ready before.
        var killAt: Int64?
    }

    /// What a worker was last told, or has told.
    enum State: Equatable {
        /// It has not said that it is ready.
        case starting
        /// It serves.
        case serving
        /// It finishes what it has.
        case leaving
        /// It was killed, and its end is awaited.
        case killed
    }

    /// Where the whole stands.
    enum Phase: Equatable {
        /// The first worker is awaited; if it fails, so does the start.
        case starting
        /// A generation is active.
        case running
        /// Everything ends; no worker is started any more.
        case stopping(code: Int32)
    }

    private(set) var workers: [Worker] = []
    private(set) var phase = Phase.starting
    private(set) var active: Int?
    private(set) var candidate: Int?

    /// When a worker of the active generation is started, after a series of early deaths.
    private var restartAt: Int64?

    private var restartPolicy = RestartPolicy()

    /// When logs were last opened again: a worker that started before, and was not yet able to be
    /// told, is told when it is ready.
    private var reopenedAt: Int64?

    /// How long the workers of the active generation may drain; 0 means for ever.
    ///
    /// As with nginx it is the old configuration that says how long its worker may take.
    var shutdownTimeout: Int64 = 0

    /// Whether a new candidate can be tried now.
    var canReload: Bool { phase == .running && candidate == nil }

    /// Tries a generation: the first one, or one that shall follow the active one.
    mutating func begin(generation: Int) -> [Order] {
        candidate = generation
        return [.start(generation: generation)]
    }

    /// Notes a worker that was started.
    mutating func didStart(_ id: ProcessID, generation: Int, at now: Int64) {
        workers.append(
            Worker(
                id: id, generation: generation, startedAt: now, state: .starting,
                killAt: now + Self.readyTimeout))
    }

    /// Notes that a worker could not even be started.
    mutating func couldNotStart(generation: Int, reason: String, at now: Int64) -> [Order] {
        [.log(.alert, "could not start a worker process (\(reason))")]
            + afterLoss(of: generation, livedFor: 0, at: now)
    }

    /// Notes that a worker serves.
    mutating func didBecomeReady(_ id: ProcessID, at now: Int64) -> [Order] {
        guard let index = workers.firstIndex(where: { $0.id == id }),
            workers[index].state == .starting
        else { return [] }
        workers[index].state = .serving
        workers[index].killAt = nil
        var orders: [Order] = []
        if let reopenedAt, reopenedAt >= workers[index].startedAt {
            orders.append(.signal(Signal.user1, id))
        }
        guard workers[index].generation == candidate else { return orders }
        return orders + adoptCandidate(at: now)
    }

    /// Notes the end of a process, if it was a worker.
    mutating func didEnd(_ id: ProcessID, reason: ExitReason, at now: Int64) -> [Order] {
        guard let index = workers.firstIndex(where: { $0.id == id }) else { return [] }
        let worker = workers.remove(at: index)
        return [Self.obituary(id, reason)]
            + afterLoss(
                of: worker.generation, livedFor: now - worker.startedAt, at: now,
                wasLeaving: worker.state == .leaving)
    }

    /// Does what is due by now.
    mutating func advance(to now: Int64) -> [Order] {
        var orders: [Order] = []
        for index in workers.indices {
            guard let killAt = workers[index].killAt, killAt <= now else { continue }
            let worker = workers[index]
            let fault = worker.state == .starting ? "was not ready" : "did not end"
            orders.append(
                .log(.alert, "worker process \(worker.id) \(fault) in time and is killed"))
            orders.append(.signal(Signal.kill, worker.id))
            workers[index].killAt = nil
            if worker.state != .starting { workers[index].state = .killed }
        }
        if let restartAt, restartAt <= now, let active {
            self.restartAt = nil
            orders.append(.start(generation: active))
        }
        return orders
    }

    /// When `advance` has something to do next.
    var nextDeadline: Int64? {
        (workers.compactMap(\.killAt) + [restartAt].compactMap(\.self)).min()
    }

    /// Has every worker open its logs again.
    mutating func reopenLogs(at now: Int64) -> [Order] {
        reopenedAt = now
        // A worker that does not handle the signal yet would die of it.
        return workers.filter { $0.state == .serving || $0.state == .leaving }
            .map { .signal(Signal.user1, $0.id) }
    }

    /// Ends everything: at once, or when the exchanges at hand are answered.
    mutating func stop(gracefully: Bool, code: Int32 = 0, at now: Int64) -> [Order] {
        let isFirst = phase == .starting || phase == .running
        if isFirst { phase = .stopping(code: code) }
        restartAt = nil
        candidate = nil
        var orders: [Order] = []
        for index in workers.indices where workers[index].state != .killed {
            let isGraceful = gracefully && workers[index].state != .starting
            let killAt = isGraceful ? drainDeadline(from: now) : now + Self.stopTimeout
            // A second, more patient order does not take back a first one.
            if let earlier = workers[index].killAt, workers[index].state == .leaving {
                workers[index].killAt = min(earlier, killAt ?? earlier)
            } else {
                workers[index].killAt = killAt
            }
            workers[index].state = .leaving
            orders.append(.signal(isGraceful ? Signal.quit : Signal.terminate, workers[index].id))
        }
        return orders + finishIfDone()
    }

    // MARK: - Steps

    private mutating func adoptCandidate(at now: Int64) -> [Order] {
        guard let generation = candidate, phase == .starting || phase == .running else { return [] }
        active = generation
        candidate = nil
        restartAt = nil
        restartPolicy = RestartPolicy()
        phase = .running
        var orders = [Order.adopt(generation: generation)]
        for index in workers.indices where workers[index].generation != generation {
            switch workers[index].state {
            case .serving:
                orders.append(.signal(Signal.hangUp, workers[index].id))
                workers[index].killAt = drainDeadline(from: now)
            case .starting:
                // It has nobody to serve, and might not handle a gentler signal yet.
                orders.append(.signal(Signal.terminate, workers[index].id))
                workers[index].killAt = now + Self.stopTimeout
            case .leaving, .killed:
                continue
            }
            workers[index].state = .leaving
        }
        return orders
    }

    /// Decides what follows when a worker is gone.
    private mutating func afterLoss(
        of generation: Int, livedFor lifetime: Int64, at now: Int64, wasLeaving: Bool = false
    ) -> [Order] {
        if case .stopping = phase { return finishIfDone() }
        if generation == candidate {
            candidate = nil
            let orders = [Order.drop(generation: generation)]
            guard phase == .starting else { return orders }
            phase = .stopping(code: 1)
            return orders + finishIfDone()
        }
        guard generation == active, !wasLeaving else { return [] }
        let delay = restartPolicy.delayAfterDeath(livedFor: lifetime)
        guard delay > 0 else { return [.start(generation: generation)] }
        restartAt = now + delay
        return [.log(.notice, "the next worker process is started in \(delay) ms")]
    }

    private func finishIfDone() -> [Order] {
        guard case .stopping(let code) = phase, workers.isEmpty else { return [] }
        return [.finish(code: code)]
    }

    private func drainDeadline(from now: Int64) -> Int64? {
        shutdownTimeout > 0 ? now + shutdownTimeout + Self.shutdownGrace : nil
    }

    /// Says how a worker ended, in nginx's words, which log watchers look for.
    private static func obituary(_ id: ProcessID, _ reason: ExitReason) -> Order {
        switch reason {
        case .exited(let code):
            .log(code == 0 ? .notice : .alert, "worker process \(id) exited with code \(code)")
        case .signalled(let number, let dumpedCore):
            .log(
                .alert,
                "worker process \(id) exited on signal \(number)"
                    + (dumpedCore ? " (core dumped)" : ""))
        }
    }
}
