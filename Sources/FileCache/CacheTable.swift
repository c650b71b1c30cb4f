// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The table that all worker threads share, under the cache's lock: what is cached, what it depends
// on, and what goes first when there is too much. It opens nothing and waits for nothing.

internal import HTTP
internal import Synchronization

/// Names an entry: the same path under another profile is another entry.
struct FileKey: Hashable, Sendable {
    var profile: Int
    var path: [UInt8]
    /// `FileCache.hash` of both.
    var hash: UInt64

    func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

/// How much a file cache may hold.
package struct FileCacheLimits: Sendable {
    /// The content, field lines and names of all entries together.
    package var byteLimit = 64 << 20
    /// Entries of every kind.
    package var entryLimit = 20_000
    /// Entries that say that there is nothing, so that a flood of wrong names cannot push out
    /// files.
    package var negativeEntryLimit = 2_000
    /// Files that are kept open because they are too large to hold.
    package var descriptorLimit = 512
    /// Directories that are watched.
    package var watchLimit = 8_192
    /// Assets that are kept open so that they can be served after they were removed.
    package var keptAssetLimit = 2_048

    package init() {}
}

/// The entries that all threads share.
///
/// Invariant: it holds every entry in it; an entry leaves it by becoming stale.
struct CacheTable {
    private let limits: FileCacheLimits
    private var records: [Record?] = []
    private var freeRecords: [Int] = []
    /// The record of each hash of a key; of two keys with the same one, the last.
    private var index: [UInt64: Int] = [:]
    /// Where the search for an entry to drop goes on.
    private var hand = 0
    private(set) var heldByteCount = 0
    private(set) var negativeCount = 0
    private(set) var descriptorCount = 0
    var tree: PathTree

    var entryCount: Int { index.count }

    private struct Record {
        var key: FileKey
        var entry: FileEntryRef
        /// The names in the tree that it depends on, each once: the ways of links overlap.
        var nodes: Set<Int>
    }

    init(limits: FileCacheLimits) {
        self.limits = limits
        tree = PathTree(watchLimit: limits.watchLimit)
    }

    /// The entry of that name, not held for the caller.
    ///
    /// Cost: no allocation.
    func entry(_ hash: UInt64, _ profile: Int, _ path: Span<UInt8>) -> FileEntryRef? {
        guard let slot = index[hash], let entry = records[slot]?.entry,
            entry.matches(profile, path)
        else { return nil }
        return entry
    }

    func entry(_ key: FileKey) -> FileEntryRef? { entry(key.hash, key.profile, key.path.span) }

    /// Takes over an entry and what it depends on, in place of an older one of the same name.
    ///
    /// - Returns: false if there is no room for it even when everything unused has gone; the caller
    ///   then still holds it.
    mutating func insert(
        _ entry: FileEntryRef, key: FileKey, dependencies: [PathTree.Dependency],
        watcher: borrowing PathWatcher
    ) -> Bool {
        if let old = index[key.hash] { remove(old, watcher) }
        guard makeRoom(for: entry, watcher) else { return false }
        let nodes = Set(dependencies.map { $0.node })
        let record = Record(key: key, entry: entry, nodes: nodes)
        let slot: Int
        if let free = freeRecords.popLast() {
            slot = free
            records[free] = record
        } else {
            slot = records.count
            records.append(record)
        }
        index[key.hash] = slot
        count(entry, by: 1)
        for node in nodes { tree.attach(slot, to: node) }
        return true
    }

    /// Puts an entry in the place of the one it was made from, which becomes stale.
    ///
    /// - Returns: false if the old one is no longer there; the caller then still holds the new one.
    mutating func replace(
        _ old: FileEntryRef, by new: FileEntryRef, key: FileKey, watcher: borrowing PathWatcher
    ) -> Bool {
        guard let slot = index[key.hash], let current = records[slot]?.entry, current == old
        else { return false }
        count(old, by: -1)
        count(new, by: 1)
        records[slot]?.entry = new
        old.markStale()
        old.release()
        var stepsLeft = 2 * records.count
        while heldByteCount > limits.byteLimit, stepsLeft > 0 {
            stepsLeft -= 1
            advanceHand(against: .anything, watcher)
        }
        return true
    }

    /// What the entry has become by getting more forms: the one of the same name with the same
    /// content.
    func successor(of entry: FileEntryRef) -> FileEntryRef? {
        guard let current = self.entry(entry.key), current.form(.identity) == entry.form(.identity)
        else { return nil }
        return current
    }

    /// Drops the entry of that name if it is still this one.
    mutating func remove(_ entry: FileEntryRef, key: FileKey, watcher: borrowing PathWatcher) {
        guard let slot = index[key.hash], let current = records[slot]?.entry,
            current == entry
        else { return }
        remove(slot, watcher)
    }

    /// Drops the entries of some records.
    mutating func remove(_ slots: Set<Int>, watcher: borrowing PathWatcher) {
        for slot in slots { remove(slot, watcher) }
    }

    private mutating func remove(_ slot: Int, _ watcher: borrowing PathWatcher) {
        guard let record = records[slot] else { return }
        records[slot] = nil
        freeRecords.append(slot)
        index[record.key.hash] = nil
        count(record.entry, by: -1)
        for node in record.nodes { tree.detach(slot, from: node, watcher: watcher) }
        record.entry.markStale()
        record.entry.release()
    }

    private mutating func count(_ entry: FileEntryRef, by step: Int) {
        heldByteCount += step * entry.heldByteCount
        if entry.isNegative { negativeCount += step }
        descriptorCount += step * entry.descriptorCount
    }

    // MARK: Room

    /// Drops entries that were not used lately until `entry` fits.
    ///
    /// Cost: at most two rounds of the clock hand; amortised, a step for each entry inserted.
    private mutating func makeRoom(
        for entry: FileEntryRef, _ watcher: borrowing PathWatcher
    ) -> Bool {
        guard entry.heldByteCount <= Self.entryByteLimit(limits) else { return false }
        var stepsLeft = 2 * records.count
        while let scarce = scarcity(for: entry) {
            guard stepsLeft > 0 else { return false }
            stepsLeft -= 1
            advanceHand(against: scarce, watcher)
        }
        return true
    }

    /// Moves the clock hand by one.
    ///
    /// What it then points at goes, if it was not used since the last time.
    private mutating func advanceHand(
        against scarcity: Scarcity, _ watcher: borrowing PathWatcher
    ) {
        hand = hand + 1 < records.count ? hand + 1 : 0
        guard let candidate = records[hand]?.entry, helps(candidate, against: scarcity),
            !candidate.clearUsed()
        else { return }
        remove(hand, watcher)
    }

    private enum Scarcity {
        case anything
        case negatives
        case descriptors
    }

    private func scarcity(for entry: FileEntryRef) -> Scarcity? {
        if entry.isNegative, negativeCount >= limits.negativeEntryLimit { return .negatives }
        if entry.descriptorCount > 0,
            descriptorCount + entry.descriptorCount > limits.descriptorLimit
        {
            return .descriptors
        }
        if entryCount >= limits.entryLimit { return .anything }
        if heldByteCount + entry.heldByteCount > limits.byteLimit { return .anything }
        return nil
    }

    private func helps(_ candidate: FileEntryRef, against scarcity: Scarcity) -> Bool {
        switch scarcity {
        case .anything: true
        case .negatives: candidate.isNegative
        case .descriptors: candidate.descriptorCount > 0
        }
    }

    /// What one entry may take of the whole.
    static func entryByteLimit(_ limits: FileCacheLimits) -> Int { limits.byteLimit / 4 }
}
