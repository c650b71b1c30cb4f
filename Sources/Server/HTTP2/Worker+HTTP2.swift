// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The turn of a connection that speaks HTTP/2: it is read, its streams have their turns, and what
// all of them say is sent together.

internal import EventLoop
internal import HTTP2
internal import Memory
internal import OS

extension Worker {
    /// Gives a connection and those of its streams that have news their turn.
    mutating func turnMultiplexed(_ slot: Int) {
        guard let session = clients[slot].http2 else { return }
        let id = clients[slot].id
        session.isScheduled = true
        clients[slot].hasSent = false
        if session.isAnnouncing, services.clock.now >= clients[slot].farewell { session.end() }
        var hasMore = true
        var budget =
            services.site.listeners[clients[slot].facts.listener].http2.receiveBufferSize
        for _ in 0..<Self.multiplexedRoundLimit where hasMore {
            let wasCongested = clients[slot].isCongested
            hasMore =
                !wasCongested && clients[slot].receiveFrames(session, &budget, &services)
            serveNews(of: session, slot)
            guard clients.slot(for: id) == slot else { return }
            if clients[slot].sendFrames(session, &services) { hasMore = true }
            if wasCongested, !clients[slot].isCongested { hasMore = true }
            if !session.drained.isEmpty || !session.closed.isEmpty { hasMore = true }
            if clients[slot].isOver { break }
        }
        session.isScheduled = false
        if hasMore, !clients[slot].isOver, session.failure == nil {
            return obey(.yield, for: slot)
        }
        if clients[slot].hasEnded(session) { closeStreams(of: session) }
        obey(clients[slot].waitForFrames(session, &services), for: slot)
    }

    /// The time has come that the wait of a connection was bounded by.
    ///
    /// Spec: nginx gives a stream up whose head takes too long, and keeps the connection.
    mutating func expireMultiplexed(_ slot: Int) {
        guard let session = clients[slot].http2 else { return }
        if clients[slot].awaits == .farewell { return turnMultiplexed(slot) }
        guard clients[slot].awaits == .head, session.resetHead() else {
            return obey(clients[slot].expire(&exchanges, &peers, &services), for: slot)
        }
        clients[slot].awaits = .streams
        turnMultiplexed(slot)
    }

    private static var multiplexedRoundLimit: Int { 8 }

    /// Gives those that have something to say a turn, when no connection has its turn.
    mutating func continueMultiplexed() {
        while !services.multiplexedNews.isEmpty {
            let news = services.multiplexedNews
            services.multiplexedNews.removeAll(keepingCapacity: true)
            for id in news {
                guard let slot = clients.slot(for: id) else { continue }
                turnMultiplexed(slot)
            }
        }
    }

    /// Lets streams begin, go on and end.
    private mutating func serveNews(of session: HTTP2Session, _ slot: Int) {
        var index = 0
        while let stream = session.started(at: index) {
            start(stream, of: session, slot)
            index += 1
        }
        session.started.removeAll(keepingCapacity: true)
        session.forgetHeads()
        index = 0
        while index < session.changed.count {
            let stream = session.changed[index]
            stream.isNoted = false
            if let place = stream.client.flatMap({ clients.slot(for: $0) }) {
                deliver(stream, to: place)
            }
            index += 1
        }
        session.changed.removeAll(keepingCapacity: true)
        index = 0
        while index < session.drained.count {
            let stream = session.drained[index]
            if let place = stream.client.flatMap({ clients.slot(for: $0) }) {
                clients[place].transport.noteRoom()
                turn(place)
            }
            index += 1
        }
        session.drained.removeAll(keepingCapacity: true)
        index = 0
        while let stream = session.closed(at: index) {
            if let place = stream.client.flatMap({ clients.slot(for: $0) }) { end(place, stream) }
            index += 1
        }
        session.closed.removeAll(keepingCapacity: true)
    }

    /// Gives a stream a connection, as if it had come from a client by itself.
    ///
    /// Limits: it counts for `worker_connections`.
    private mutating func start(
        _ stream: HTTP2Stream, of session: HTTP2Session, _ owner: Int
    ) {
        clients[owner].facts.requestCount += 1
        guard !stream.isClosed else { return }
        clients[owner].awaits = .streams
        guard session.keepsWindow(stream) else {
            services.logError(
                .information, clients[owner].facts,
                "client sent stream with data before settings were acknowledged")
            return session.reset(stream, .refusedStream)
        }
        guard !clients.isFull || closeOneAtRest(), let exchange = exchanges.acquire() else {
            services.logError(.alert, "worker_connections are not enough for a stream")
            return session.reset(stream, .refusedStream)
        }
        let connection = ClientConnection(
            serving: stream, clients[owner].facts, at: services.clock.now)
        guard let id = clients.insert(connection), let slot = clients.slot(for: id),
            let place = exchanges.slot(for: exchange)
        else { return session.reset(stream, .refusedStream) }
        stream.client = id
        clients[slot].id = id
        clients[slot].exchange = exchange
        if clients[owner].proxyHeader != nil {
            clients[slot].proxyHeader = clients[owner].proxyHeader
        }
        clients[slot].begin(stream, &exchanges[place], &services)
        let settings = services.site.locations[exchanges[place].locationIndex].settings.client
        let age = services.clock.now - clients[owner].facts.acceptedAt
        if clients[owner].facts.requestCount >= settings.keepAliveRequestLimit
            || settings.keepAliveTimeout == 0 || age >= Int64(settings.keepAliveTime)
        {
            // Who asks for one thing at a time has nothing on its way, and is told at once.
            if session.streams.count == 1 {
                session.end()
            } else {
                clients[owner].announceEnd(session, services)
            }
        }
        turn(slot)
    }

    /// Lets a stream take what has arrived.
    ///
    /// Spec: RFC 9113 §8.1.1: content beyond what was announced is an error of the stream.
    private mutating func deliver(_ stream: HTTP2Stream, to slot: Int) {
        if clients[slot].reading == .finished, clients[slot].writing != .tunnel, stream.hasInput {
            stream.session.reset(stream, .protocolError)
            return close(slot)
        }
        clients[slot].transport.noteInput()
        resume(slot)
    }

    /// Tells a client that another process serves from now on.
    mutating func drainMultiplexed(_ slot: Int) {
        guard let session = clients[slot].http2 else { return }
        clients[slot].announceEnd(session, services)
        turnMultiplexed(slot)
    }

    /// Ends what served a stream that is over.
    private mutating func end(_ slot: Int, _ stream: HTTP2Stream) {
        if stream.isSent {
            // Its last turn is to say that all has gone.
            clients[slot].transport.noteRoom()
            turn(slot)
        }
        guard let slot = stream.client.flatMap({ clients.slot(for: $0) }) else { return }
        close(slot)
    }

    /// Ends all that serve streams of a session.
    mutating func closeStreams(of session: HTTP2Session) {
        session.isScheduled = true
        for stream in session.streams + session.closed {
            guard let place = stream.client.flatMap({ clients.slot(for: $0) }) else { continue }
            close(place)
        }
        session.closed.removeAll()
    }

    /// Says goodbye for a connection that is about to be closed, and ends its streams.
    mutating func closeMultiplexed(_ slot: Int) {
        guard let session = clients[slot].http2 else { return }
        closeStreams(of: session)
        if !clients[slot].isOver, !clients[slot].isCongested {
            session.end(clients[slot].awaits == .head ? .protocolError : .noError)
            _ = clients[slot].sendFrames(session, &services)
        }
        session.dispose()
        clients[slot].http2 = nil
    }
}
