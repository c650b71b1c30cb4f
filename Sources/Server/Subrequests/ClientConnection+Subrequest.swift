// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A connection that serves a subrequest: what is different without a wire.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension ClientConnection {
    /// A connection whose request has been made already.
    init(serving subrequest: Subrequest, _ facts: ClientFacts, at now: Instant) {
        self.init(Transport(subrequest), facts, at: now)
        reading = .finished
        persistence = .close
        awaits = .phase
        deadline = .distantFuture
    }

    /// Has the connection of the one that asked go on, if there is something for it.
    func tellParent(_ services: inout Services) {
        guard let subrequest = transport.subrequest, subrequest.hasNews else { return }
        subrequest.hasNews = false
        services.subrequestNotices.append(.tellParent(subrequest.parent))
    }

    /// Waits for a part of the content, and watches for a client that leaves.
    mutating func waitForPart(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> Instruction {
        guard transport.isHalfClosed, reading == .finished else {
            return wait(for: .part, until: .distantFuture)
        }
        services.logError(
            .information, exchanges[slot], "client prematurely closed connection")
        finishLog(slot, &exchanges, &services)
        return .close
    }

    /// Ends a subrequest whose peer has switched protocols: there is nobody to speak them with.
    mutating func refuseTunnel(
        _ slot: Int, _ exchanges: inout ObjectPool<Exchange>, _ services: inout Services
    ) -> Instruction {
        services.logError(.error, exchanges[slot], "connection upgrade in subrequest")
        finishLog(slot, &exchanges, &services)
        return .close
    }
}
