// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Checks of peers of sessions: whether they accept connections or datagrams, and what they say.

internal import EventLoop
internal import Memory
internal import OS

extension HealthConnection {
    /// Takes what a peer of sessions is told.
    mutating func tell(_ check: borrowing HealthCheck, byteLimit: Int) {
        var words = check.session.sent
        if check.kind == .datagram {
            if words.isEmpty { words = SessionMatch.usualDatagram }
            return tell(words, after: [], .datagrams, byteLimit: byteLimit)
        }
        tell(
            words, after: check.header.ofNobody,
            check.session.expectation == nil ? .words : .talk, byteLimit: byteLimit)
    }
}

extension StreamPolicy.SentHeader {
    /// The header of a connection that no client has asked for.
    ///
    /// Spec: the PROXY protocol of HAProxy, sections 2.1 (UNKNOWN) and 2.2 (LOCAL).
    fileprivate var ofNobody: [UInt8] {
        switch self {
        case .none: []
        case .line: Array("PROXY UNKNOWN\r\n".utf8)
        case .binary: Array("\r\n\r\n\0\r\nQUIT\n".utf8) + [0x20, 0, 0, 0]
        }
    }
}

extension HealthChecks {
    func sessionPolicy(_ number: Int, _ services: borrowing Services) -> StreamPolicy {
        services.site.locations[check(number, services).location].settings.stream.policy
    }

    /// Until when a peer must have been connected to.
    func connectEnd(_ number: Int, _ services: borrowing Services) -> Instant {
        let time =
            check(number, services).kind == .request
            ? policy(number, services).connectTimeout
            : sessionPolicy(number, services).healthTimeout
        return probes[number].beganAt + Int64(time)
    }

    /// Until when a check waits as it is.
    ///
    /// Spec: nginx Plus `health_check_timeout`: for all of it, connecting included.
    func sessionEnd(
        _ number: Int, _ stage: HealthConnection.Stage, _ services: borrowing Services
    ) -> Instant {
        let end = connectEnd(number, services)
        guard stage == .receiving, !expectsWords(number, services) else { return end }
        return min(end, services.clock.now + Self.silence)
    }

    /// How long it is waited for somebody on the way to say that nobody takes datagrams.
    ///
    /// Units: milliseconds.
    private static var silence: Int64 { 1_000 }

    /// Whether nothing more is to be expected of a peer that has had its datagram.
    func isPassedBySilence(
        _ number: Int, _ slot: Int, _ services: borrowing Services
    ) -> Bool {
        check(number, services).kind == .datagram && connections[slot].stage == .receiving
            && !expectsWords(number, services)
    }

    private func expectsWords(_ number: Int, _ services: borrowing Services) -> Bool {
        check(number, services).session.expectation != nil
    }

    /// Looks at what a peer has said so far.
    func judgeWords(_ number: Int, _ slot: Int, _ services: inout Services) {
        guard let expectation = check(number, services).session.expectation else {
            return judge(number, slot, &services)
        }
        let isMet = connections[slot].hasSaid(
            expectation, services.site.regexes, &services.matcher)
        if isMet { return judge(number, slot, &services) }
        guard connections[slot].hasHeardAll else { return advance(number, slot, &services) }
        fail(number, slot, .data(expectation.written), &services)
    }
}
