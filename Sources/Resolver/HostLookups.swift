// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Names that have to be known before anything is served: this one waits, nobody else does.

internal import Memory
package import OS

/// Looks hosts up while a configuration is loaded.
///
/// Limits: `nameTime` for each name, `totalTime` for all; a name that was asked for is remembered.
package final class HostLookups {
    private var known: [[UInt8]: [CompactAddress]] = [:]
    private var timeLeft = HostLookups.totalTime
    private let servers: [SocketAddress]

    /// Asks `servers` instead of the system's, if there are any.
    package init(servers: [SocketAddress] = []) { self.servers = servers }

    /// The addresses of a name; none if it has none, or nobody says so in time.
    package func addresses(of name: [UInt8]) -> [CompactAddress] {
        if let addresses = known[name] { return addresses }
        let start = Instant.now()
        let addresses = ask(name, until: start + min(Self.nameTime, timeLeft))
        timeLeft = max(0, timeLeft - (Instant.now() - start))
        known[name] = addresses
        return addresses
    }

    private func ask(_ name: [UInt8], until deadline: Instant) -> [CompactAddress] {
        var resolver = Resolver(servers: servers)
        guard var poller = try? Poller() else { return [] }
        let nobody = SlotID(index: 0, generation: 0)
        while true {
            switch resolver.resolve(name, waiter: nobody, now: .now()) {
            case .addresses(let addresses): return addresses
            case .failed: return []
            case .pending: break
            }
            let rest = deadline - Instant.now()
            guard rest > 0 else { return [] }
            if let number = resolver.takeDescriptor() { try? poller.addLevel(number, token: 0) }
            let pause = min(Int(rest), resolver.timeoutMilliseconds ?? Self.pause, Self.pause)
            _ = poller.wait(timeoutMilliseconds: max(1, pause))
            resolver.process(now: .now())
            _ = resolver.takeFinishedWaiters()
        }
    }

    // Units: milliseconds.
    private static var nameTime: Int64 { 5_000 }
    private static var totalTime: Int64 { 15_000 }
    private static var pause: Int { 1_000 }
}
