// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A connection by which a peer is asked how it is: one request, one answer; or with peers of
// sessions, what is to be said and heard.
//
// It moves bytes when it is told that it can. It knows no time, no names, and nothing of what the
// answer should be like.

internal import Memory
internal import OS
internal import Regex
internal import TLS

/// A connection to a peer for health checks.
struct HealthConnection: ~Copyable {
    enum Stage: BitwiseCopyable, Equatable {
        case connecting
        case handshaking
        case sending
        case receiving
        /// Between two checks.
        case resting
    }

    /// What is said and heard.
    enum Dialogue: BitwiseCopyable {
        /// A request of HTTP, and its answer.
        case request
        /// Perhaps bytes, and nothing back.
        case words
        /// Perhaps bytes, and others back.
        case talk
        /// A datagram, and perhaps others back.
        case datagrams
    }

    enum Progress: Equatable {
        case wait
        /// A peer of sessions has said something.
        case heard
        /// The answer is complete.
        case answered
        case failed(HealthFlaw)
    }

    var transport: Transport
    /// Whose it is: an index of the probes.
    let probe: Int
    let openedAt: Instant
    /// With whom TLS is to be spoken, and what the peer is called; nil where it is not.
    var security: PeerSecurity?
    var peerName: [UInt8] = []
    private(set) var stage = Stage.connecting
    private(set) var answer = HealthAnswer()
    /// How many requests have been answered on it.
    private(set) var answerCount = 0
    /// What stands before everything else, TLS included.
    private var prelude = Buffer(capacity: 0)
    private var request = Buffer(capacity: 0)
    private var dialogue = Dialogue.request
    /// How much of it is kept.
    private var heardLimit = 0
    /// What it has said.
    private(set) var heard = Buffer(capacity: 0)
    private var sentCount = 0
    private var receivedCount = 0

    init(_ transport: consuming Transport, probe: Int, at now: Instant) {
        self.transport = transport
        self.probe = probe
        openedAt = now
    }

    /// Whether it was used before, and the peer has said nothing since: it may have closed it
    /// without thinking of this check.
    var mayBeStale: Bool { answerCount > 0 && receivedCount == 0 }

    /// Takes the request that is sent as soon as that is possible.
    mutating func ask(_ request: borrowing Buffer, keepsContent: Bool, headByteLimit: Int) {
        self.request = Buffer(capacity: request.count)
        self.request.append(contentsOf: request)
        sentCount = 0
        receivedCount = 0
        answer.reset(keepsContent: keepsContent, headByteLimit: headByteLimit)
        if stage == .resting { stage = .sending }
    }

    /// Takes what a peer of sessions is told, before all and then, and how much is heard of it.
    mutating func tell(
        _ words: [UInt8], after prelude: [UInt8], _ dialogue: Dialogue, byteLimit: Int
    ) {
        request = Buffer(capacity: words.count)
        request.append(words)
        self.prelude = Buffer(capacity: prelude.count)
        self.prelude.append(prelude)
        self.dialogue = dialogue
        heardLimit = byteLimit
    }

    /// Whether a peer of sessions has said what was expected.
    func hasSaid(
        _ expectation: SessionMatch.Expectation, _ regexes: [SiteRegex],
        _ matcher: inout RegexMatcher
    ) -> Bool {
        expectation.isMet(by: heard.readable, regexes: regexes, &matcher)
    }

    /// Whether all that may be heard has been.
    var hasHeardAll: Bool { heard.count >= heardLimit }

    /// Lets it rest after an answer, without the memory that the answer took.
    mutating func rest() {
        answer.reset()
        answerCount += 1
        stage = .resting
    }

    /// Moves as many bytes as can be moved now.
    mutating func advance() -> Progress {
        while true {
            switch stage {
            case .connecting:
                guard transport.isWritable else { return .wait }
                if let error = transport.pendingError { return .failed(.cannotConnect(error)) }
                if let flaw = introduce() { return .failed(flaw) }
                guard let security else {
                    stage = .sending
                    continue
                }
                if let flaw = secure(security) { return .failed(flaw) }
                stage = .handshaking
            case .handshaking: if let progress = shakeHands() { return progress }
            case .sending:
                if let progress = send() { return progress }
                stage = .receiving
                if dialogue == .words { return .answered }
            case .receiving: return dialogue == .request ? receive() : hear()
            case .resting: return .wait
            }
        }
    }

    /// Sends what stands before everything else, at once or not at all.
    private mutating func introduce() -> HealthFlaw? {
        guard prelude.count > 0 else { return nil }
        switch Self.send(prelude, from: 0, by: &transport) {
        case .bytes(prelude.count): return nil
        case .failed(let error): return .sendFailed(error)
        default: return .sendTimedOut
        }
    }

    /// Begins to speak TLS.
    private mutating func secure(_ security: PeerSecurity) -> HealthFlaw? {
        var credential: Credential?
        do throws(CertificateTrouble) {
            credential = try security.credential(at: openedAt)
        } catch {
            return .handshakeFailed(error.line)
        }
        do throws(TLSFailure) {
            try transport.secure { (socket) throws(TLSFailure) in
                socket.setNoDelay()
                return try TLSSession(client: security.context, socket)
            }
            guard let session = transport.session else { return nil }
            try security.prepare(session, with: peerName, credential)
        } catch {
            return .handshakeFailed("\(error)")
        }
        return nil
    }

    /// Nil when the peer has been found to be the right one.
    private mutating func shakeHands() -> Progress? {
        guard let session = transport.session, let security else { return nil }
        switch session.handshake() {
        case .done:
            transport.noteSecured()
            if let flaw = security.flaw(of: session) { return .failed(.handshakeFailed(flaw)) }
            security.accept(session, with: peerName)
            stage = .sending
            return nil
        case .wouldBlock:
            transport.noteBlocked()
            return .wait
        case .failed(let failure): return .failed(.handshakeFailed("\(failure)"))
        case .closed, .hello:
            return .failed(.handshakeFailed("peer closed connection in SSL handshake"))
        }
    }

    /// Nil when all of the request is sent.
    private mutating func send() -> Progress? {
        while sentCount < request.count {
            switch Self.send(request, from: sentCount, by: &transport) {
            case .bytes(let count): sentCount += count
            case .wouldBlock: return .wait
            case .endOfStream:
                return .failed(dialogue == .request ? .headEndedEarly : .dataEndedEarly)
            case .failed(let error): return .failed(.sendFailed(error))
            }
        }
        request = Buffer(capacity: 0)
        return nil
    }

    private static func send(
        _ request: borrowing Buffer, from start: Int, by transport: inout Transport
    ) -> Transfer {
        transport.send(request.bytes(start..<request.count))
    }

    private mutating func receive() -> Progress {
        while true {
            answer.makeRoom()
            let progress: HealthAnswer.Progress
            switch transport.receive(into: &answer.input) {
            case .bytes(let count):
                receivedCount += count
                progress = answer.advance()
            case .wouldBlock: return .wait
            case .endOfStream: progress = answer.end()
            case .failed(let error): return .failed(.receiveFailed(error))
            }
            switch progress {
            case .needsBytes: continue
            case .complete: return .answered
            case .flawed(let flaw): return .failed(flaw)
            }
        }
    }

    /// Listens to a peer of sessions, whose datagrams may be empty.
    private mutating func hear() -> Progress {
        let room = heardLimit - heard.count
        guard room > 0 else { return .heard }
        heard.reserve(min(room, Self.usualRoom))
        switch transport.receive(into: &heard, atMost: room) {
        case .bytes: return .heard
        case .wouldBlock: return .wait
        case .endOfStream: return dialogue == .datagrams ? .heard : .failed(.dataEndedEarly)
        case .failed(let error): return .failed(.receiveFailed(error))
        }
    }

    private static var usualRoom: Int { 4 << 10 }
}
