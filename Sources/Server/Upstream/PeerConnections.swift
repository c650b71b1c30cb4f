// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The connections of one thread to all peers.

internal import EventLoop
internal import Memory
internal import OS

/// All connections of a worker thread to peers: those at work, and those at rest by age.
///
/// Limits: `capacity` connections; of a group at most `idleLimit` at rest, the oldest goes first.
struct PeerConnections: ~Copyable {
    var connections: Slab<UpstreamConnection>
    /// Those at rest, the one used last at the front.
    private var idle: IndexList
    /// How many of each group rest.
    private var idleCounts: [Int] = []

    init(capacity: Int) {
        connections = Slab(capacity: capacity)
        idle = IndexList(capacity: capacity)
    }

    var idleCount: Int { idle.count }

    /// Takes the connection to a peer that was used last, if one rests and still lives.
    ///
    /// Why: last in, first out, so that the others grow old enough to be closed; and one that the
    ///      peer has closed meanwhile is found out here, before a request is lost on it.
    /// Cost: a system call, but for one that has hardly rested: epoll has just been asked, and a
    ///       request that may be repeated is not lost on it.
    mutating func reuse(
        group: Int, peer: Int, from source: CompactAddress?, with security: PeerSecurity?,
        for client: SlotID,
        mayRepeat: Bool, at now: Instant
    ) -> SlotID? {
        guard group < idleCounts.count, idleCounts[group] > 0 else { return nil }
        var next = idle.first
        while let index = next {
            next = idle.next(after: index)
            guard connections[index].group == group, connections[index].peer == peer,
                connections[index].source == source,
                PeerSecurity.areSame(connections[index].security, security)
            else { continue }
            leavePool(index)
            if let use = connections[index].use {
                guard use.isCurrent else {
                    _ = connections.remove(at: index)
                    continue
                }
                use.begin()
            }
            let hasRested = now - connections[index].restedAt >= Self.unaskedRest
            if hasRested || !mayRepeat, connections[index].transport.isReadableOrClosed {
                connections[index].use?.end()
                _ = connections.remove(at: index)
                continue
            }
            connections[index].client = client
            return connections.id(at: index)
        }
        return nil
    }

    /// Adds a connection that was just dialled.
    mutating func insert(_ connection: consuming UpstreamConnection) -> SlotID? {
        let use = connection.use
        guard let id = connections.insert(connection) else { return nil }
        use?.begin()
        return id
    }

    /// Lets a connection rest, or closes it when it must not be used again.
    mutating func rest(
        _ index: Int, _ settings: UpstreamKeepAlive, from now: Instant, until deadline: Instant
    ) {
        let group = connections[index].group
        connections[index].use?.end()
        connections[index].restedAt = now
        connections[index].client = nil
        connections[index].idleDeadline = deadline
        idle.prepend(index)
        while idleCounts.count <= group { idleCounts.append(0) }
        idleCounts[group] += 1
        if idleCounts[group] > settings.idleLimit { closeOldest(of: group) }
    }

    /// A rest after which a connection is asked whether it still lives.
    ///
    /// Units: milliseconds.
    private static var unaskedRest: Int64 { 50 }

    private mutating func closeOldest(of group: Int) {
        var oldest: Int?
        var next = idle.first
        while let index = next {
            if connections[index].group == group { oldest = index }
            next = idle.next(after: index)
        }
        if let oldest { close(oldest) }
    }

    /// Closes a connection, at work or at rest.
    mutating func close(_ index: Int) {
        if idle.contains(index) { leavePool(index) } else { connections[index].use?.end() }
        _ = connections.remove(at: index)
    }

    /// Closes all that rest.
    mutating func closeIdle() {
        while let index = idle.first { close(index) }
    }

    private mutating func leavePool(_ index: Int) {
        idle.remove(index)
        idleCounts[connections[index].group] -= 1
        connections[index].idleDeadline = .distantFuture
    }

    /// Whether a connection rests.
    func isIdle(_ index: Int) -> Bool { idle.contains(index) }
}
