// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// One worker thread's view of the file cache: a small table of its own, so that a hit takes no
// lock, makes no system call, allocates nothing and counts no references.

package import HTTP
internal import Memory
package import OS
internal import Synchronization

/// What a view knows about a path.
package enum FileLookup: BitwiseCopyable {
    /// Good until the view's next `collect()`.
    case hit(FileEntryRef)
    /// Ask `load`.
    case miss
}

/// One worker thread's view of a file cache.
///
/// Invariant: whatever it gave since the last `collect()` stays good until the next.
/// Limits: half of `slotCountLimit` entries; others are found in the shared table, under its lock.
package struct FileCacheView: ~Copyable {
    private let cache: FileCache
    /// A power of two of them.
    private var slots: FixedArray<Slot>
    /// How many are taken.
    private var entryCount = 0
    /// Entries that left the table in this turn.
    private var retired: [FileEntryRef] = []
    /// The cache's count of entries made stale when the table was last swept.
    private var sweptEpoch: Int

    private struct Slot: BitwiseCopyable {
        var hash: UInt64 = 0
        var entry: FileEntryRef?
    }

    init(of cache: FileCache) {
        self.cache = cache
        slots = FixedArray(repeating: Slot(), count: Self.slotCountAtFirst)
        sweptEpoch = cache.epoch
    }

    deinit {
        for i in 0..<slots.count { slots[i].entry?.release() }
        for entry in retired { entry.release() }
    }

    /// Looks for what is at `path`.
    ///
    /// Cost: one hash and one comparison of the path; no lock, no allocation, no system call.
    /// - Parameters:
    ///   - profile: the index of the profile in the list that the cache was made with.
    ///   - path: absolute and normalised; no NUL at its end.
    ///   - codings: what the client accepts besides identity.
    package mutating func lookup(
        profile: Int, path: Span<UInt8>, accepting codings: CodingPreference, now: Instant
    ) -> FileLookup {
        let hash = cache.hash(profile, path)
        for step in 0..<Self.probeCount {
            let i = index(hash, step)
            guard slots[i].hash == hash, let entry = slots[i].entry,
                entry.matches(profile, path)
            else { continue }
            guard entry.isCurrent(at: now), entry.isSettled(for: codings) else { return .miss }
            entry.markUsed()
            return .hit(entry)
        }
        return .miss
    }

    /// Finds out what is at `path`, from the shared table or from the file system.
    ///
    /// Cost: a lock; and for what no thread has seen yet the system calls that read it, and a quick
    ///       encoding of small contents.
    package mutating func load(
        profile: Int, path: Span<UInt8>, accepting codings: CodingPreference, now: Instant
    ) -> FileEntryRef {
        let entry = cache.load(profile: profile, path: path, accepting: codings, now: now)
        guard entry.isCurrent(at: now) else {
            // Good for this answer, but it may have changed since.
            retired.append(entry)
            return entry
        }
        place(entry, hash: cache.hash(profile, path), profile, path)
        return entry
    }

    /// The descriptor that becomes readable when files have changed; see `processEvents`.
    package var watchDescriptor: Int32? { cache.watchDescriptor }

    /// Drops what is no longer true according to the events that have come.
    package func processEvents() { cache.processEvents() }

    /// When `expireAssets` has something to do.
    package var nextExpiry: Instant { cache.nextExpiry }

    /// Lets go of assets whose grace is over.
    package func expireAssets(at now: Instant) { cache.expireAssets(at: now) }

    /// Whether there is something for `processEvents` to do.
    ///
    /// Cost: a system call.
    package var hasEvents: Bool { cache.hasEvents }

    /// Waits for other threads that are about to drop what is no longer true.
    ///
    /// Call it before anything is looked up that was asked for since the last turn: whoever has
    /// removed a file and then asks for it must not get it.
    ///
    /// Cost: a load when there is nothing.
    package func awaitEvents() { cache.awaitEvents() }

    /// Has the content of an entry that awaits it read on a background thread, and `done` called
    /// there afterwards; then look again.
    ///
    /// - Returns: false if nobody can do that: the entry is answered with as it is.
    package func complete(
        _ entry: FileEntryRef, _ done: @escaping @Sendable () -> Void
    ) -> Bool {
        cache.complete(entry, done)
    }

    /// `lookup`, and `load` if that misses.
    package mutating func find(
        profile: Int, path: Span<UInt8>, accepting codings: CodingPreference, now: Instant
    ) -> FileEntryRef {
        switch lookup(profile: profile, path: path, accepting: codings, now: now) {
        case .hit(let entry): entry
        case .miss: load(profile: profile, path: path, accepting: codings, now: now)
        }
    }

    /// Lets go of what is no longer true.
    ///
    /// Call it between turns of the loop.
    ///
    /// Cost: two loads when nothing happened.
    package mutating func collect() {
        if !retired.isEmpty {
            for entry in retired { entry.release() }
            retired.removeAll(keepingCapacity: true)
        }
        let epoch = cache.epoch
        if epoch != sweptEpoch {
            sweptEpoch = epoch
            sweep()
        }
    }

    private mutating func sweep() {
        for i in 0..<slots.count {
            guard let entry = slots[i].entry, entry.isStale else { continue }
            entry.release()
            slots[i] = Slot()
            entryCount -= 1
        }
    }

    /// Puts an entry, held for us, into the table: over an older one of the same path, else into
    /// a free slot, else over one that the hash chooses.
    private mutating func place(
        _ entry: FileEntryRef, hash: UInt64, _ profile: Int, _ path: Span<UInt8>
    ) {
        if 2 * entryCount >= slots.count, slots.count < Self.slotCountLimit { grow() }
        var chosen = index(hash, Int(hash >> 61))
        for step in (0..<Self.probeCount).reversed() {
            let i = index(hash, step)
            guard let old = slots[i].entry else {
                chosen = i
                continue
            }
            if slots[i].hash == hash, old.matches(profile, path) {
                chosen = i
                break
            }
        }
        if let old = slots[chosen].entry { retired.append(old) } else { entryCount += 1 }
        slots[chosen] = Slot(hash: hash, entry: entry)
    }

    /// Doubles the table.
    ///
    /// Why: not large from the start, because it is swept whenever a file changes.
    private mutating func grow() {
        var old = FixedArray(repeating: Slot(), count: 2 * slots.count)
        swap(&old, &slots)
        entryCount = 0
        for i in 0..<old.count {
            guard let entry = old[i].entry else { continue }
            var step = 0
            while step < Self.probeCount, slots[index(old[i].hash, step)].entry != nil { step += 1 }
            if step < Self.probeCount {
                slots[index(old[i].hash, step)] = old[i]
                entryCount += 1
            } else {
                retired.append(entry)
            }
        }
    }

    private func index(_ hash: UInt64, _ step: Int) -> Int {
        Int(truncatingIfNeeded: hash &+ UInt64(truncatingIfNeeded: step)) & (slots.count &- 1)
    }

    private static var slotCountAtFirst: Int { 1024 }
    private static var slotCountLimit: Int { 16 << 10 }
    private static var probeCount: Int { 8 }
}
