// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A request that the server makes of itself, in the service of another one.
//
// It is a client connection without a wire: the same code serves it, but what it would send is kept
// here for whoever asked. This file knows neither connections nor the worker that runs them.

internal import HTTP
internal import Memory
internal import OS

/// What two requests share of which one serves the other.
///
/// Both belong to one thread. The subrequest writes, the one that asked reads.
/// Limits: `queueByteLimit` of content that was not taken yet; a subrequest that has more to give
///         waits.
final class Subrequest {
    /// What it is made for.
    enum Purpose: BitwiseCopyable, Equatable {
        /// Its status decides whether another request is allowed.
        case authorization
        /// Nobody waits for it.
        case mirror
        /// Its content becomes a part of another one.
        case content
    }

    /// How far it has come.
    enum Stage: BitwiseCopyable, Equatable {
        case prepared
        case running
        /// Its status and fields are known.
        case answered
        /// All of its content has been given.
        case ended
        /// It has broken off, or could not begin.
        case failed
    }

    let purpose: Purpose
    /// The connection of the request that asked for it.
    let parent: SlotID
    /// How many subrequests it stands in, itself included.
    let depth: Int
    let budget: SubrequestBudget
    /// Those of the client's connection.
    let facts: ClientFacts
    /// What is evaluated in it for the one that asked, when its status is known.
    let questions: [Template]

    private(set) var stage = Stage.prepared
    /// The connection that serves it, once it runs.
    private(set) var id: SlotID?
    /// Whether nobody wants it any more.
    private(set) var isCancelled = false
    /// Whether it is to run, and counts among those that do.
    private(set) var isBegun = false
    /// Whether the client waits for nothing but it.
    var isUrgent = false
    /// Whether it has a page for an error, or nothing to say then.
    var answersErrors = true
    /// Whether the one that asked has yet to be told something.
    var hasNews = false
    /// Whether it waits for room in the queue.
    private(set) var isBlocked = false

    /// What has been found out about it; complete once it has been answered.
    var status = 0
    /// The values of `WWW-Authenticate`.
    var challenges: [[UInt8]] = []
    /// The answers to `questions`.
    var answers: [[UInt8]] = []
    /// The variables that it has given other values, and those values; nil for none.
    var changes: [(variable: Int, value: [UInt8]?)] = []
    /// `$request_id`, if it was first asked for there.
    var requestID: [UInt8]?

    /// Content that was not taken yet.
    private(set) var queue = Buffer(capacity: 0)
    private var droppedCount = 0
    private var exchange: Exchange?

    init(
        _ purpose: Purpose, of parent: SlotID, depth: Int, _ budget: SubrequestBudget,
        asking questions: [Template] = [], _ exchange: consuming Exchange
    ) {
        self.purpose = purpose
        self.parent = parent
        self.depth = depth
        self.budget = budget
        self.questions = questions
        facts = exchange.facts
        self.exchange = consume exchange
    }

    /// What may be in the queue before the subrequest has to wait.
    static var queueByteLimit: Int { 64 << 10 }

    /// What is read of an answer that nobody wants, so that the connection to the peer can be used
    /// again.
    static var droppedByteLimit: Int { 64 << 10 }

    // MARK: For the one that asked

    /// Whether nothing more will come.
    var isOver: Bool { stage == .ended || stage == .failed }

    /// Whether its status is known, or it will never be.
    var isDecided: Bool { stage == .answered || isOver }

    /// Whether it goes on although the request that asked for it has ended.
    var isDetached: Bool { purpose == .mirror || purpose == .authorization && stage == .answered }

    /// Takes all content that is there.
    ///
    /// - Returns: whether the subrequest had waited for that, and must be told.
    func takeContent(into buffer: inout Buffer) -> Bool {
        if buffer.isEmpty {
            swap(&buffer, &queue)
            queue.removeAll()
        } else {
            buffer.append(contentsOf: queue)
            queue.removeAll()
        }
        defer { isBlocked = false }
        return isBlocked
    }

    func cancel() { isCancelled = true }

    // MARK: For the one that serves it

    /// Takes note that it is to run.
    func begin() {
        isBegun = true
        budget.runningCount += 1
    }

    /// Gives away the prepared request.
    func start(as id: SlotID) -> Exchange? {
        stage = .running
        self.id = id
        return exchange.take()
    }

    func noteAnswer() {
        stage = .answered
        hasNews = true
    }

    func end(isWhole: Bool) {
        guard !isOver else { return }
        if isBegun { budget.runningCount -= 1 }
        exchange = nil
        stage = isWhole ? .ended : .failed
        hasNews = true
    }

    /// Keeps content, or drops it where only the status is wanted.
    func send(_ bytes: RawSpan) -> Transfer {
        let byteCount = bytes.byteCount
        guard purpose == .content else {
            droppedCount += byteCount
            return droppedCount <= Self.droppedByteLimit
                ? .bytes(byteCount) : .failed(.brokenPipe)
        }
        let count = min(byteCount, Self.queueByteLimit - queue.count)
        if count < byteCount { isBlocked = true }
        guard count > 0 || byteCount == 0 else { return .wouldBlock }
        queue.append(bytes.extracting(0..<count))
        hasNews = true
        return .bytes(count)
    }

    /// Keeps two pieces.
    func send(_ first: RawSpan, _ second: RawSpan) -> Transfer {
        let outcome = send(first)
        guard outcome == .bytes(first.byteCount), second.byteCount > 0 else { return outcome }
        switch send(second) {
        case .bytes(let count): return .bytes(first.byteCount + count)
        case .wouldBlock: return first.byteCount > 0 ? outcome : .wouldBlock
        case .endOfStream: return .endOfStream
        case .failed(let error): return .failed(error)
        }
    }
}

/// What connects a request with those that serve it, and with the one that it serves.
final class Family {
    /// What it is itself; nil for a request of a client.
    let own: Subrequest?
    /// Where the values of its variables were when it began.
    let inheritedPlaces: [ByteRange?]
    let budget: SubrequestBudget
    /// What it has asked for.
    var children: [Subrequest] = []
    /// The one that is to say whether the request is allowed.
    var authorization: Subrequest?

    init(_ own: Subrequest? = nil, inheriting places: [ByteRange?] = []) {
        self.own = own
        inheritedPlaces = places
        budget = own?.budget ?? SubrequestBudget()
    }
}

/// How many subrequests a client's request may still cause, all in all.
final class SubrequestBudget {
    private var remaining = SubrequestBudget.limit
    /// How many of them run.
    var runningCount = 0
    /// What limits have said to any of them: each is asked once for all together.
    var limitVerdicts = LimitVerdicts()
    /// What pages with commands have in common.
    lazy var includes = IncludeStore()

    /// - Returns: false when there were too many.
    func take() -> Bool {
        guard remaining > 0 else { return false }
        remaining -= 1
        return true
    }

    /// Why: nginx has 50 for the depth, but nearly no limit for their number, and a page that
    ///      includes itself twice would cause 2⁵⁰ of them.
    static var limit: Int { 1000 }

    /// Spec: nginx NGX_HTTP_MAX_SUBREQUESTS.
    static var depthLimit: Int { 50 }

    /// How many may run side by side; beyond that only those that the client waits for begin.
    ///
    /// Why: each has a place among the connections, of which a single page must not take all.
    static var runningLimit: Int { 16 }
}

/// Something that a worker has to tell on, when no connection has its turn.
enum SubrequestNotice {
    case start(Subrequest)
    /// There is news for the one that asked.
    case tellParent(SlotID)
    /// There is room again, or nobody wants it any more.
    case tellChild(Subrequest)
}
