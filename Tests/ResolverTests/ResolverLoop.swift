// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A loop that turns a resolver as a worker does, with a name server on the same thread.

import Memory
import OS
import Testing

@testable import Resolver

/// A resolver, and a poller that watches it.
struct ResolverLoop: ~Copyable {
    var resolver: Resolver
    private var poller: Poller

    init(_ resolver: consuming Resolver) throws {
        self.resolver = resolver
        poller = try Poller()
    }

    /// Asks for a name and serves until it is settled, which must be reported to the waiter.
    mutating func settle(
        _ text: String, from source: Int = 0, _ servers: ScriptedNameServer...
    ) throws -> Resolution {
        let (name, waiter) = (Array(text.utf8), SlotID(index: 3, generation: 1))
        let first = resolver.resolve(name, from: source, waiter: waiter, now: .now())
        guard first == .pending else { return first }
        try pump(servers)
        #expect(resolver.takeFinishedWaiters() == [waiter])
        return resolver.resolve(name, from: source, waiter: waiter, now: .now())
    }

    /// Follows a service of the first source until it is settled.
    mutating func settleService(
        _ text: String, _ server: ScriptedNameServer
    ) throws -> WatchedName {
        let name = Array(text.utf8)
        let first = resolver.watch(name, isService: true, from: 1, now: .now())
        guard first == .pending else { return first }
        try pump([server])
        return resolver.watch(name, isService: true, from: 1, now: .now())
    }

    mutating func pump(_ server: ScriptedNameServer, now: Instant? = nil) throws {
        try pump([server], now: now)
    }

    /// Turns until no name is being asked for.
    ///
    /// The resolver is called only when its descriptor is ready or its time has come.
    mutating func pump(_ servers: [ScriptedNameServer], now: Instant? = nil) throws {
        if let number = resolver.takeDescriptor() { try poller.addLevel(number, token: 1) }
        let giveUp = Instant.now() + 10_000
        var wakeUp = Instant.now() + Int64(resolver.timeoutMilliseconds ?? 0)
        while resolver.pendingNameCount > 0 {
            try #require(Instant.now() < giveUp)
            for server in servers { server.answer() }
            let count = poller.wait(timeoutMilliseconds: 1)
            guard count > 0 || Instant.now() >= wakeUp else { continue }
            resolver.process(now: now ?? .now())
            wakeUp = Instant.now() + Int64(resolver.timeoutMilliseconds ?? 0)
        }
    }
}
