// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How far an exchange with a peer has come.

internal import HTTP
internal import HTTP1
internal import Memory
internal import OS
internal import Resolver

/// One try with one peer, for the log.
struct PeerAttempt: Sendable {
    var address: [UInt8]
    var status = 0
    /// Why it came to nothing.
    var failure: PeerFailure?
    var startedAt: Instant
    /// How long the request had waited for the peer to have room; nil if it had not.
    ///
    /// Units: milliseconds.
    var queueTime: Int?
    /// Units: milliseconds since the start; nil when it did not come to that.
    var connectTime: Int?
    var headTime: Int?
    var responseTime: Int?
    var contentCount = 0
    var receivedCount = 0
    var sentCount = 0
}

/// How far an exchange with a peer has come.
struct ProxyState: ~Copyable {
    enum Stage: BitwiseCopyable, Equatable {
        case none
        /// A peer is to be chosen.
        case choosing
        /// Its name is being resolved.
        case resolving
        /// None of them accepts connections, and one is waited for.
        case holding
        /// None of them has room, and one is waited for.
        case queued
        case connecting
        /// It is connected to, and agrees upon TLS.
        case handshaking
        /// The request is being sent; no answer has come yet.
        case sending
        /// The whole request is sent.
        case awaitingHead
        case receivingContent
        /// The content has ended as it should.
        case finished
        /// It broke off.
        case failed
    }

    var stage: Stage = .none
    /// An index of `Site.groups`.
    var group = 0
    /// The address that variables gave, if it was not known when the configuration was loaded.
    var dynamicTarget: ProxyTarget?
    /// An index of its peers.
    var peer = 0
    /// Its addresses, once they are known.
    var addresses: [SocketAddress] = []
    /// Which of them is tried.
    var addressIndex = 0
    /// How many there are; behind them stand those that get a second, longer try.
    var addressCount = 0
    /// Whether the next try is with the next address of the same peer.
    var continuesWithAddress = false
    /// What the connection is to come from (`proxy_bind`); nil for whatever fits.
    var source: CompactAddress?
    /// How TLS is spoken with the peers; nil where it is not.
    var tls: PeerTLS?
    /// With whom.
    var security: PeerSecurity?
    /// The connection, while there is one.
    var connection: SlotID?
    var isReused = false
    /// Whether any byte of the request may have reached the peer.
    var hasSentBytes = false
    /// What the choice of the next peer depends on.
    var choice = PeerRequest()
    /// That the peer is counted to be at work for it.
    var lease: PeerLease?
    var triesLeft = 0
    /// What `triesLeft` was at the start.
    var tryCount = 0
    /// Whether a connection has ended, in this round of tries, after part of the request was sent.
    var hasLostRequest = false
    /// Until when it may wait for a peer to come back, once it has waited.
    var heldUntil: Instant?
    /// Whether it has waited after such an end, or because nobody could be chosen.
    var wasHeldAfterLoss = false
    var wasHeldForWant = false
    /// Its place in the queue of its group, and since when it has waited there.
    var place: QueuePlace?
    var queuedSince: Instant?
    /// Whether the next try must not use a connection of the pool.
    var needsNewConnection = false
    var firstTryAt = Instant(milliseconds: 0)
    /// What the peer is asked by.
    var method = Method.get
    /// The request head as it is sent.
    var request = Buffer(capacity: 0)
    var requestSent = 0
    /// Where the target lies in `request`, while it does.
    var targetRange: Range<Int>?
    var contentSent = 0
    /// Whether the request has content that is to be sent.
    var sendsContent = false
    /// Whether content is sent in chunks because its length is not known.
    var sendsChunks = false
    /// Whether the last chunk has been queued.
    var hasEndedChunks = false
    /// Whether nothing of the request is left to send; an answer may come before.
    var isRequestSent = false
    /// Whether a switch of protocols was asked for.
    var requestsUpgrade = false
    var framing: ContentFraming = .none
    /// What is still to be passed on: of the content when its length was given, of the piece of a
    /// chunk that was found last when it is chunked.
    var remaining = 0
    var decoder = ChunkedDecoder()
    /// Whether the connection may be used again when the content has ended.
    var mayReuse = false
    /// How long the peer says that it waits for another request.
    ///
    /// Units: milliseconds.
    var peerTimeout: Int64?
    /// Whether the client may ask for a part of what comes (`proxy_force_ranges`).
    var allowsRanges = false
    /// The part of the content that the client gets, shrinking as it passes; nil for all.
    var cut: Extent?
    /// The place that the peer wants to answer, in the bytes of the exchange.
    var redirection: ByteRange?
    /// Whether `proxy_buffering` holds for this answer.
    var isBuffered = false
    /// What the peer has said about that.
    var wishesBuffering: Bool?
    /// Whether the content may have no end.
    var isEndless = false
    /// Whether content is taken from the peer before the client can take it.
    var readsAhead = false
    /// That content.
    var ahead = ReadAhead()
    /// Its field lines that go with what answers instead.
    var keptFields = Buffer(capacity: 0)
    /// How fast the content may be taken from the peer.
    var pace = Pace()
    /// Interim responses so far.
    var interimCount = 0
    /// The tries so far, the present one last.
    var attempts: [PeerAttempt] = []
    /// Those of the groups from which internal redirects have led here.
    var earlierAttempts: [[PeerAttempt]] = []
    /// The peer's field lines, for `$upstream_http_…`.
    var receivedFields = Buffer(capacity: 0)
    /// Those behind its content, for `$upstream_trailer_…`.
    var receivedTrailers = Buffer(capacity: 0)

    /// Begins with another group, and keeps the tries with the one before.
    mutating func beginAnew() {
        guard !attempts.isEmpty || !earlierAttempts.isEmpty else { return reset() }
        var earlier = earlierAttempts
        if !attempts.isEmpty { earlier.append(attempts) }
        reset()
        earlierAttempts = earlier
    }

    mutating func reset() {
        guard stage != .none else { return }
        stage = .none
        connection = nil
        addresses = []
        beginDialling()
        source = nil
        if tls != nil {
            tls = nil
            security = nil
        }
        isReused = false
        hasSentBytes = false
        choice.reset()
        lease = nil
        hasLostRequest = false
        heldUntil = nil
        wasHeldAfterLoss = false
        wasHeldForWant = false
        place = nil
        queuedSince = nil
        needsNewConnection = false
        request.removeAll()
        if request.capacity > 8 << 10 { request = Buffer(capacity: 0) }
        receivedFields.removeAll()
        receivedTrailers.removeAll()
        requestSent = 0
        targetRange = nil
        contentSent = 0
        sendsChunks = false
        hasEndedChunks = false
        isRequestSent = false
        requestsUpgrade = false
        remaining = 0
        pace = Pace()
        readsAhead = false
        ahead.reset()
        redirection = nil
        mayReuse = false
        allowsRanges = false
        cut = nil
        interimCount = 0
        attempts.removeAll(keepingCapacity: true)
        if !earlierAttempts.isEmpty { earlierAttempts = [] }
    }
}

extension ProxyState {
    /// Begins with a peer that has just been chosen, or goes on with its next address.
    mutating func beginDialling() {
        if continuesWithAddress {
            continuesWithAddress = false
            addressIndex += 1
            return
        }
        if !addresses.isEmpty { addresses = [] }
        addressIndex = 0
        addressCount = 0
    }

    /// Which place of a queue it has; nil for none.
    var ticket: UInt64? {
        switch place {
        case .some(let place): place.ticket
        case .none: nil
        }
    }

    /// Whether the peer has an address that was not tried.
    var hasNextAddress: Bool { addressIndex + 1 < addresses.count }

    /// Whether the present address gets only a moment, because others wait.
    var isDialBrief: Bool { hasNextAddress && addressIndex < addressCount }
}

/// Why a try with a peer failed.
enum PeerFailure: BitwiseCopyable, Sendable {
    case cannotConnect(Errno)
    case connectTimedOut
    /// No agreement upon TLS, or with somebody else; why has been told.
    case handshakeFailed
    case sendFailed(Errno)
    case sendTimedOut
    case receiveFailed(Errno)
    case readTimedOut
    case closedEarly
    case malformed(Flaw)
    case unresolved(ResolutionFailure)
    /// The peer answered with a status that `proxy_next_upstream` names.
    case status(Int)

    /// The condition of `proxy_next_upstream` that it falls under.
    var condition: RetryConditions {
        switch self {
        case .connectTimedOut, .sendTimedOut, .readTimedOut: .timeout
        case .malformed: .invalidHeader
        case .status(500): .http500
        case .status(502): .http502
        case .status(503): .http503
        case .status(504): .http504
        case .status(403): .http403
        case .status(404): .http404
        case .status(429): .http429
        default: .error
        }
    }

    /// Whether it counts for `max_fails`.
    ///
    /// Spec: nginx: a peer that has not got something, or denies it, works.
    var speaksAgainstPeer: Bool {
        switch self {
        case .status(403), .status(404): false
        default: true
        }
    }

    /// What the client is told when nobody else can be asked.
    var status: Int {
        switch self {
        case .connectTimedOut, .sendTimedOut, .readTimedOut: 504
        case .status(let status): status
        default: 502
        }
    }
}
