// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Requests that wait until a peer has room for them, or until there is one at all.
//
// A queue knows who waits and for how long. It must not know how a peer is chosen.

internal import EventLoop
internal import Memory
internal import OS
internal import Synchronization

/// The queue of a group, of which each thread has its own part.
///
/// Spec: nginx Plus `queue`.
/// Limits: its length, for all threads together.
final class PeerQueue: Sendable {
    private let limit: Int
    /// How long a request waits at most.
    ///
    /// Units: milliseconds.
    let timeout: Int
    /// Whether it is for those that wait until names are resolved.
    let isForNames: Bool
    private let count = Atomic<Int>(0)

    init(limit: Int, timeout: Int, isForNames: Bool = false) {
        self.limit = limit
        self.timeout = timeout
        self.isForNames = isForNames
    }

    /// Takes a place.
    ///
    /// - Returns: false if none is left.
    fileprivate func enter() -> Bool {
        guard count.wrappingAdd(1, ordering: .relaxed).newValue > limit else { return true }
        leave()
        return false
    }

    /// Gives a place back.
    fileprivate func leave() { count.wrappingSubtract(1, ordering: .relaxed) }

    /// How many wait.
    var length: Int { count.load(ordering: .relaxed) }
}

/// The place of a request in a queue, until it has a peer or the value goes.
///
/// Why: a value that ends what it stands for. However a request ends, its place is free again.
struct QueuePlace: ~Copyable {
    fileprivate let queue: PeerQueue
    /// Which one it is among those of the thread.
    let ticket: UInt64

    /// - Returns: nil if no place is left.
    init?(in queue: PeerQueue, ticket: UInt64) {
        guard queue.enter() else { return nil }
        self.queue = queue
        self.ticket = ticket
    }

    deinit { queue.leave() }
}

/// Who of one thread waits, by groups.
struct QueueTable: Sendable {
    /// A request that waits; it may have gone.
    struct Entry: BitwiseCopyable, Sendable {
        /// The connection.
        let client: SlotID
        let ticket: UInt64
    }

    /// The requests to a group, those that have waited for longest first.
    struct Line: Sendable {
        /// An index of `Services.groups`.
        let group: Int
        /// Whether they wait until names are resolved.
        let isForNames: Bool
        var waiting: [Entry] = []
    }

    /// Few: a group leaves as soon as nobody waits for it.
    var lines: [Line] = []
    private var lastTicket: UInt64 = 0

    var isEmpty: Bool { lines.isEmpty }

    /// Whether requests to a group wait for room.
    func contains(_ group: Int) -> Bool {
        lines.contains { $0.group == group && !$0.isForNames }
    }

    /// A number that no other request of this thread has.
    mutating func nextTicket() -> UInt64 {
        lastTicket &+= 1
        return lastTicket
    }

    /// Adds a request, behind the others or before them.
    mutating func add(_ entry: Entry, group: Int, isForNames: Bool, isFirst: Bool) {
        let index = lines.firstIndex { $0.group == group && $0.isForNames == isForNames }
        guard let index else {
            lines.append(Line(group: group, isForNames: isForNames, waiting: [entry]))
            return
        }
        if isFirst {
            lines[index].waiting.insert(entry, at: 0)
        } else {
            lines[index].waiting.append(entry)
        }
    }

    /// How long a thread sleeps while somebody waits.
    ///
    /// Units: milliseconds.
    /// Why: whoever gives a peer back may be another thread. What this thread gives back is noticed
    ///      in the same turn.
    static var lookInterval: Int { 10 }
}

extension QueuePlace? {
    /// Whether it is one of a queue.
    borrowing func isIn(_ queue: PeerQueue) -> Bool {
        switch self {
        case .some(let place): place.queue === queue
        case .none: false
        }
    }
}
