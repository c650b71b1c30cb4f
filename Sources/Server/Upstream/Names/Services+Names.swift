// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Follows the names of peers that are to be resolved: one thread of the process asks, all see what
// comes of it.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS
internal import Resolver

/// A name that is followed.
struct NameWatch {
    /// An index of `Services.groups`, and of its named lines.
    let group: Int
    let line: Int
    /// When to look at it again.
    var nextLook = Instant(milliseconds: .min)
    /// Since when an answer is waited for; nil while none is.
    var askedAt: Instant?
    /// Whether anything has been heard of it.
    var isHeardOf = false
    /// What was logged last, so that the same is not said each second.
    var lastFailure: ResolutionFailure?
    var lastEndpoints: Set<ServiceEndpoint> = []
}

extension Services {
    /// Takes over what is known of the names of the configuration.
    ///
    /// Why: before any thread serves, so that the first request after a reload has peers.
    mutating func recallNames() {
        nameWatches = groups.indices.flatMap { group in
            groups[group].named.indices.map { NameWatch(group: group, line: $0) }
        }
        guard let memory = nameMemory else { return }
        for index in nameWatches.indices {
            let group = groups[nameWatches[index].group]
            let line = group.named[nameWatches[index].line]
            let endpoints = memory.endpoints(of: line.name, in: group.name)
            guard !endpoints.isEmpty else { continue }
            _ = group.place(endpoints, of: line)
            nameWatches[index].lastEndpoints = Set(endpoints)
        }
    }

    private var nameMemory: NameMemory? { site.nameZone.map { NameMemory(shared.zones[$0]) } }

    /// When a name has to be looked at next.
    var nextNameLook: Instant? {
        nameWatches.isEmpty ? nil : nameWatches.map(\.nextLook).min()
    }

    /// Looks at the names whose time has come.
    mutating func followNames() {
        let now = clock.now
        for index in nameWatches.indices where nameWatches[index].nextLook <= now {
            var watch = nameWatches[index]
            let group = groups[watch.group]
            let line = group.named[watch.line]
            let known = resolver.watch(
                line.name.service ?? line.name.host, isService: line.name.service != nil,
                from: group.resolver, now: now)
            watchResolver()
            switch known {
            case .pending: wait(group, line, &watch)
            case .found(let endpoints, let until):
                take(endpoints, group, line, &watch)
                hear(of: group, &watch)
                watch.nextLook = max(until, now + Self.leastPause)
            case .failed(let failure, let until):
                if watch.lastFailure != failure { log(failure, line.name) }
                watch.lastFailure = failure
                // Whoever says that there is no such name knows it; from others nothing is learned.
                if failure == .notFound || failure == .noAddress {
                    take([], group, line, &watch)
                }
                hear(of: group, &watch)
                watch.nextLook = max(until, now + Self.leastPause)
            }
            nameWatches[index] = watch
        }
    }

    /// Waits for an answer; it is looked at as soon as anything has arrived.
    private mutating func wait(
        _ group: UpstreamGroup, _ line: NamedPeers, _ watch: inout NameWatch
    ) {
        let since = watch.askedAt ?? clock.now
        watch.askedAt = since
        watch.nextLook = clock.now + Self.pendingPause
        guard !watch.isHeardOf, let queue = group.nameQueue else { return }
        let end = since + Int64(queue.timeout)
        guard end <= clock.now else {
            watch.nextLook = min(end, watch.nextLook)
            return
        }
        log(.timedOut, line.name)
        watch.lastFailure = .timedOut
        watch.isHeardOf = true
        group.noteFirstAnswer()
    }

    private func hear(of group: UpstreamGroup, _ watch: inout NameWatch) {
        watch.askedAt = nil
        guard !watch.isHeardOf else { return }
        watch.isHeardOf = true
        group.noteFirstAnswer()
    }

    /// Makes those names be looked at that were being asked for.
    mutating func lookAtPendingNames() {
        let soon = clock.now + Self.pendingPause
        for index in nameWatches.indices where nameWatches[index].nextLook <= soon {
            nameWatches[index].nextLook = clock.now
        }
    }

    /// Units: milliseconds.
    private static var pendingPause: Int64 { 500 }
    private static var leastPause: Int64 { 1_000 }

    private mutating func take(
        _ endpoints: [ServiceEndpoint], _ group: UpstreamGroup, _ line: NamedPeers,
        _ watch: inout NameWatch
    ) {
        if !endpoints.isEmpty { watch.lastFailure = nil }
        let known = Set(endpoints)
        let overflow = group.place(endpoints, of: line)
        guard known != watch.lastEndpoints else { return }
        watch.lastEndpoints = known
        nameMemory?.remember(endpoints, of: line.name, in: group.name)
        let name = String(decoding: line.name.service ?? line.name.host, as: UTF8.self)
        let upstream = String(decoding: group.name, as: UTF8.self)
        let list = endpoints.map(\.address.description).joined(separator: ", ")
        logError(
            .notice,
            "\(name) of upstream \"\(upstream)\" "
                + (list.isEmpty ? "has no address now" : "is now \(list)"))
        if overflow > 0 {
            logError(
                .warning,
                "\(name) of upstream \"\(upstream)\" has \(overflow) addresses more than the "
                    + "\(NamedPeers.slotLimit) that are used")
        }
    }

    private mutating func log(_ failure: ResolutionFailure, _ name: PeerName) {
        let host = String(decoding: name.host, as: UTF8.self)
        guard let service = name.service else {
            return logError(.error, "\(host) could not be resolved (\(failure.reason))")
        }
        let text = String(decoding: service, as: UTF8.self)
        logError(.error, "service \(text) could not be resolved (\(failure.reason))")
    }
}
