// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// One accepted connection and the HTTP/1 exchanges on it.
//
// It frames and unframes; what a request means is the business of its exchange. Nothing here
// touches epoll or timers: it returns an instruction, and the worker obeys.

internal import HTTP
internal import HTTP1
internal import HTTP2
internal import Memory
internal import OS

/// What must happen before a connection can move again.
enum Instruction: BitwiseCopyable, Equatable {
    /// Nothing can move until its sockets are ready or the time has come.
    case wait(until: Instant)
    /// More could be done at once, but others are due: come back in the next turn.
    case yield
    /// A handshake can go on, which takes long: come back when it is its turn among all of them.
    case queueHandshake
    case close
}

/// One accepted connection.
struct ClientConnection: ~Copyable {
    private let address = AddressOnly()

    /// Where the bytes come from and go to; closes its descriptor when dropped.
    var transport: Transport

    /// Its own name, by which exchanges and peers find it.
    var id = SlotID(index: 0, generation: 0)

    /// What speaks HTTP/2 for it, where that is spoken.
    var http2: HTTP2Session?

    /// Bytes received and not used yet.
    ///
    /// Between turns only, and only while there are any.
    /// Why: ten thousand idle connections then cost slots, not buffers.
    var input: Buffer?

    /// Bytes queued that the kernel did not take.
    ///
    /// Between turns only.
    var output: Buffer?

    var reading: Reading = .head
    var writing: Writing = .idle
    var persistence: Persistence = .keepAlive
    /// What the last wait was for, which is what its deadline means.
    var awaits: Awaited = .firstHead
    /// What the exchange asked for last.
    var step: ExchangeStep = .wait

    /// The exchange in progress: a slot of the worker's pool.
    var exchange: SlotID?
    /// Facts that every exchange gets a copy of.
    var facts: ClientFacts
    /// What the header of the PROXY protocol said.
    var proxyHeader: ProxyHeader?

    /// The request content that is still to come, when its length was given.
    var contentRemaining = 0
    var decoder = ChunkedDecoder()
    /// What is left of a chunk whose size line has been queued.
    var chunkRemaining = 0
    /// The bytes of the input that the parser has seen without finding the end of the head.
    var scannedCount = 0

    /// Whether the header of the PROXY protocol is still to come.
    var awaitsProxyHeader = false
    /// Whether the response in progress is sent in chunks.
    var sendsChunks = false

    /// How often it was handed to another listener (`pass`).
    var passCount: UInt8 = 0

    /// The location that says how long to linger.
    var lastLocation: Int32?
    /// Until when a connection at rest is not closed for the sake of others.
    var restEnd = Instant(milliseconds: 0)
    /// Whether it is counted among those that send a head.
    var isCountedAsReading = false

    /// Whether the client has gone, and whether it was told why it has to.
    var isOver = false
    var hasSaidFarewell = false

    /// Whether any byte was sent in this turn.
    var hasSent = false

    /// When the present wait ends.
    var deadline: Instant
    /// When the timer of this connection fires.
    ///
    /// Why: the deadline moves with every request, the timer only when it must.
    var armedAt = Instant.distantFuture
    /// When the first byte of the present head arrived, a response ended, or lingering began.
    var phaseStartedAt: Instant

    /// The inbound half.
    ///
    /// The halves move independently: a response may begin while content arrives.
    enum Reading: BitwiseCopyable {
        /// Waiting for, or inside, a request head.
        case head
        /// Receiving content.
        case content
        /// The request is complete; further bytes belong to the next one.
        case finished
        /// Nothing more will arrive, or nothing more is wanted.
        case closed
    }

    /// The outbound half.
    enum Writing: BitwiseCopyable {
        /// No response has been begun.
        case idle
        /// A response is on its way.
        case response
        /// The last byte has been queued.
        case finished
        /// Bytes pass both ways; there are no messages any more.
        case tunnel
        /// It is a session of `stream`: there never were any.
        case session
        /// Nothing more is sent; what still arrives is dropped, so that closing does not destroy
        /// the answer.
        case lingering
        /// TLS is still being agreed upon: there is nothing to be sent yet.
        case handshake
    }

    /// What a connection may wait for.
    enum Awaited: BitwiseCopyable {
        case handshake, firstHead, head, nextRequest, content, lingering
        case room, phase, peer, part, file, pause, tunnel, session, streams, farewell
    }

    init(_ transport: consuming Transport, _ facts: ClientFacts, at now: Instant) {
        self.transport = transport
        self.facts = facts
        deadline = now
        phaseStartedAt = now
    }

    /// Steps of one turn, about four for each request, so that a client that pipelines cannot hold
    /// the worker.
    static var stepsPerTurnLimit: Int { 128 }
}
