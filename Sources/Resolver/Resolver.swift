// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Names to addresses, without ever waiting. Knows nothing of who asks, and nothing of DNS.

package import Memory
package import OS

/// Resolves host names for one worker thread.
///
/// A literal address and "localhost" are answered at once; other names are looked up in /etc/hosts
/// and then asked of the system's name servers, or asked of the servers of a source that the
/// operator names, once for all who wait, and remembered for their TTL.
/// An answer that has ended is used for a while longer, until the new one is there.
///
/// The owner registers the descriptor that `takeDescriptor` gives, level-triggered, and calls
/// `process` when it is readable and when `timeoutMilliseconds` have passed.
///
/// Cost: nothing before the first name: no descriptor, no memory, no file is read.
package struct Resolver: ~Copyable {
    private let systemConfiguration: AresChannel.Configuration
    let limits: ResolverLimits
    var cache: NameCache

    /// Readable while the poller of any channel is.
    private var poller: Poller?
    private var hasPoller = false
    private var hasNewDescriptor = false

    private var system: NameServer?
    private var sources: [NameServers]
    /// The searches for hosts and services that are under way.
    var hosts: [Question: HostLookup] = [:]
    var services: [Question: ServiceLookup] = [:]
    /// The questions that servers have been asked, by the numbers that their answers carry.
    private var queries: [UInt64: ServerQuery] = [:]
    private var lastToken: UInt64 = 0
    private var finishedWaiters: [SlotID] = []

    /// Without `servers`, those of /etc/resolv.conf are the system's, with its search domains.
    ///
    /// If that file is missing or empty, a server on this machine is asked.
    package init(
        servers: [SocketAddress] = [], sources: [ResolverSource] = [],
        limits: ResolverLimits = ResolverLimits()
    ) {
        self.init(
            servers: servers, sources: sources, limits: limits, systemFile: "/etc/resolv.conf")
    }

    init(
        servers: [SocketAddress], sources: [ResolverSource] = [], limits: ResolverLimits,
        systemFile: StaticString
    ) {
        self.limits = limits
        systemConfiguration = AresChannel.Configuration(
            servers: servers, systemFile: systemFile,
            questionTimeout: limits.questionTimeout, roundLimit: limits.roundLimit)
        cache = NameCache(limits: limits, validities: sources.map(\.validity))
        self.sources = sources.map { NameServers($0, limits: limits) }
    }

    /// The addresses of `name` as far as they are known; asks for them if need be.
    ///
    /// A waiter for whom this was `.pending` is reported once by `takeFinishedWaiters`, and asks
    /// again then. One that is gone in the meantime need not be withdrawn.
    ///
    /// - Parameter source: 0 for the system's servers, else one more than an index of the sources.
    package mutating func resolve(
        _ name: [UInt8], from source: Int = 0, waiter: SlotID, now: Instant
    ) -> Resolution {
        if let known = answerWithoutAsking(name, source) { return known }
        guard let name = QueryName(name) else { return .failed(.invalidName) }
        let question = Question(source: source, name: name)
        if cache.beginQuestion(question, now: now) { ask(question, now: now) }
        return cache.resolution(of: question, waiter: waiter, now: now)
    }

    /// Where a host or a service stands, for somebody who looks again when something has arrived;
    /// asks for it when that is due.
    ///
    /// - Parameter isService: whether `name` is that of a service, such as
    ///                        "_http._tcp.example.com".
    package mutating func watch(
        _ name: [UInt8], isService: Bool, from source: Int, now: Instant
    ) -> WatchedName {
        if !isService, case .addresses(let list) = answerWithoutAsking(name, source) {
            return .found(
                list.map { ServiceEndpoint(address: $0) }, until: now + limits.longestValidity)
        }
        guard let name = QueryName(name) else {
            return .failed(.invalidName, until: now + limits.longestValidity)
        }
        let question = Question(source: source, name: name, kind: isService ? .service : .host)
        if cache.beginQuestion(question, now: now) { ask(question, now: now) }
        return cache.watched(question)
    }

    private func answerWithoutAsking(_ name: [UInt8], _ source: Int) -> Resolution? {
        if let address = CompactAddress(parsingAddress: name.span, port: 0) {
            return .addresses([address])
        }
        guard let name = QueryName(name), name.isLocalhost else { return nil }
        let families = sources.indices.contains(source - 1) ? sources[source - 1].families : .both
        var addresses: [CompactAddress] = []
        if families.contains(.ipv4) { addresses.append(CompactAddress(ipv4: 0x7F00_0001, port: 0)) }
        if families.contains(.ipv6) { addresses.append(CompactAddress(ipv6: 0, 1, port: 0)) }
        return addresses.isEmpty ? .failed(.noAddress) : .addresses(addresses)
    }

    /// The descriptor to register for reading, level-triggered: once, after the first question.
    ///
    /// It stays the same, and open, as long as the resolver lives.
    package mutating func takeDescriptor() -> Int32? {
        guard hasNewDescriptor else { return nil }
        hasNewDescriptor = false
        return switch poller {
        case .some(let poller): poller.number
        case .none: nil
        }
    }

    /// Reads the answers that are there and gives up questions that took too long.
    package mutating func process(now: Instant) {
        // Even if nobody asks: a level-triggered descriptor must not stay readable.
        let isAsked = cache.askedCount > 0
        system?.process(isAsked: isAsked)
        for source in sources { for server in source.open { server?.process(isAsked: isAsked) } }
        record(now: now)
    }

    /// When `process` has to be called even if the descriptor stays silent; nil for never.
    package var timeoutMilliseconds: Int? {
        guard cache.askedCount > 0 else { return nil }
        var least = system?.timeoutMilliseconds
        for source in sources {
            for server in source.open {
                guard let time = server?.timeoutMilliseconds else { continue }
                least = min(least ?? time, time)
            }
        }
        return least
    }

    /// Those whose names are settled, with addresses or without, since this was last called.
    package mutating func takeFinishedWaiters() -> [SlotID] {
        guard !finishedWaiters.isEmpty else { return [] }
        defer { finishedWaiters = [] }
        return finishedWaiters
    }

    /// How many names are being asked for.
    package var pendingNameCount: Int { cache.askedCount }

    // MARK: Asking

    private mutating func ask(_ question: Question, now: Instant) {
        do throws(ResolutionFailure) {
            switch question.kind {
            case .host where question.source == 0:
                try openSystem().ask(question)
            case .host:
                guard sources.indices.contains(question.source - 1) else { throw .unreachable }
                let lookup = HostLookup(families: sources[question.source - 1].families)
                hosts[question] = lookup
                guard !lookup.types.isEmpty else { throw .noAddress }
                for type in lookup.types { query(question, question.name, type) }
            case .service:
                services[question] = ServiceLookup()
                query(question, question.name, .service)
            }
            record(now: now)
        } catch {
            settle(question, .failed(error), now: now)
        }
    }

    /// Asks for one kind of record; what comes of it is told by a message, even if nothing does.
    private mutating func query(_ question: Question, _ name: QueryName, _ type: RecordType) {
        let isKnown = sources.indices.contains(question.source - 1)
        let servers = isKnown ? sources[question.source - 1] : nil
        send(
            ServerQuery(
                question, name, type, server: servers?.good ?? 0, of: servers?.count ?? 1))
    }

    private mutating func send(_ query: ServerQuery) {
        lastToken += 1
        queries[lastToken] = query
        let token = lastToken
        do throws(ResolutionFailure) {
            try server(of: query).query(query, token: token)
        } catch {
            undelivered.append(AresMessage(token: token, outcome: .failure(error)))
        }
    }

    /// What could not even be sent.
    private var undelivered: [AresMessage] = []

    private mutating func server(of query: ServerQuery) throws(ResolutionFailure) -> NameServer {
        let index = query.question.source - 1
        guard sources.indices.contains(index) else { return try openSystem() }
        var opened: NameServer?
        let server = try sources[index].server(query.server) { opened = $0 }
        if let opened { try watch(opened) }
        return server
    }

    private mutating func openSystem() throws(ResolutionFailure) -> NameServer {
        // The name being asked for is counted already. Others may be under way: leave them.
        if let system, system.isDoubtful, cache.askedCount == 1 { system.close() }
        if let system { return system }
        let server = try NameServer(systemConfiguration)
        try watch(server)
        system = server
        return server
    }

    /// Makes the descriptor of the resolver readable while that of a channel is.
    private mutating func watch(_ server: NameServer) throws(ResolutionFailure) {
        do throws(Errno) {
            if !hasPoller {
                poller = try Poller()
                (hasPoller, hasNewDescriptor) = (true, true)
            }
            try poller?.addLevel(server.reports.number, token: 0)
        } catch {
            throw .outOfResources
        }
    }

    // MARK: Answers

    private mutating func record(now: Instant) {
        // What an answer leads to may be answered at once.
        while true {
            var messages = undelivered
            undelivered = []
            if let system {
                for answer in system.reports.takeAnswers() {
                    if case .failed(let failure) = answer.outcome, failure != .notFound {
                        system.isDoubtful = true
                    }
                    settle(answer.question, answer.outcome, now: now)
                }
                messages += system.reports.takeMessages()
            }
            for source in sources {
                for server in source.open { messages += server?.reports.takeMessages() ?? [] }
            }
            guard !messages.isEmpty else { return }
            for message in messages { take(message, now: now) }
        }
    }

    private mutating func take(_ message: AresMessage, now: Instant) {
        guard var query = queries.removeValue(forKey: message.token) else { return }
        let result = message.outcome.flatMap { bytes in
            (try? DNSMessage(bytes).answer(to: query.name, query.type))
                .map { .success($0) } ?? .failure(.badAnswer)
        }
        let source = query.question.source - 1
        switch result {
        case .success:
            if sources.indices.contains(source) { sources[source].good = query.server }
        case .failure(let failure):
            if query.turn(after: failure, roundLimit: Int(limits.namedServerRoundLimit)) {
                return send(query)
            }
        }
        switch query.question.kind {
        case .host: takeHost(result, query, now: now)
        case .service: takeService(result, query, now: now)
        }
    }

    private mutating func takeHost(
        _ result: Result<DNSAnswer, ResolutionFailure>, _ query: ServerQuery, now: Instant
    ) {
        guard let step = hosts[query.question]?.take(result, for: query.type) else { return }
        switch step {
        case .wait: return
        case .ask(let alias):
            for type in hosts[query.question]?.types ?? [] {
                self.query(query.question, alias, type)
            }
        case .found(let addresses, let ttlSeconds):
            settle(query.question, .found(addresses, ttlSeconds: ttlSeconds), now: now)
        case .failed(let failure): settle(query.question, .failed(failure), now: now)
        }
    }

    private mutating func takeService(
        _ result: Result<DNSAnswer, ResolutionFailure>, _ query: ServerQuery, now: Instant
    ) {
        let question = query.question
        guard var lookup = services[question] else { return }
        do throws(ResolutionFailure) {
            let answer = try result.get()
            if let alias = try lookup.take(answer, recordLimit: limits.serviceRecordLimit) {
                services[question] = lookup
                return self.query(question, alias, .service)
            }
        } catch {
            return settle(question, .failed(error), now: now)
        }
        let names = Set(lookup.records.map(\.target))
        lookup.waiting = Set(names.map { Question(source: question.source, name: $0) })
        services[question] = lookup
        for host in lookup.waiting {
            if let address = answerWithoutAsking(host.name.bytes, host.source) {
                take(address, of: host, for: question, now: now)
            } else if cache.beginQuestion(host, now: now) {
                ask(host, now: now)
            } else if !cache.isAsked(host) {
                take(cache.settled(host, now: now), of: host, for: question, now: now)
            }
        }
    }

    /// Gives a service what is known of one of its hosts.
    private mutating func take(
        _ resolution: Resolution, of host: Question, for service: Question, now: Instant
    ) {
        guard services[service]?.waiting.contains(host) ?? false else { return }
        services[service]?.take(resolution, of: host)
        guard let lookup = services[service], lookup.waiting.isEmpty else { return }
        do throws(ResolutionFailure) {
            let endpoints = try lookup.endpoints()
            settle(service, .offered(endpoints, ttlSeconds: lookup.ttlSeconds), now: now)
        } catch {
            settle(service, .failed(error), now: now)
        }
    }

    /// Ends a question, and tells all who need the answer.
    private mutating func settle(_ question: Question, _ outcome: Answer.Outcome, now: Instant) {
        hosts[question] = nil
        services[question] = nil
        cache.record(
            Answer(question: question, outcome: outcome), now: now, finished: &finishedWaiters)
        guard question.kind == .host, !services.isEmpty else { return }
        let waiting = services.filter { $0.value.waiting.contains(question) }.map(\.key)
        for service in waiting {
            take(cache.settled(question, now: now), of: question, for: service, now: now)
        }
    }
}
