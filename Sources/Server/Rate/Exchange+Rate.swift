// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Decides how fast a response may be sent.

internal import Configuration
internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Sets the pace of the response.
    ///
    /// Spec: nginx `limit_rate`, `limit_rate_after`: what `$limit_rate` or a peer has said counts,
    ///       even that there is no limit.
    mutating func setPace(_ services: inout Services) {
        let settings = services.site.locations[locationIndex].settings.rate
        let rate = requestedRate ?? size(settings.limit, "limit_rate", &services)
        guard rate > 0 else { return }
        let after = size(settings.after, "limit_rate_after", &services)
        response.pace = Pace(rate: rate, after: after, from: startedAt)
    }

    /// The size that a directive gives.
    ///
    /// Spec: nginx: a value that is no size is told, and counts as none.
    mutating func size(
        _ template: Template?, _ name: StaticString, _ services: inout Services
    ) -> Int {
        guard let template else { return 0 }
        let text = copy(evaluate(template, &services))
        if text.isEmpty { return 0 }
        if let size = ValueSyntax.size(text) { return size }
        services.logError(.error, self, "invalid size \"\(LogEscape.text(text))\" in \"\(name)\"")
        return 0
    }

    /// Spec: nginx `set $limit_rate`.
    mutating func setRate(_ value: ByteRange, _ services: inout Services) {
        if let size = ValueSyntax.size(copy(value)) {
            requestedRate = size
        } else {
            services.logError(.error, self, "invalid $limit_rate")
        }
    }

    /// Takes the rate that a peer wants; anything but a plain number says nothing.
    mutating func takeRate(_ value: Span<UInt8>) {
        if let rate = ValueSyntax.integer(Array(copying: value)[...]) { requestedRate = rate }
    }

    /// Whether nothing of the content is left: the end need not wait.
    var hasGivenAll: Bool {
        if response.isFiltered {
            return response.filter.output.isEmpty && response.filter.state != .open
        }
        return hasGivenSource
    }

    private var hasGivenSource: Bool {
        switch response.source {
        case .none: true
        case .body, .file: response.offset >= response.end
        case .parts: false
        case .peer: proxy.stage != .receivingContent && proxy.ahead.isEmpty
        }
    }

    /// The part of a piece that may be sent now.
    func paced(_ piece: Piece, at now: Instant) -> Piece {
        let limit = response.pace.allowance(after: response.sentByteCount, at: now)
        return piece.prefix(limit)
    }
}

// MARK: Peers

extension Exchange {
    /// Sets the pace at which content is taken from the peer.
    ///
    /// Spec: nginx `proxy_limit_rate`: counted from the arrival of the head, and only with
    ///       `proxy_buffering`.
    mutating func setPeerPace(_ services: inout Services) {
        let template = services.site.locations[locationIndex].settings.proxy.limitRate
        guard template != nil, proxy.isBuffered else { return }
        let rate = size(template, "proxy_limit_rate", &services)
        if rate > 0 { proxy.pace = Pace(rate: rate, after: 0, from: services.clock.now) }
    }

    /// Until when nothing may be taken from the peer; nil for no pause.
    ///
    /// The time that the peer has for its next bytes begins after it.
    mutating func peerPause(_ services: inout Services) -> Instant? {
        guard proxy.pace.isOn, proxy.stage == .receivingContent,
            let time = proxy.pace.pause(after: passedCount, at: services.clock.now)
        else { return nil }
        setPeerDeadline(\.readTimeout, &services)
        return time
    }

    /// The part of a piece that may be passed on now.
    func pacedPeerPiece(_ piece: Piece, _ services: borrowing Services) -> Piece {
        piece.prefix(proxy.pace.allowance(after: passedCount, at: services.clock.now))
    }

    /// Takes note of content that was passed on.
    mutating func notePassed(_ byteCount: Int, _ services: borrowing Services) {
        proxy.pace.note(byteCount, upTo: passedCount, at: services.clock.now)
    }

    private var passedCount: Int { proxy.attempts.last?.contentCount ?? 0 }
}

extension Piece {
    /// Its first bytes.
    fileprivate func prefix(_ limit: Int) -> Piece {
        switch self {
        case .body(let range): .body(range.prefix(limit))
        case .memory(let range): .memory(range.prefix(limit))
        case .file(let descriptor, let range): .file(descriptor, range.prefix(limit))
        case .peer(let slot, let range): .peer(slot: slot, range: range.prefix(limit))
        case .kept(let range): .kept(range.prefix(limit))
        case .spilled(let descriptor, let range): .spilled(descriptor, range.prefix(limit))
        case .assembled(let range): .assembled(range.prefix(limit))
        case .filtered(let range): .filtered(range.prefix(limit))
        case .pending, .yield, .cold, .end, .failed: self
        }
    }
}

extension Extent {
    /// At most so many of its bytes, from the start.
    func prefix(_ limit: Int) -> Extent { count > limit ? Extent(start, start &+ limit) : self }
}
