// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Drives a worker for one request that comes from nobody.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension Worker {
    /// Serves one request that arrives by a pair of sockets, and returns the head of the response.
    ///
    /// - Returns: nothing when the request ended without one, as it does where a peer would be
    ///   asked.
    mutating func explain(
        _ head: [UInt8], _ facts: ClientFacts, _ trace: Trace
    ) throws(Errno) -> [UInt8] {
        services.listen(with: trace)
        let pair = try Socket.pair()
        var request = Buffer(capacity: head.count)
        request.append(head)
        _ = pair.first.send(request.readableBytes)
        let socket = try pair.second.duplicate()
        var facts = facts
        facts.descriptor = socket.number
        facts.acceptedAt = services.clock.now
        let number = socket.number
        let connection = ClientConnection(Transport(socket), facts, at: services.clock.now)
        guard let id = clients.insert(connection), let slot = clients.slot(for: id) else {
            return []
        }
        clients[slot].id = id
        try services.poller.add(number, token: id.token(tag: TokenTag.client))
        turn(slot)
        let giveUpAt = services.clock.now + Self.explanationTimeLimit
        var response = Buffer(capacity: 64 << 10)
        while services.clock.now < giveUpAt {
            Self.receive(from: pair.first, into: &response)
            if let end = Self.endOfHead(response) {
                return Array(copying: response.span(0..<end))
            }
            guard clients.slot(for: id) != nil else { break }
            serveTurn(sleepLimit: 50)
        }
        return []
    }

    /// How long an answer may take: a limit may delay a request, and a password takes a while.
    ///
    /// Units: milliseconds.
    private static var explanationTimeLimit: Int64 { 20_000 }

    private static func receive(from socket: borrowing Socket, into buffer: inout Buffer) {
        guard buffer.room > 0 else { return }
        if case .bytes(let count) = socket.receive(into: buffer.free) { buffer.didFill(count) }
    }

    /// Where the final head ends; what informs before it is left out.
    private static func endOfHead(_ response: borrowing Buffer) -> Int? {
        let text = response.readable
        var start = 0
        while start + 4 <= text.count {
            let isEnd =
                text[start] == 13 && text[start + 1] == 10 && text[start + 2] == 13
                && text[start + 3] == 10
            if isEnd { return start + 4 }
            start += 1
        }
        return nil
    }
}

extension Services {
    /// Has everything told that happens to requests from now on.
    mutating func listen(with trace: Trace) {
        self.trace = trace
        isTraced = true
    }
}
