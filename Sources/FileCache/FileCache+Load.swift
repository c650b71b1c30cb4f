// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The way of a miss: the shared table first, then the file system, in an order that cannot miss a
// change: watch, open, read, look again, and remember only what no event has touched meanwhile.

internal import HTTP
internal import OS
internal import Synchronization

extension FileCache {
    /// What is at `path` now; the caller holds it.
    ///
    /// Two threads may load the same path at once; the last one's entry stays.
    func load(
        profile: Int, path: Span<UInt8>, accepting codings: CodingPreference, now: Instant
    ) -> FileEntryRef {
        let entry = known(profile, path, at: now) ?? loadFromDisk(profile, path, at: now)
        return entry.isSettled(for: codings) ? entry : encode(entry, for: codings)
    }

    /// What the table knows, if that is still true.
    ///
    /// Cost: a lock, and no allocation.
    private func known(_ profile: Int, _ path: Span<UInt8>, at now: Instant) -> FileEntryRef? {
        let hash = hash(profile, path)
        let entry = table.withLock { table in
            let entry = table.entry(hash, profile, path)
            entry?.retain()
            return entry
        }
        guard let entry else { return nil }
        if entry.isCurrent(at: now) { return entry }
        // Nobody watches it, so look whether it is still the same file.
        let key = entry.key
        if !entry.isStale, loader(profile, readsAll: false).isUnchanged(entry, key.path) {
            entry.setChecked(at: now)
            return entry
        }
        table.withLock { $0.remove(entry, key: key, watcher: watcher) }
        advanceEpoch()
        entry.release()
        return nil
    }

    private func loadFromDisk(
        _ profile: Int, _ path: Span<UInt8>, at now: Instant
    ) -> FileEntryRef {
        let key = FileKey(profile: profile, path: path.array, hash: hash(profile, path))
        return loadFromDisk(key, at: now, readsAll: loading == nil)
    }

    private func loader(_ profile: Int, readsAll: Bool) -> FileLoader {
        FileLoader(
            profiles[profile], heldByteLimit: profiles[profile].remembers ? contentByteLimit : 0,
            readsAll: readsAll)
    }

    /// Asks the file system, and remembers what it says.
    func loadFromDisk(_ key: FileKey, at now: Instant, readsAll: Bool) -> FileEntryRef {
        var loader = loader(key.profile, readsAll: readsAll)
        if profiles[key.profile].assetGraceMilliseconds > 0 {
            loader.remainder = { self.remainder(profile: key.profile, path: $0, at: now) }
        }
        guard profiles[key.profile].remembers else {
            let entry = loader.load(key, checkedAt: now).entry
            entry.markStale()
            return entry
        }
        var unsurveyed: Int?
        if profiles[key.profile].assetGraceMilliseconds > 0 {
            loader.keep = { file, stamp in
                if let folder = self.keep(file, stamp, key) { unsurveyed = folder }
            }
            loader.awaitsSurvey = !readsAll && awaitsSurvey(key)
        }
        let names = loader.names(for: key.path)
        var places = register(names)
        // Links lead elsewhere, so all that they lead through is watched as well.
        let links = LinkWalk.places(of: names)
        if links != names {
            let more = register(links)
            places.dependencies += more.dependencies
            // The links may have been turned between looking and watching.
            let isSame = LinkWalk.places(of: names) == links
            places.isWatched = places.isWatched && more.isWatched && isSame
        }
        let loaded = loader.load(key, checkedAt: places.isWatched ? nil : now)
        settle(loaded, key, places)
        if let folder = unsurveyed, !readsAll || !surveyFirst(folder) { queueSurvey(folder) }
        return loaded.entry
    }

    private struct Places {
        var dependencies: [PathTree.Dependency] = []
        var isWatched = true
    }

    private func register(_ paths: [[UInt8]]) -> Places {
        table.withLock { table in
            var places = Places()
            for path in paths {
                let one = table.tree.register(path, watcher: watcher)
                places.dependencies.append(one.dependency)
                places.isWatched = places.isWatched && one.isWatched
            }
            return places
        }
    }

    /// Remembers what was loaded if nothing has changed meanwhile, else marks it stale.
    private func settle(_ loaded: FileLoader.Loaded, _ key: FileKey, _ places: Places) {
        let entry = loaded.entry
        // What was written while we read may have been reported already.
        _ = processBatch()
        table.withLock { table in
            let isTrue = places.dependencies.allSatisfy { table.tree.holds($0) }
            var isKept = false
            let isWanted = !entry.isNegative || profiles[key.profile].remembersErrors
            if loaded.isStable && isTrue && isWanted {
                entry.retain()
                isKept = table.insert(
                    entry, key: key, dependencies: places.dependencies, watcher: watcher)
                if !isKept { entry.release() }
            }
            if !isKept { entry.markStale() }
            for dependency in places.dependencies {
                table.tree.unpin(dependency, watcher: watcher)
            }
        }
    }
}

extension Span where Element == UInt8 {
    /// A copy.
    fileprivate var array: [UInt8] {
        [UInt8](capacity: count) { output in
            for i in 0..<count { output.append(self[i]) }
        }
    }
}
