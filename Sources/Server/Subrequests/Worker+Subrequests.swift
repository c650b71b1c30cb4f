// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Starts subrequests, and lets one connection go on when another one has something for it.

internal import EventLoop
internal import Memory
internal import OS

extension Worker {
    /// Delivers what has been told, when no connection has its turn.
    ///
    /// Limits: `roundLimit` rounds, so that a chain of subrequests cannot hold the worker; what is
    ///         left comes in the next turn.
    mutating func continueSubrequests() {
        var rounds = 0
        while !services.subrequestNotices.isEmpty, rounds < Self.roundLimit {
            rounds += 1
            let notices = services.subrequestNotices
            services.subrequestNotices = []
            for notice in notices { deliver(notice) }
        }
    }

    private static var roundLimit: Int { 32 }

    private mutating func deliver(_ notice: SubrequestNotice) {
        switch notice {
        case .start(let subrequest): start(subrequest)
        case .tellParent(let parent):
            guard let slot = clients.slot(for: parent) else { return }
            resume(slot)
        case .tellChild(let subrequest):
            guard let slot = subrequest.id.flatMap({ clients.slot(for: $0) }) else { return }
            if subrequest.isCancelled { return close(slot) }
            clients[slot].transport.noteRoom()
            resume(slot)
        }
    }

    /// Gives a subrequest a connection, as if it had come from a client.
    ///
    /// Limits: it counts for `worker_connections`.
    private mutating func start(_ subrequest: Subrequest) {
        guard !subrequest.isCancelled else { return }
        guard !clients.isFull || closeOneAtRest(), let exchange = exchanges.acquire() else {
            services.logError(.alert, "worker_connections are not enough for a subrequest")
            return fail(subrequest)
        }
        let facts = subrequest.facts
        let connection = ClientConnection(
            serving: subrequest, facts, at: services.clock.now)
        guard let id = clients.insert(connection), let slot = clients.slot(for: id),
            let place = exchanges.slot(for: exchange),
            let prepared = subrequest.start(as: id)
        else { return fail(subrequest) }
        clients[slot].id = id
        clients[slot].exchange = exchange
        exchanges[place] = prepared
        exchanges[place].client = id
        clients[slot].step = exchanges[place].beginAsSubrequest(subrequest, &services)
        turn(slot)
    }

    private mutating func fail(_ subrequest: Subrequest) {
        subrequest.end(isWhole: false)
        guard let slot = clients.slot(for: subrequest.parent) else { return }
        resume(slot)
    }
}
