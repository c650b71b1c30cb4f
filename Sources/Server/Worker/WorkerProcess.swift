// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A worker process: its threads, from their start to the end of the last.

internal import EventLoop
internal import FileCache
internal import Memory
internal import OS

/// Serves one configuration until a signal ends it.
package enum WorkerProcess {
    /// Signals that the supervisor sends.
    static var signals: SignalSet {
        [Signal.terminate, Signal.interrupt, Signal.quit, Signal.hangUp, Signal.user1]
    }

    /// Keeps signals for later, so that none is lost before anybody reads them.
    package static func blockSignals() { signals.block() }

    /// Starts the threads and serves.
    ///
    /// - Parameters:
    ///   - shared: the memory that other workers see.
    ///   - logs: the log files, as far as they could be opened.
    ///   - sockets: for each listener of the site its listening sockets, which are taken over.
    ///   - control: a descriptor that becomes readable when the supervisor is gone.
    ///   - files: where the supervisor tells what is in files that have changed, if it does.
    ///   - ready: called when connections are being accepted.
    /// - Returns: the exit code.
    package static func run(
        _ site: Site, shared: SharedState, logs: LogFiles, sockets: [[Int32]], control: Int32,
        files: Int32? = nil, ready: () -> Void
    ) -> Int32 {
        blockSignals()
        Signal.ignoreBrokenPipe()
        Allocator.configure()
        do {
            try logs.openRest()
            try serve(site, shared, logs, sockets, control, files, ready)
            return 0
        } catch let failure as LogFiles.OpenFailure {
            let path = String(decoding: failure.path, as: UTF8.self)
            report("open() \"\(path)\" failed (\(failure.error))")
        } catch {
            report("\(error)")
        }
        return 1
    }

    private static func report(_ message: String) {
        Process.write(Array("beranda: [emerg] \(message)\n".utf8), to: 2)
    }

    private static func serve(
        _ site: Site, _ shared: SharedState, _ logs: LogFiles, _ sockets: [[Int32]],
        _ control: Int32, _ fileSocket: Int32?, _ ready: () -> Void
    ) throws {
        let background = BackgroundWork(threadCountLimit: 2, jobCountLimit: 1024)
        let files = FileCache(
            profiles: site.fileProfiles, limits: site.fileLimits, loading: background,
            encoding: BackgroundWork(threadCountLimit: 1, niceness: 10))
        let threadCount = max(1, site.processes.threadCount ?? Processors.available)
        var mailboxes: [LoopMailbox<WorkerCommand>] = []
        for _ in 0..<threadCount { mailboxes.append(try LoopMailbox<WorkerCommand>()) }
        let sockets = ListeningSockets(sockets, threadCount: threadCount)
        var first = try Worker(
            site, shared, files, background, logs, sockets, number: 0, of: threadCount, mailboxes[0]
        )
        first.services.recallNames()
        try first.beginHealthChecks()
        try first.beginRenewals(fileSocket)
        var threads: [JoinBox] = []
        for number in 1..<max(1, threadCount) {
            let worker = try Worker(
                site, shared, files, background, logs, sockets, number: number,
                of: threadCount, mailboxes[number])
            threads.append(JoinBox(try Thread.start(worker, name: "beranda worker")))
        }
        try first.takeDuties(
            Duties(
                signals: try SignalReader(signals), files: files,
                others: Array(mailboxes.dropFirst())),
            control: control)
        ready()
        ProgramImage.release()
        first.serve()
        for thread in threads { thread.join() }
    }
}

/// A thread in an array: arrays hold no noncopyable values.
private final class JoinBox {
    private var thread: Thread?

    init(_ thread: consuming Thread) {
        self.thread = consume thread
    }

    func join() { thread.take()?.join() }
}

extension Worker: ThreadBody {
    consuming func run() { serve() }
}

extension Worker {
    /// Makes the worker of one thread.
    init(
        _ site: Site, _ shared: SharedState, _ files: FileCache, _ background: BackgroundWork,
        _ logs: LogFiles, _ sockets: ListeningSockets, number: Int, of threadCount: Int,
        _ mailbox: LoopMailbox<WorkerCommand>
    ) throws(Errno) {
        let capacity = site.processes.connectionLimit
        let listeners = Self.listeners(sockets.groups, site, number: number, of: threadCount)
        let services = try Services(
            site, shared: shared, files: files, background: background, mailbox: mailbox,
            log: LogWriter(logs), threadNumber: number,
            clientCapacity: capacity, peerCapacity: capacity)
        try services.poller.addLevel(mailbox.number, token: UInt64(TokenTag.mailbox) << 60)
        if let watch = services.files.watchDescriptor {
            try services.poller.addLevel(watch, token: UInt64(TokenTag.files) << 60)
        }
        try Self.startAccepting(listeners, services.poller)
        self.services = services
        self.listeners = listeners
        self.sockets = sockets
        self.mailbox = mailbox
        clients = Slab(capacity: capacity)
        exchanges = ObjectPool(capacity: capacity) { Exchange() }
        peers = PeerConnections(capacity: capacity)
        yielded = IndexList(capacity: capacity)
        handshakes = HandshakeLines(capacity: capacity)
        nextConnectionNumber = number + 1
        connectionNumberStep = threadCount
    }

    /// The listening sockets of one thread.
    ///
    /// Several of one address are dealt out to the threads, for every one must be accepted from; a
    /// single one is shared, unless it is for datagrams: those of a client belong to one session.
    private static func listeners(
        _ sockets: [[Int32]], _ site: Site, number: Int, of threadCount: Int
    ) -> [WorkerListener] {
        sockets.enumerated().flatMap { index, group in
            let first = site.listeners[index].options.isDatagram ? index : 0
            let isShared = group.count == 1 && !site.listeners[index].options.isDatagram
            return group.enumerated()
                .filter { isShared || (first + $0.offset) % threadCount == number }
                .map { WorkerListener(descriptor: $0.element, index: index) }
        }
    }

    /// Begins to ask peers how they are.
    ///
    /// Why: before any thread serves, so that no request goes to a peer that nobody has asked.
    mutating func beginHealthChecks() throws(Errno) {
        guard !services.site.healthChecks.isEmpty, let checks = try HealthChecks(services) else {
            return
        }
        checks.finishFirstRound(&services)
        try services.poller.addLevel(
            checks.descriptor, token: UInt64(TokenTag.health) << 60)
        health = checks
    }

    /// Begins to listen for new certificates.
    mutating func beginRenewals(_ descriptor: Int32?) throws(Errno) {
        guard let descriptor else { return }
        let renewals = CertificateRenewals(descriptor, services.site, now: services.clock.now)
        try services.poller.addLevel(
            renewals.descriptor, token: UInt64(TokenTag.certificates) << 60)
        self.renewals = renewals
    }

    /// Takes over what only one thread does.
    mutating func takeDuties(_ duties: consuming Duties, control: Int32) throws(Errno) {
        try services.poller.addLevel(
            duties.signals.number, token: UInt64(TokenTag.signals) << 60)
        if control >= 0 {
            try services.poller.addLevel(control, token: UInt64(TokenTag.control) << 60)
        }
        self.duties = consume duties
        services.followNames()
        if services.inquiries != nil { stapling = Stapling(services) }
    }
}
