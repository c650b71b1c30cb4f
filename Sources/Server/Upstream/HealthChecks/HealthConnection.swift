// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A connection by which a peer is asked how it is: one request, one answer.
//
// It moves bytes when it is told that it can. It knows no time, no names, and nothing of what the
// answer should be like.

internal import Memory
internal import OS

/// A connection to a peer for health checks.
struct HealthConnection: ~Copyable {
    enum Stage: BitwiseCopyable, Equatable {
        case connecting
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
                stage = .sending
            case .sending:
                if let progress = send() { return progress }
                stage = .receiving
            case .receiving: return receive()
            case .resting: return .wait
            }
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
