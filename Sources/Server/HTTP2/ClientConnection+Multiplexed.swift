// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A connection that speaks HTTP/2: it moves bytes between its wire and its session. The streams are
// connections of their own.

internal import EventLoop
internal import HTTP
internal import HTTP2
internal import Memory
internal import OS

extension ClientConnection {
    // MARK: The beginning

    enum Preface: BitwiseCopyable { case none, partial, whole }

    /// Whether what has arrived is the beginning of HTTP/2.
    ///
    /// Spec: RFC 9113 §3.4.
    func findPreface(_ services: borrowing Services) -> Preface {
        let listener = facts.listener
        guard facts.requestCount == 0, services.input.count > 0,
            services.input.readable[0] == UInt8(ascii: "P"),
            services.site.listeners[listener].http2.isOn,
            !services.site.listeners[listener].isSecure
        else { return .none }
        let text = services.input.readable
        let count = min(text.count, Self.preface.count)
        guard text.extracting(0..<count).equals(Self.preface.span.extracting(0..<count)) else {
            return .none
        }
        return count == Self.preface.count ? .whole : .partial
    }

    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    /// Begins to speak HTTP/2; what has arrived stays where it is.
    mutating func beginHTTP2(_ services: inout Services) -> Instruction {
        guard let session = HTTP2Session(services.site.listeners[facts.listener].http2.settings)
        else { return .close }
        session.owner = id
        countReading(false, services)
        http2 = session
        if services.isDraining { announceEnd(session, services) }
        awaits = .streams
        return .yield
    }

    // MARK: Moving bytes

    /// Receives a piece of what one connection may in a turn, and lets the session read it.
    ///
    /// - Parameter budget: what is left of that; nothing is received without.
    /// - Returns: whether there may be more.
    mutating func receiveFrames(
        _ session: HTTP2Session, _ budget: inout Int, _ services: inout Services
    ) -> Bool {
        guard budget > 0 else { return true }
        services.input.removeAll()
        if let kept = input.take() {
            services.input.append(contentsOf: kept)
        } else {
            services.input.reserve(min(Self.frameByteCount, budget))
            switch transport.receive(into: &services.input) {
            case .bytes: break
            case .wouldBlock: return false
            case .endOfStream, .failed:
                isOver = true
                return false
            }
        }
        budget -= services.input.count
        _ = session.receive(services.input.readable)
        services.input.removeAll()
        return true
    }

    private static var frameByteCount: Int { 64 << 10 }

    /// Whether the client has left more unread than it may before it is listened to again.
    var isCongested: Bool {
        switch output {
        case .some: true
        case .none: false
        }
    }

    /// Sends what the session has to say.
    ///
    /// - Returns: whether there is more that could be sent at once.
    mutating func sendFrames(_ session: HTTP2Session, _ services: inout Services) -> Bool {
        services.output.removeAll()
        if let kept = output.take() { services.output.append(contentsOf: kept) }
        for _ in 0..<Self.sendRoundLimit {
            session.write(to: &services.output, limit: Self.outputByteLimit)
            if session.failure != nil, !hasSaidFarewell {
                hasSaidFarewell = true
                session.writeFarewell(to: &services.output)
            }
            guard services.output.count > 0 else { return false }
            switch flush(&services) {
            case .open: continue
            case .blocked:
                output = Buffer(capacity: services.output.count)
                output?.append(contentsOf: services.output)
                services.output.removeAll()
                return false
            case .failed:
                isOver = true
                services.output.removeAll()
                return false
            }
        }
        return true
    }

    private static var outputByteLimit: Int { 64 << 10 }
    private static var sendRoundLimit: Int { 16 }

    // MARK: The end of a turn

    /// Says what a connection waits for whose streams cannot move.
    mutating func waitForFrames(
        _ session: HTTP2Session, _ services: inout Services
    ) -> Instruction {
        let settings = services.site.listeners[facts.listener].client
        if isOver { return .close }
        if isCongested { return waitForRoom(settings.sendTimeout, services) }
        if hasEnded(session) { return endHTTP2(settings, services) }
        if session.isInHead {
            if awaits == .head { return .wait(until: deadline) }
            return wait(
                for: .head,
                session.isHeadGivenUp ? settings.keepAliveTimeout : settings.headTimeout, services)
        }
        if session.isAnnouncing { return wait(for: .farewell, until: farewell) }
        guard session.streams.isEmpty else {
            return wait(for: .streams, until: .distantFuture)
        }
        if facts.requestCount == 0 {
            return wait(for: .firstHead, until: facts.acceptedAt + Int64(settings.headTimeout))
        }
        if awaits == .nextRequest { return .wait(until: deadline) }
        if settings.keepAliveMinimum > 0 {
            restEnd = services.clock.now + Int64(settings.keepAliveMinimum)
        }
        return wait(for: .nextRequest, services.idleTimeout(settings), services)
    }

    /// Whether there is nothing more to be said.
    func hasEnded(_ session: HTTP2Session) -> Bool {
        if isCongested { return false }
        return session.failure != nil || !session.wantsInput && !session.wantsOutput
            || session.isEnding && !session.isAnnouncing && session.streams.isEmpty
    }

    /// Tells the client to open no more streams.
    mutating func announceEnd(_ session: HTTP2Session, _ services: borrowing Services) {
        guard session.announceEnd() else { return }
        // Nothing else is measured from it while there are streams.
        phaseStartedAt = services.clock.now
    }

    /// When a client has had time enough to take notice.
    var farewell: Instant { phaseStartedAt + Self.noticeTime }

    private static var noticeTime: Int64 { 1000 }

    /// Ends the connection; what the client still sends is dropped.
    private mutating func endHTTP2(
        _ settings: ClientSettings, _ services: borrowing Services
    ) -> Instruction {
        guard settings.lingers != .off else { return .close }
        http2?.dispose()
        http2 = nil
        output = nil
        transport.shutdownWrite()
        writing = .lingering
        phaseStartedAt = services.clock.now
        return .yield
    }
}
