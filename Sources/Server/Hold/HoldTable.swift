// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which groups of peers accept no connection, and who waits until one does.
//
// A table knows who waits and when to dial again. It must not know how to dial.

internal import EventLoop
internal import Memory
internal import OS

/// A group none of whose peers accepts connections, as one thread sees it.
///
/// Why: one dials for all. A thousand requests that each try every 50 ms would be the first thing
///      that a peer meets when it is back.
struct GroupHold: Sendable {
    /// An index of `Services.groups`.
    let group: Int
    let startedAt: Instant
    /// The connections whose requests wait; some may have gone.
    var waiting: [SlotID] = []
    /// How many have waited in vain.
    var failureCount = 0
    /// When to dial again.
    var nextProbeAt: Instant
    /// How long after that once more.
    private var step = Self.firstStep
    /// Those that are being dialled.
    var probes: [Probe] = []
    /// The peer to begin with next time.
    var nextPeer = 0

    /// A connection on its way.
    struct Probe: BitwiseCopyable, Sendable {
        let peer: Int
        /// Owned: whoever takes the probe out of the list closes it.
        let descriptor: Int32
        let startedAt: Instant
    }

    init(group: Int, at now: Instant, probingAt: Instant) {
        self.group = group
        startedAt = now
        nextProbeAt = probingAt
    }

    /// Sets when to dial again: soon at first, then more and more seldom.
    mutating func scheduleProbe(from now: Instant) {
        nextProbeAt = now + step
        step = min(step * 2, Self.lastStep)
    }

    /// Units: milliseconds.
    static var firstStep: Int64 { 50 }
    static var lastStep: Int64 { 250 }
}

/// The groups that are held.
///
/// Limits: `proxy_hold_requests` for each group.
struct HoldTable: Sendable {
    /// Few: a group leaves as soon as nobody waits for it.
    var holds: [GroupHold] = []

    var isEmpty: Bool { holds.isEmpty }

    /// Whether nobody of a group is known to accept connections.
    func contains(_ group: Int) -> Bool { holds.contains { $0.group == group } }

    /// When somebody is to dial again.
    var nextProbe: Instant? { holds.map(\.nextProbeAt).min() }

    /// What became of somebody who wants to wait.
    enum Entry: BitwiseCopyable {
        /// Is the first one.
        case first
        case joined
        case refused
    }

    /// Lets a request wait for a group.
    mutating func enter(
        _ client: SlotID, group: Int, limit: Int, at now: Instant, probingAt: Instant
    ) -> Entry {
        if let index = holds.firstIndex(where: { $0.group == group }) {
            guard holds[index].waiting.count < limit else { return .refused }
            holds[index].waiting.append(client)
            return .joined
        }
        guard limit > 0 else { return .refused }
        var hold = GroupHold(group: group, at: now, probingAt: probingAt)
        hold.waiting.append(client)
        holds.append(hold)
        return .first
    }

    /// Notes that a request has waited in vain.
    mutating func noteFailure(of client: SlotID, group: Int) {
        guard let index = holds.firstIndex(where: { $0.group == group }) else { return }
        holds[index].failureCount += 1
        holds[index].waiting.removeAll { $0 == client }
    }
}
