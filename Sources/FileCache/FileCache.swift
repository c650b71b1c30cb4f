// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The file cache: path → opened, checked, hashed, ready-to-send entry, shared by all worker
// threads. It never knows connections, requests or the configuration's language.

package import EventLoop
internal import Memory
internal import OS
internal import Synchronization

/// What the worker threads share of the files they serve.
///
/// Threads ask through a `FileCacheView` each. What the file system says is remembered until the
/// kernel reports a change of the file or of anything on the way to it; where the kernel cannot
/// watch, it is asked again at most once a second.
/// Limits: `FileCacheLimits`. A full cache serves on, without remembering.
package final class FileCache: Sendable {
    let profiles: [FileProfile]
    let watcher: PathWatcher
    let loading: BackgroundWork?
    let encoding: BackgroundWork?
    let table: Mutex<CacheTable>
    /// Keeps strangers from choosing paths that share a place in the tables.
    private let hashSeed = Random.number()
    /// Who waits for which content to be read.
    let awaited = Mutex<[FileKey: [@Sendable () -> Void]]>([:])
    /// What is served on after it was removed.
    let kept: Mutex<KeptAssets>
    /// When the next of those is let go, in milliseconds.
    let expiry = Atomic<Int64>(Instant.distantFuture.milliseconds)
    /// Larger contents are never held.
    let contentByteLimit: Int
    private let staleCount = Atomic<Int>(0)
    /// How many threads have read events that are not applied yet.
    private let applyingCount = Atomic<Int>(0)

    /// - Parameters:
    ///   - profiles: every profile there is; they are named by their index from now on.
    ///   - loading: reads contents that are too large for a loop to wait for; without it these are
    ///     sent from descriptors.
    ///   - encoding: makes the best encodings; without it quick ones are all there are.
    ///   - isWatching: whether the kernel is asked to report changes; if not, every file is looked
    ///     at again after a second.
    package init(
        profiles: [FileProfile], limits: FileCacheLimits = FileCacheLimits(),
        loading: BackgroundWork? = nil, encoding: BackgroundWork? = nil, isWatching: Bool = true
    ) {
        self.profiles = profiles
        self.loading = loading
        self.encoding = encoding
        contentByteLimit = CacheTable.entryByteLimit(limits)
        watcher = PathWatcher(isWatching: isWatching)
        table = Mutex(CacheTable(limits: limits))
        kept = Mutex(KeptAssets(limit: limits.keptAssetLimit))
    }

    deinit { removeAll() }

    /// A view for one worker thread.
    package func view() -> FileCacheView { FileCacheView(of: self) }

    /// The descriptor that becomes readable when files have changed.
    ///
    /// Every thread that answers registers it, level-triggered, and calls `processEvents()` before
    /// it answers anything that arrived with it. Nil where nothing can be watched.
    package var watchDescriptor: Int32? { watcher.descriptorNumber }

    /// The hash of a path under a profile, the same in all tables.
    func hash(_ profile: Int, _ path: Span<UInt8>) -> UInt64 {
        Memory.hash(path, seed: hashSeed &+ UInt64(truncatingIfNeeded: profile))
    }

    /// Counts up whenever entries have become stale.
    var epoch: Int { staleCount.load(ordering: .acquiring) }

    func advanceEpoch() { staleCount.wrappingAdd(1, ordering: .releasing) }

    /// Whether there is something for `processEvents` to do.
    ///
    /// Cost: a system call.
    package var hasEvents: Bool { watcher.hasEvents }

    /// Drops what is no longer true according to the events that have come.
    ///
    /// Limits: at most `eventBatchLimit` batches a call, so a busy directory cannot hold the
    ///         worker.
    package func processEvents() {
        for _ in 0..<Self.eventBatchLimit where !processBatch() { return }
    }

    /// Reads and applies one batch; false when nothing waited.
    ///
    /// Any thread may: events only ever make entries untrue, so their order does not matter.
    func processBatch() -> Bool {
        applyingCount.wrappingAdd(1, ordering: .sequentiallyConsistent)
        defer { applyingCount.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
        let batch = watcher.read()
        if batch.events.isEmpty && !batch.hasOverflowed { return false }
        let changes = table.withLock { table in
            var changes = PathTree.Changes()
            for event in batch.events {
                table.tree.apply(event, watcher: watcher, changes: &changes)
            }
            if batch.hasOverflowed {
                table.tree.applyOverflow(watcher: watcher, changes: &changes)
            }
            table.remove(changes.records, watcher: watcher)
            return changes
        }
        if !changes.records.isEmpty { advanceEpoch() }
        for folder in changes.surveys { queueSurvey(folder) }
        return true
    }

    /// Waits until no event has been read by another thread that is not applied yet.
    ///
    /// Cost: a load when there is none.
    func awaitEvents() {
        while applyingCount.load(ordering: .sequentiallyConsistent) > 0 { Thread.yield() }
    }

    /// Forgets everything.
    package func removeAll() {
        table.withLock { table in
            var changes = PathTree.Changes()
            table.tree.applyOverflow(watcher: watcher, changes: &changes)
            table.remove(changes.records, watcher: watcher)
        }
        advanceEpoch()
    }

    /// What the cache holds now.
    package var statistics: FileCacheStatistics {
        table.withLock { table in
            FileCacheStatistics(
                entryCount: table.entryCount, negativeEntryCount: table.negativeCount,
                descriptorCount: table.descriptorCount, heldByteCount: table.heldByteCount,
                watchCount: table.tree.watchCount,
                keptAssetCount: kept.withLock { $0.assetCount })
        }
    }

    private static var eventBatchLimit: Int { 16 }
}

/// What a file cache holds.
package struct FileCacheStatistics: Equatable, Sendable {
    package var entryCount: Int
    package var negativeEntryCount: Int
    package var descriptorCount: Int
    package var heldByteCount: Int
    package var watchCount: Int
    package var keptAssetCount: Int
}
