// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads the answer to a health check: bytes in, a complete answer or a flaw out.
//
// It knows neither sockets nor clocks.

internal import HTTP
internal import HTTP1
internal import Memory
internal import Regex

/// The answer to a health check as it arrives.
///
/// Limits: a head of `headByteLimit`; of the content `HealthMatch.contentByteLimit` bytes, behind
///         which the answer counts as complete; ten interim answers.
struct HealthAnswer: ~Copyable {
    enum Progress: Equatable {
        case needsBytes
        case complete
        case flawed(HealthFlaw)
    }

    private enum Stage { case head, content, complete }

    /// Bytes received and not yet looked at.
    var input = Buffer(capacity: 0)
    private(set) var head = ResponseHead(fieldLimit: FieldSection.defaultLimit)
    /// The head as received.
    private(set) var headBytes = Buffer(capacity: 0)
    /// What was kept of the content.
    private(set) var content = Buffer(capacity: 0)
    /// Whether another request may be sent on the same connection.
    private(set) var mayReuse = false

    private var stage = Stage.head
    private var keepsContent = false
    private var headByteLimit = 0
    private var decoder = ChunkedDecoder()
    /// What is left of content whose length is known.
    private var remaining = 0
    private var contentCount = 0
    private var interimCount = 0

    private static var interimLimit: Int { 10 }

    /// Whether the head is there.
    var hasHead: Bool { stage != .head }

    /// Waits for another answer, and lets go of the memory of the last one.
    mutating func reset(keepsContent: Bool = false, headByteLimit: Int = 64 << 10) {
        self.keepsContent = keepsContent
        self.headByteLimit = headByteLimit
        head.reset()
        if input.capacity > 0 { input = Buffer(capacity: 0) }
        if headBytes.capacity > 0 { headBytes = Buffer(capacity: 0) }
        if content.capacity > 0 { content = Buffer(capacity: 0) }
        stage = .head
        mayReuse = false
        decoder = ChunkedDecoder()
        remaining = 0
        contentCount = 0
        interimCount = 0
    }

    /// Makes room for what arrives next.
    mutating func makeRoom() {
        if input.room < Self.leastRoom { input.reserve(Self.usualRoom) }
    }

    private static var leastRoom: Int { 1 << 10 }
    private static var usualRoom: Int { 16 << 10 }

    /// Looks at what has arrived.
    mutating func advance() -> Progress {
        while true {
            switch stage {
            case .head:
                if let progress = readHead() { return progress }
            case .content: return readContent()
            case .complete: return .complete
            }
        }
    }

    /// The peer sends nothing more.
    mutating func end() -> Progress {
        switch stage {
        case .complete: return .complete
        case .content where head.framing == .untilClose: return finish(mayReuse: false)
        case .content: return .flawed(.contentEndedEarly)
        case .head: return .flawed(.headEndedEarly)
        }
    }

    // MARK: The head

    /// Nil when there is more to look at.
    private mutating func readHead() -> Progress? {
        switch Self.parse(input, into: &head, byteLimit: headByteLimit) {
        case .needsBytes: return .needsBytes
        case .malformed(let flaw): return .flawed(.malformedHead(flaw))
        case .parsed(let byteCount): return takeHead(byteCount)
        }
    }

    private static func parse(
        _ input: borrowing Buffer, into head: inout ResponseHead, byteLimit: Int
    ) -> ParseResult {
        let limits = HeadLimits(lineByteLimit: byteLimit, headByteLimit: byteLimit)
        return ResponseParser.parse(
            input.readable, answering: .get, into: &head, limits: limits)
    }

    private mutating func takeHead(_ byteCount: Int) -> Progress? {
        let status = Int(head.status.rawValue)
        if head.status.isInformational {
            interimCount += 1
            // Nobody has asked for another protocol.
            guard status != 101, interimCount <= Self.interimLimit else {
                return .flawed(.unexpected(status: status))
            }
            input.consume(byteCount)
            return nil
        }
        headBytes.append(0..<byteCount, of: input)
        input.consume(byteCount)
        stage = .content
        if case .length(let count) = head.framing { remaining = count }
        return nil
    }

    // MARK: The content

    private mutating func readContent() -> Progress {
        switch head.framing {
        case .none: return finish(mayReuse: true)
        case .length:
            let count = min(remaining, input.count)
            remaining -= count
            take(0..<count)
            input.consume(count)
            if remaining == 0 { return finish(mayReuse: true) }
        case .untilClose:
            take(0..<input.count)
            input.removeAll()
        case .chunked: if let progress = readChunks() { return progress }
        }
        // What lies further behind is not looked at.
        guard contentCount < HealthMatch.contentByteLimit else { return finish(mayReuse: false) }
        return .needsBytes
    }

    /// Nil when all that has arrived is content or its framing.
    private mutating func readChunks() -> Progress? {
        while true {
            switch Self.next(of: &decoder, input) {
            case .content(let range):
                take(range.range)
                input.consume(range.upperBound)
                if contentCount >= HealthMatch.contentByteLimit { return nil }
            case .needsBytes(let consumed):
                input.consume(consumed)
                return nil
            case .end(let consumed):
                input.consume(consumed)
                return finish(mayReuse: true)
            case .malformed(let flaw): return .flawed(.malformedContent(flaw))
            }
        }
    }

    private static func next(
        of decoder: inout ChunkedDecoder, _ input: borrowing Buffer
    ) -> ChunkedDecoder.Piece {
        decoder.next(input.readable)
    }

    /// Keeps a part of the input as far as it is looked at.
    private mutating func take(_ range: Range<Int>) {
        let count = min(range.count, HealthMatch.contentByteLimit - contentCount)
        contentCount += max(0, count)
        guard keepsContent, count > 0 else { return }
        content.append(range.lowerBound..<range.lowerBound + count, of: input)
    }

    /// What a `match` has against it, but for variables.
    func flaw(
        by match: borrowing HealthMatch, regexes: [SiteRegex], _ matcher: inout RegexMatcher
    ) -> HealthFlaw? {
        match.flaw(
            of: head, headBytes.readable, content: content.readable, regexes: regexes, &matcher)
    }

    private mutating func finish(mayReuse: Bool) -> Progress {
        stage = .complete
        // Whoever says more than it was asked is not asked again on the same connection.
        self.mayReuse = mayReuse && head.persistence == .keepAlive && input.isEmpty
        return .complete
    }
}
