// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a worker thread lends to the connection whose turn it is.

internal import EventLoop
internal import FileCache
internal import HTTP
internal import HTTP1
internal import Memory
internal import OS
internal import Regex
internal import Resolver

/// The kinds of things that epoll tells a worker about: the upper bits of a token.
enum TokenTag {
    static var client: UInt8 { 1 }
    static var peer: UInt8 { 2 }
    static var listener: UInt8 { 3 }
    static var signals: UInt8 { 4 }
    static var control: UInt8 { 5 }
    static var mailbox: UInt8 { 6 }
    static var files: UInt8 { 7 }
    static var resolver: UInt8 { 8 }
    static var health: UInt8 { 9 }
    static var certificates: UInt8 { 10 }
    static var inquiries: UInt8 { 11 }
}

/// Everything of a worker thread but its connections.
///
/// Why: apart from them, so that a connection can be changed in place while it uses these.
struct Services: ~Copyable {
    private let address = AddressOnly()

    /// The configuration, the same one for the whole life of the process.
    let site: Site
    var poller: Poller
    var clock = LoopClock()
    var timers: TimerWheel
    var buffers = BufferPool()
    var files: FileCacheView
    var matcher = RegexMatcher()
    var codings = CodingMemory()
    var passwords = PasswordChecks()
    let encoders = EncoderCount()
    /// What the connection at work has put through filters in this turn.
    var filteredCount = 0
    /// Whether the connection at work may go on with its handshake.
    var mayShakeHands = false
    /// The groups of peers: those of the configuration, and behind them those that variables named.
    var groups: [UpstreamGroup]
    var log: LogWriter
    var resolver: Resolver
    var dials = DialMemory()
    /// The names that this thread follows for all of them.
    var nameWatches: [NameWatch] = []
    /// The groups that accept no connections, and who waits for them.
    var holds = HoldTable()
    /// Who waits for a peer to have room.
    var queues = QueueTable()
    /// The TLS of clients' connections, for variables.
    var secured = SecuredSessions()
    /// Questions to authorities about certificates; nil where nothing has to be asked.
    let inquiries: StatusInquiries?
    /// What subrequests and those that asked for them have to tell each other.
    var subrequestNotices: [SubrequestNotice] = []
    /// The connections whose streams have something to send.
    var multiplexedNews: [SlotID] = []
    /// When this process began to serve.
    let startedAt = Instant.now()
    /// What is shared with other threads and processes.
    let shared: SharedState
    let counters: ThreadCounters
    /// The head of the peer that is being read.
    var peerHead = ResponseHead()
    /// What the connection at work has received.
    var input = Buffer(capacity: 64 << 10)
    /// What it has queued.
    var output = Buffer(capacity: 64 << 10)
    /// The path of the file that is looked for.
    var path = Buffer(capacity: 512)
    /// Does what would hold the loop.
    let background: BackgroundWork?
    /// How a background thread tells this one something.
    let mailbox: LoopMailbox<WorkerCommand>?
    /// Whether this process finishes what it has and takes nothing new.
    var isDraining = false
    let processID: Int
    let threadNumber: Int
    /// Who is told what happens to requests; nobody, where requests are really served.
    var trace: Trace?
    /// Whether there is somebody.
    var isTraced = false
    /// Timers of peers' connections are numbered from here.
    let peerTimerBase: Int

    init(
        _ site: Site, shared: SharedState, files: FileCache, background: BackgroundWork? = nil,
        mailbox: LoopMailbox<WorkerCommand>? = nil, log: consuming LogWriter,
        threadNumber: Int, clientCapacity: Int, peerCapacity: Int
    ) throws(Errno) {
        self.site = site
        self.shared = shared
        if let keys = site.ticketKeys, let zone = site.ticketZone { keys.use(shared.zones[zone]) }
        counters = ThreadCounters(shared)
        let poller = try Poller()
        inquiries = try StatusInquiries(for: site, poller)
        self.poller = poller
        timers = TimerWheel(capacity: clientCapacity + peerCapacity, now: Instant.now())
        self.files = files.view()
        self.background = background
        self.mailbox = mailbox
        groups = site.groups
        resolver = Resolver(sources: site.resolvers)
        self.log = log
        processID = Int(Process.id.rawValue)
        self.threadNumber = threadNumber
        peerTimerBase = clientCapacity
    }

    // MARK: Settings that hold before a location is known

    func mergesSlashes(_ listener: Int) -> Bool { site.listeners[listener].client.mergesSlashes }

    func headLimits(of listener: Int) -> HeadLimits {
        let limits = site.listeners[listener].headLimits
        return HeadLimits(lineByteLimit: limits.line, headByteLimit: limits.head)
    }

    /// How long a connection may rest between two requests.
    func idleTimeout(_ settings: ClientSettings) -> Int {
        isDraining
            ? min(
                settings.keepAliveTimeout,
                max(settings.keepAliveMinimum, Self.drainingIdleTimeout))
            : settings.keepAliveTimeout
    }

    /// How long a connection may still rest in a process that is being replaced: long enough for a
    /// request that is on its way, so that no client meets a close.
    private static var drainingIdleTimeout: Int { 2_000 }

    func sendTimeout(of exchange: SlotID?, _ exchanges: borrowing ObjectPool<Exchange>) -> Int {
        guard let slot = exchange.flatMap({ exchanges.slot(for: $0) }) else { return 60_000 }
        return site.locations[exchanges[slot].locationIndex].settings.client.sendTimeout
    }

    func localAddress(of facts: ClientFacts) -> CompactAddress {
        if let trace { return trace.localAddress }
        return CompactAddress.local(of: facts.descriptor)
    }

    // MARK: Files

    /// Looks into the cache for what `path` names.
    mutating func findFile(profile: Int, accepting codings: CodingPreference) -> FileEntryRef {
        Self.find(path, in: &files, profile, codings, clock.now)
    }

    private static func find(
        _ path: borrowing Buffer, in files: inout FileCacheView, _ profile: Int,
        _ codings: CodingPreference, _ now: Instant
    ) -> FileEntryRef {
        files.find(profile: profile, path: path.readable, accepting: codings, now: now)
    }

    // MARK: Work that would hold the loop

    /// Runs a job on a background thread, and lets the exchange of `client` proceed afterwards.
    ///
    /// - Returns: false if too much waits already.
    func run(for client: SlotID, _ job: @escaping @Sendable () -> Void) -> Bool {
        guard let background, let mailbox else { return false }
        return background.submit {
            job()
            mailbox.post(.resume(client))
        }
    }

    /// Has the content of a file read, and lets the exchange of `client` proceed afterwards.
    ///
    /// - Returns: false if too much waits already.
    func complete(_ entry: FileEntryRef, for client: SlotID) -> Bool {
        guard let mailbox else { return false }
        return files.complete(entry) { mailbox.post(.resume(client)) }
    }

    // MARK: Peers

    /// A peer of a group.
    struct PeerKey: Hashable {
        var group: Int
        var peer: Int
    }

    /// Makes the timer of a peer's connection fire.
    mutating func armPeer(_ slot: Int, at deadline: Instant) {
        timers.arm(UInt32(peerTimerBase + slot), at: deadline)
    }
}
