// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A connection by which a peer is asked how it is: one request, one answer.
//
// It moves bytes when it is told that it can. It knows no time, no names, and nothing of what the
// answer should be like.

internal import Memory
internal import OS
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

    enum Progress: Equatable {
        case wait
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
    private var request = Buffer(capacity: 0)
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
            case .receiving: return receive()
            case .resting: return .wait
            }
        }
    }

    /// Begins to speak TLS.
    private mutating func secure(_ security: PeerSecurity) -> HealthFlaw? {
        var credential: Credential?
        do throws(CredentialCache.Flaw) {
            credential = try security.credential(at: openedAt.seconds)
        } catch {
            return .handshakeFailed(error.message)
        }
        do throws(TLSFailure) {
            try transport.secure { (socket) throws(TLSFailure) in
                socket.setNoDelay()
                return try TLSSession(client: security.tls.context, socket)
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
            case .endOfStream: return .failed(.headEndedEarly)
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
}
