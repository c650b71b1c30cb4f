// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// One request and its response, whatever protocol carries them.
//
// An exchange knows the request head, the configuration and the handlers. It must not know the
// protocol version's framing, descriptors of clients, or who else shares the connection: the
// connection gives it a head and content, and takes a response head and content from it.

internal import FileCache
internal import HTTP
internal import Memory
internal import OS

/// What must happen before an exchange can move on.
enum ExchangeStep: BitwiseCopyable, Equatable {
    /// `Response.hints` can be sent; then `proceed`.
    case inform
    /// The response head is complete; content follows by `nextPiece`.
    case respond
    /// More can be done at once, by `proceed`: a peer is to be asked.
    case proceed
    /// A client that waits for leave to send its content is given it; then `proceed`.
    case invite
    /// The request content must arrive first.
    case receiveContent
    /// Waiting for a peer or a file until `deadline`.
    case wait
    /// The peer has switched protocols: bytes pass both ways from now on.
    case tunnel
    /// The connection is to be closed without an answer (nginx's 444).
    case abort
}

/// Facts about the connection that an exchange came by; they do not change during it.
struct ClientFacts: BitwiseCopyable {
    /// Who asks.
    var address = CompactAddress.unix
    /// Which listener accepted it: an index of `Site.listeners`.
    var listener = 0
    /// The connection's serial number, as `$connection`.
    var number = 0
    /// Requests on this connection up to this one, as `$connection_requests`.
    var requestCount = 0
    /// Whether the request had arrived before the last one was answered.
    var isPipelined = false
    /// The descriptor, to ask for the local address when a variable wants it.
    var descriptor: Int32 = -1
    /// The TLS that it came by, in the worker's table; nobody's without.
    var secured = SecuredSessions.none
    /// Whether it came by TLS.
    var isSecure: Bool { secured != SecuredSessions.none }
    /// When it was accepted.
    var acceptedAt = Instant(milliseconds: 0)
}

/// One request and its response.
///
/// Invariant: every `ByteRange` in it lies within `bytes`, which starts with the request head and
///            grows by what is derived from it: the decoded path, values of variables, new URIs.
/// Why: one growing buffer that is used again for the next request costs no allocation, and places
///      survive its growth.
struct Exchange: ~Copyable {
    private let address = AddressOnly()

    /// The connection that it belongs to.
    var client = SlotID(index: 0, generation: 0)
    var facts = ClientFacts()
    /// The address of the connection, once that of the client has taken its place in the facts.
    var connectionAddress: CompactAddress?
    /// What the PROXY protocol said of the connection.
    var proxyHeader: ProxyHeader?

    // MARK: The request

    var head = RequestHead()
    var bytes = Buffer(capacity: 0)
    /// The host asked for: validated, in lower case, without port; empty when there is none.
    var host = ByteRange()
    /// The path that is being served: decoded, normalised, changed by internal redirects.
    var uri = ByteRange()
    /// The query that goes with it, without the question mark.
    var arguments: ByteRange?
    /// The method that handlers see: an error page is fetched by GET.
    var method: Method = .other
    /// An index of `Site.hosts`.
    var hostIndex = 0
    /// An index of `Site.locations`.
    var locationIndex = 0
    var content = RequestContent()
    /// When its first byte was read.
    var startedAt = Instant(milliseconds: 0)

    // MARK: Progress

    var stage: Stage = .idle
    /// Where in its location the request is.
    var phase = Phase.preaccess
    /// When to give up waiting for the peer or the file, while the last step was `.wait`.
    var deadline: Instant?
    /// Where the access phase is, while that is the phase.
    var access = AccessState()
    /// The password that is being checked.
    var passwordJob: PasswordJob?
    /// The values of `WWW-Authenticate` that the response will have.
    var challenges: [ByteRange] = []
    /// How often a file was waited for.
    var fileWaitCount = 0
    /// The list of a directory that is being made.
    var listing: ListingJob?
    /// The file of a directory that is being chosen.
    var randomIndex: RandomIndexJob?
    /// How often the path was changed internally.
    var redirectCount = 0
    /// Whether the present path came from an internal redirect.
    var isInternal = false
    /// Whether the path stands behind the alias of a regular expression's location (`try_files`).
    var addsPathToAlias = false
    /// Whether the target as received still stands for the present path.
    var isReceivedTarget = true
    /// Whether `rewrite` has changed the path since a location was looked for.
    var isPathChanged = false
    /// Whether the path still begins as the name of its location does.
    var nameStands = true
    /// The status of the failure whose error page is being made; 0 when there is none.
    var errorStatus = 0
    /// Whether an error page has been looked up that no other may follow.
    var hasErrorPage = false
    /// The value of `Location` of the redirect that an error page stands for.
    var keptLocation: ByteRange?

    // MARK: Variables

    /// The captures of the last regular expression.
    var captures = InlineArray<10, ByteRange?>(repeating: nil)
    /// Values given by `set` and by named captures, and remembered by `map`.
    var values = ValueStore()
    /// How many computed variables are being computed, each for the one before it.
    var computationDepth = 0
    /// What has been judged about the request.
    var checked = CheckedValues()
    /// The random bytes of `$request_id`, made when first asked for.
    var requestID: ByteRange?

    /// What `$limit_rate` or a peer has said about the rate; it counts before `limit_rate`.
    ///
    /// Units: bytes a second; 0 for no limit.
    var requestedRate: Int?

    /// Who serves it and whom it serves, where there are subrequests.
    var family: Family?
    /// What limits have said.
    var limits = LimitState()
    /// What it knows as a session of `stream`; nil for requests.
    var session: StreamSession?
    /// Where it is counted as being answered, from its head on.
    var counters: ThreadCounters?

    // MARK: The response

    var response = Response()
    /// The exchange with a peer, if any.
    var proxy = ProxyState()

    enum Stage: BitwiseCopyable, Equatable {
        /// In the pool, or waiting for a head.
        case idle
        /// A phase before the handler waits for something.
        case inPhase
        /// The handler needs the request content before it begins.
        case needsContent
        /// The handler waits for a peer.
        case proxying
        /// The content of a file is being read.
        case loadingFile
        /// The response head has been handed out, content may follow.
        case responding
        /// Bytes pass through.
        case tunnel
        case finished
    }

    /// Makes it ready for another request; keeps the memory of a usual one.
    mutating func reset() {
        head.reset()
        bytes.removeAll()
        if bytes.capacity > Self.retainedByteLimit { bytes = Buffer(capacity: 0) }
        host = ByteRange()
        uri = ByteRange()
        arguments = nil
        stage = .idle
        phase = .preaccess
        deadline = nil
        if !challenges.isEmpty { challenges = [] }
        if passwordJob != nil { abandonPassword() }
        fileWaitCount = 0
        if listing != nil { listing = nil }
        if family != nil { family = nil }
        if session != nil { session = nil }
        if randomIndex != nil { randomIndex = nil }
        requestedRate = nil
        limits.reset()
        if let counters { counters.add(-1, to: .writing) }
        counters = nil
        redirectCount = 0
        isInternal = false
        isReceivedTarget = true
        isPathChanged = false
        nameStands = true
        addsPathToAlias = false
        errorStatus = 0
        hasErrorPage = false
        keptLocation = nil
        requestID = nil
        checked = CheckedValues()
        connectionAddress = nil
        if proxyHeader != nil { proxyHeader = nil }
        // They are places in the bytes that have just gone.
        for number in captures.indices { captures[number] = nil }
        computationDepth = 0
        content.reset()
        values.reset()
        response.reset()
        proxy.reset()
        proxy.dynamicTarget = nil
        if !proxy.keptFields.isEmpty { proxy.keptFields = Buffer(capacity: 0) }
    }

    /// What an exchange in the pool keeps of its bytes.
    private static var retainedByteLimit: Int { 4 << 10 }
}

// MARK: Places and bytes

extension Exchange {
    /// Appends bytes and says where they are.
    mutating func store(_ new: Span<UInt8>) -> ByteRange {
        let start = bytes.count
        bytes.append(new)
        return ByteRange(start, bytes.count)
    }

    mutating func store(_ new: [UInt8]) -> ByteRange { store(new.span) }

    mutating func store(_ new: StaticString) -> ByteRange {
        let start = bytes.count
        bytes.append(new)
        return ByteRange(start, bytes.count)
    }

    mutating func store(decimal number: Int) -> ByteRange {
        let start = bytes.count
        bytes.append(decimal: number)
        return ByteRange(start, bytes.count)
    }

    /// Whether a path names a directory.
    func endsWithSlash(_ path: ByteRange) -> Bool {
        !path.isEmpty && bytes.readable[path.upperBound - 1] == UInt8(ascii: "/")
    }

    /// A copy of some of the bytes, for the rare uses that need an array.
    func copy(_ range: ByteRange) -> [UInt8] { Array(copying: bytes.span(range.range)) }
}

extension Buffer {
    /// The readable bytes as an array, for those who keep them.
    func copied() -> [UInt8] { Array(copying: readable) }
}

extension [UInt8] {
    init(copying span: Span<UInt8>) {
        self.init()
        reserveCapacity(span.count)
        for index in span.indices { append(span[index]) }
    }
}
