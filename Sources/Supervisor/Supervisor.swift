// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The process that looks after the others: its life from start to end.
//
// It is single-threaded, never reads from the network, and decides nothing about workers: that is
// `WorkerRoster`, whose orders it carries out.

package import OS

/// Owns the listening sockets and the pid file, and keeps one generation of workers serving.
package struct Supervisor: ~Copyable {
    /// What does not come from the configuration.
    package struct Settings: Sendable {
        /// The program of a worker; tests put another one here.
        package var worker = Program(
            path: Program.ownPath, arguments: ["beranda: worker process"])

        /// How this process was called, for starting itself again without a terminal.
        package var ownArguments: [String] = CommandLine.arguments

        /// Where errors go until a configuration says otherwise.
        package var initialErrorLog = LogDestination.standardError

        /// How often an address in use is tried, half a second apart.
        package var bindTriesLimit = 5

        /// Whether a free port is named when the wanted one is taken.
        package var namesFreePort = false

        /// The option that chooses the port, where there is one.
        package var portOption: String?

        /// Whether a command of the configuration that cannot be started ends everything.
        package var needsPeers = false

        /// Called once, when the first worker serves.
        package var onServing: (@Sendable (ProcessPlan) -> Void)?

        package init() {}
    }

    /// Reads and checks the configuration; called at the start and at every reload.
    let load: () -> PlanResult
    let settings: Settings
    var poller: Poller
    let signals: SignalReader
    /// Its reading end goes to every worker, and its end tells them that this process is gone.
    let lifeline: Pipe
    var log = SupervisorLog()
    var roster = WorkerRoster()
    /// Which workers live, for all of them to see.
    let board: ProcessBoard
    let boardFile: SharedDescriptor
    /// What workers are called on it.
    var leases: [ProcessID: ProcessLease] = [:]
    var lastLease: UInt32 = 0
    var listeners = ListenerSet()
    /// The active generation and the candidate, by number.
    var generations: [Int: Generation] = [:]
    var lastGeneration = 0
    /// What newly started workers will say that they are ready with.
    var readyPipes: [ProcessID: ReadyPipe] = [:]
    var pidFile: PidFile?
    /// Whoever started this process as a daemon waits here for a byte.
    var starter: StarterPipe?
    /// Whether another reload was asked for while one was under way.
    var wantsReload = false
    /// The peers that are started here, and what is held for them.
    var peers = PeerRoster()
    var keeping: PeerKeeping
    /// The files that workers are told of.
    var files = FileKeeping()
    /// With which code to exit when the peers have ended: the workers have.
    var finalCode: Int32?
    var exitCode: Int32?

    /// One configuration, and the memory file that hands it to workers.
    struct Generation {
        let plan: ProcessPlan
        let snapshot: SharedDescriptor
        let zones: SharedZones
        /// The place of each managed peer, in the order of the plan.
        let slots: [PeerSlot]
    }

    /// A descriptor in a place where only copies can be.
    final class SharedDescriptor {
        let descriptor: FileDescriptor

        init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
    }

    typealias ReadyPipe = SharedDescriptor
    typealias StarterPipe = SharedDescriptor

    /// The token of the signals; the others are process numbers, which are never 0, and those of
    /// what peers print.
    static let signalToken: UInt64 = 0

    /// Asks for a restart of all managed peers, one after the other.
    ///
    /// Why: `USR2` has another meaning in nginx. This one is `SIGRTMIN+1`, as systemd writes it.
    package static var restartPeersSignal: Int32 { Signal.firstRealtime + 1 }

    /// Takes over the signals of this process; fails where the machine lacks the means.
    package init(settings: Settings, load: @escaping () -> PlanResult) throws(Errno) {
        try FileDescriptor.openMissingStandardDescriptors()
        Signal.ignoreBrokenPipe()
        Process.expectChildren()
        // All before any is kept: half a supervisor cannot be undone.
        // Some signals only to be ignored: their default would end the process.
        let signals = try SignalReader([
            Signal.hangUp, Signal.interrupt, Signal.quit, Signal.terminate, Signal.user1,
            Signal.user2, Signal.child, Signal.windowChange, Self.restartPeersSignal,
        ])
        let poller = try Poller()
        let lifeline = try Pipe()
        let boardFile = SharedDescriptor(
            try SharedMemory.makeFile("beranda board", byteCount: ProcessBoard.byteCount))
        let memory = try SharedMemory(
            mapping: boardFile.descriptor.number, byteCount: ProcessBoard.byteCount)
        let keeping = try PeerKeeping()
        try poller.addLevel(signals.number, token: Self.signalToken)
        self.signals = signals
        self.poller = poller
        self.lifeline = lifeline
        self.boardFile = boardFile
        self.keeping = keeping
        board = ProcessBoard(memory)
        self.settings = settings
        self.load = load
        peers.givesUpFirstStart = settings.needsPeers
    }

    /// Runs until everything has ended, and says with which code to exit.
    package mutating func run() -> Int32 {
        starter = Daemon.adoptStarterPipe()
        guard let plan = begin() else { return 1 }
        if plan.runsAsDaemon, starter == nil { return Daemon.detach(settings.ownArguments, log) }
        guard openListenersPatiently(plan), let orders = prepareGeneration(plan) else { return 1 }
        // They take longer to start than a worker does.
        perform(peers.adopt(plan.commands, at: Instant.now().milliseconds))
        if finalCode == nil { perform(orders) }
        while exitCode == nil {
            turn()
        }
        listeners.closeAll()
        pidFile?.remove()
        log.write(.notice, "exit")
        return exitCode ?? 0
    }

    /// Reads the first configuration and opens the log that it names.
    private mutating func begin() -> ProcessPlan? {
        open([ErrorLogPlan(settings.initialErrorLog)])
        switch load() {
        case .refused(let text):
            SupervisorLog.tell(text)
            if !log.isOnStandardError { log.write(.emergency, text) }
            return nil
        case .plan(let plan):
            guard open(plan.errorLogs) else { return nil }
            // Without the right to raise it, what there is has to do.
            _ = try? ResourceLimit.raiseOpenFiles()
            return plan
        }
    }

    @discardableResult
    private mutating func open(_ logs: [ErrorLogPlan]) -> Bool {
        guard logs != log.plans else { return true }
        do {
            try log.open(logs)
            return true
        } catch {
            log.announce(.emergency, error.message)
            return false
        }
    }

    /// Opens the first listeners.
    ///
    /// An address in use may become free: a predecessor may be ending.
    private mutating func openListenersPatiently(_ plan: ProcessPlan) -> Bool {
        for attempt in 1...max(1, settings.bindTriesLimit) {
            let failures = listeners.open(plan.listeners)
            if failures.isEmpty { return true }
            if attempt == 1 || attempt == settings.bindTriesLimit {
                for failure in failures { log.announce(.emergency, failure.message) }
            }
            let isHopeless = failures.contains { $0.error != .addressInUse }
            if isHopeless || attempt >= settings.bindTriesLimit {
                explain(failures)
                return false
            }
            if isToldToStop(within: 500) { return false }
        }
        return false
    }

    /// Says what a human can do about addresses that cannot be had.
    private func explain(_ failures: [ListenerSet.Failure]) {
        guard settings.namesFreePort else { return }
        if failures.contains(where: { $0.error == .accessDenied && $0.address.port < 1024 }) {
            SupervisorLog.tell(
                """
                Ports below 1024 are for root, or for a program that was allowed to: \
                setcap cap_net_bind_service=+ep beranda
                """)
        }
        for failure in failures where failure.error == .addressInUse {
            guard let port = FreePort.next(after: failure.address) else { continue }
            let advice = settings.portOption.map { " (\($0) \(port))" } ?? ""
            SupervisorLog.tell(
                """
                Port \(failure.address.port) is taken by another program; \
                \(port) is free\(advice).
                """)
        }
    }

    /// Waits so long, unless a signal ends the patience.
    private mutating func isToldToStop(within milliseconds: Int64) -> Bool {
        let end = Instant.now() + milliseconds
        while true {
            let rest = end - Instant.now()
            guard rest > 0 else { return false }
            _ = poller.wait(timeoutMilliseconds: Int(rest))
            while let signal = signals.next() {
                let ends = [Signal.terminate, Signal.interrupt, Signal.quit]
                if ends.contains(signal) { return true }
            }
        }
    }

    /// Sleeps until something happens, and reacts to all of it.
    private mutating func turn() {
        let count = poller.wait(timeoutMilliseconds: timeout)
        for index in 0..<count {
            let token = poller.event(index).token
            if token == Self.signalToken {
                takeSignals()
            } else if token == Self.filesToken {
                takeFileEvents()
            } else if token >= Self.outputTokenBase {
                takeOutput(token)
            } else {
                takeReadiness(of: ProcessID(rawValue: Int32(truncatingIfNeeded: token)))
            }
        }
        let now = Instant.now().milliseconds
        perform(roster.advance(to: now))
        lookAfterPeers(at: now)
        lookAfterFiles(at: now)
        if wantsReload, roster.canReload { reload() }
    }

    /// How long nothing is due.
    private var timeout: Int {
        let deadlines = [roster.nextDeadline, nextPeerDeadline, nextFileDeadline].compactMap(\.self)
        guard let deadline = deadlines.min() else { return -1 }
        return Int(clamping: max(0, deadline - Instant.now().milliseconds))
    }
}
