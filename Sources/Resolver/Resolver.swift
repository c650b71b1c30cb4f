// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Names to addresses, without ever waiting. Knows nothing of who asks, and nothing of DNS.

package import Memory
package import OS

/// Resolves host names for one worker thread.
///
/// A literal address and "localhost" are answered at once; other names are looked up in /etc/hosts
/// and then asked of the name servers, once for all who wait, and remembered for their TTL.
/// An answer that has ended is used for a while longer, until the new one is there.
///
/// The owner registers the descriptor that `takeDescriptor` gives, level-triggered, and calls
/// `process` when it is readable and when `timeoutMilliseconds` have passed.
///
/// Cost: nothing before the first name: no descriptor, no memory, no file is read.
package struct Resolver: ~Copyable {
    private let configuration: AresChannel.Configuration
    private var cache: NameCache
    private var reports: AresReports?
    private var channel: AresChannel?
    private var finishedWaiters: [SlotID] = []
    private var hasNewDescriptor = false

    /// Whether the servers could not be asked, so that /etc/resolv.conf has to be read anew.
    private var isChannelDoubtful = false

    /// Without `servers`, those of /etc/resolv.conf are asked, with its search domains.
    ///
    /// If that file is missing or empty, a server on this machine is asked.
    package init(servers: [SocketAddress] = [], limits: ResolverLimits = ResolverLimits()) {
        self.init(servers: servers, limits: limits, systemFile: "/etc/resolv.conf")
    }

    init(servers: [SocketAddress], limits: ResolverLimits, systemFile: StaticString) {
        configuration = AresChannel.Configuration(
            servers: servers, systemFile: systemFile,
            questionTimeout: limits.questionTimeout, roundLimit: limits.roundLimit)
        cache = NameCache(limits: limits)
    }

    /// The addresses of `name` as far as they are known; asks for them if need be.
    ///
    /// A waiter for whom this was `.pending` is reported once by `takeFinishedWaiters`, and asks
    /// again then. One that is gone in the meantime need not be withdrawn.
    package mutating func resolve(
        _ name: [UInt8], waiter: SlotID, now: Instant
    ) -> Resolution {
        if let address = CompactAddress(parsingAddress: name.span, port: 0) {
            return .addresses([address])
        }
        guard let name = QueryName(name) else { return .failed(.invalidName) }
        if name.isLocalhost { return .addresses(Self.loopback) }
        if cache.beginQuestion(name, now: now) { ask(name, now: now) }
        return cache.resolution(of: name, waiter: waiter, now: now)
    }

    /// The descriptor to register for reading, level-triggered: once, after the first question.
    ///
    /// It stays the same, and open, as long as the resolver lives.
    package mutating func takeDescriptor() -> Int32? {
        guard hasNewDescriptor else { return nil }
        hasNewDescriptor = false
        return reports?.number
    }

    /// Reads the answers that are there and gives up questions that took too long.
    package mutating func process(now: Instant) {
        // Even if nobody asks: a level-triggered descriptor must not stay readable.
        channel?.processReady()
        if cache.askedCount > 0 { channel?.processTimeouts() }
        record(now: now)
    }

    /// When `process` has to be called even if the descriptor stays silent; nil for never.
    package var timeoutMilliseconds: Int? {
        guard cache.askedCount > 0 else { return nil }
        switch channel {
        case .some(let channel): return channel.timeoutMilliseconds
        case .none: return nil
        }
    }

    /// Those whose names are settled, with addresses or without, since this was last called.
    package mutating func takeFinishedWaiters() -> [SlotID] {
        guard !finishedWaiters.isEmpty else { return [] }
        defer { finishedWaiters = [] }
        return finishedWaiters
    }

    /// How many names are being asked for.
    package var pendingNameCount: Int { cache.askedCount }

    private static let loopback = [
        CompactAddress(ipv4: 0x7F00_0001, port: 0), CompactAddress(ipv6: 0, 1, port: 0),
    ]

    private mutating func ask(_ name: QueryName, now: Instant) {
        do {
            try openChannel()
            channel?.ask(name)
            record(now: now)
        } catch {
            let answer = Answer(name: name, outcome: .failed(error))
            cache.record(answer, now: now, finished: &finishedWaiters)
        }
    }

    private mutating func openChannel() throws(ResolutionFailure) {
        // The name being asked for is counted already. Others may be under way: leave them.
        if isChannelDoubtful, cache.askedCount == 1 { channel = nil }
        switch channel {
        case .some: return
        case .none: break
        }
        let reports = try openReports()
        channel = try AresChannel(configuration, reports: reports)
        isChannelDoubtful = false
    }

    private mutating func openReports() throws(ResolutionFailure) -> AresReports {
        if let reports { return reports }
        guard let made = try? AresReports() else { throw .outOfResources }
        reports = made
        hasNewDescriptor = true
        return made
    }

    private mutating func record(now: Instant) {
        guard let answers = reports?.takeAnswers() else { return }
        for answer in answers {
            if case .failed(let failure) = answer.outcome, failure != .notFound {
                isChannelDoubtful = true
            }
            cache.record(answer, now: now, finished: &finishedWaiters)
        }
    }
}
