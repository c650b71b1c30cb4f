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
    /// What was logged last, so that the same is not said each second.
    var lastFailure: ResolutionFailure?
    var lastAddresses: Set<CompactAddress> = []
}

extension Services {
    /// Begins to follow all names of the configuration.
    mutating func beginFollowingNames() {
        nameWatches = groups.indices.flatMap { group in
            groups[group].named.indices.map { NameWatch(group: group, line: $0) }
        }
        followNames()
    }

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
            // Looked at again as soon as anything has arrived.
            case .pending: watch.nextLook = now + Self.pendingPause
            case .found(let endpoints, let until):
                take(endpoints, group, line, &watch)
                watch.nextLook = max(until, now + Self.leastPause)
            case .failed(let failure, let until):
                if watch.lastFailure != failure { log(failure, line.name) }
                watch.lastFailure = failure
                // Whoever says that there is no such name knows it; from others nothing is learned.
                if failure == .notFound || failure == .noAddress {
                    take([], group, line, &watch)
                }
                watch.nextLook = max(until, now + Self.leastPause)
            }
            nameWatches[index] = watch
        }
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
        let addresses = Set(endpoints.map(\.address))
        let overflow = group.place(endpoints, of: line)
        guard addresses != watch.lastAddresses else { return }
        watch.lastAddresses = addresses
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
