// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The grace for assets that a new release has removed: whoever still has a page of the release
// before may ask for scripts that nobody asked for yet.

internal import EventLoop
internal import HTTP
package import OS
internal import Synchronization

extension FileCache {
    /// When `expireAssets` has something to do.
    package var nextExpiry: Instant {
        Instant(milliseconds: expiry.load(ordering: .relaxed))
    }

    /// Lets go of assets whose grace is over.
    ///
    /// Cost: a load when there are none.
    package func expireAssets(at now: Instant) {
        guard now >= nextExpiry else { return }
        let (expired, next) = kept.withLock { kept in
            // Inside, so that nobody's earlier time is overwritten.
            let result = kept.expire(at: now)
            expiry.store(result.next.milliseconds, ordering: .relaxed)
            return result
        }
        guard !expired.isEmpty, next > now else { return }
        table.withLock { table in
            for asset in expired {
                let hash = hash(asset.profile, asset.path.span)
                guard let entry = table.entry(hash, asset.profile, asset.path.span) else {
                    continue
                }
                table.remove(entry, key: entry.key, watcher: watcher)
            }
        }
        advanceEpoch()
    }

    // MARK: Keeping

    /// Keeps an asset that is being loaded.
    ///
    /// Why: not opened once more. Its release may be gone by then, and the answer is on its way.
    /// - Returns: the folder that is to be looked through for others; nil if there is none.
    func keep(_ file: borrowing FileDescriptor, _ stamp: FileStamp, _ key: FileKey) -> Int? {
        let grace = profiles[key.profile].assetGraceMilliseconds
        guard let (path, name) = Self.asset(key.path) else { return nil }
        let (folder, isKnown, isSurveyed) = kept.withLock { kept in
            let folder = kept.folder(profile: key.profile, path: path, grace: grace)
            return (folder, kept.has(name, in: folder, stamp), kept.isSurveyed(folder))
        }
        if isKnown { return isSurveyed ? nil : folder }
        if let copy = try? file.duplicate() {
            let file = KeptFile(copy, stamp)
            kept.withLock { $0.keep(file, name, in: folder) }
        }
        return folder
    }

    /// Whether the folder of an asset must be looked through before anybody gets it.
    ///
    /// Why: whoever has one asset of a release may ask for the others, and the release may be gone
    ///      in between.
    func awaitsSurvey(_ key: FileKey) -> Bool {
        guard loading != nil, let (path, _) = Self.asset(key.path) else { return false }
        let grace = profiles[key.profile].assetGraceMilliseconds
        return kept.withLock { kept in
            !kept.isSurveyed(kept.folder(profile: key.profile, path: path, grace: grace))
        }
    }

    /// The asset that a path named, for a while after it was removed.
    func remainder(profile: Int, path: [UInt8], at now: Instant) -> KeptAssets.Remainder? {
        guard let (folder, name) = Self.asset(path) else { return nil }
        return kept.withLock { kept in
            let remainder = kept.remainder(profile: profile, folder: folder, name: name, at: now)
            if let remainder { setExpiry(remainder.end) }
            return remainder
        }
    }

    /// The folder and the name of a file whose name carries a hash.
    private static func asset(_ path: [UInt8]) -> (folder: [UInt8], name: [UInt8])? {
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        let name = Array(path[(slash + 1)...])
        return BuildHash.isHashed(path.span) ? (Array(path[..<slash]), name) : nil
    }

    private func setExpiry(_ time: Instant) {
        if time < nextExpiry { expiry.store(time.milliseconds, ordering: .relaxed) }
    }

    // MARK: Looking through folders

    /// Has a folder looked through on a background thread.
    func queueSurvey(_ folder: Int) {
        guard let loading else { return }
        let isNew = kept.withLock { kept in
            guard kept.queue(folder) else { return false }
            // What it finds gone is let go of after the grace, also when nothing else happens.
            setExpiry(Instant.now() + kept.grace(of: folder))
            return true
        }
        guard isNew else { return }
        let isQueued = loading.submit { [self] in survey(folder) }
        // The next change or the next asset tries again.
        if !isQueued { kept.withLock { _ = $0.begin(folder) } }
    }

    /// Looks a folder through at once; false if that has been done before.
    func surveyFirst(_ folder: Int) -> Bool {
        guard loading != nil, !kept.withLock({ $0.isSurveyed(folder) }) else { return false }
        survey(folder)
        return true
    }

    /// Keeps every asset in a folder, and notes which are gone.
    private func survey(_ folder: Int) {
        guard let plan = kept.withLock({ $0.begin(folder) }) else { return }
        // First the watch: what changes while we look leads to another survey.
        watch(plan.path, folder)
        let loader = FileLoader(profiles[plan.profile], heldByteLimit: 0, readsAll: false)
        var present: Set<[UInt8]> = []
        for entry in (try? FileSystem.listDirectory(plan.path)) ?? []
        where entry.kind != .directory {
            let path = plan.path + [UInt8(ascii: "/")] + entry.name
            guard BuildHash.isHashed(path.span), let status = try? FileSystem.status(path),
                status.kind == .regular
            else { continue }
            present.insert(entry.name)
            if let known = plan.files[entry.name], known.isSame(as: FileStamp(status)) { continue }
            guard let file = loader.openToKeep(path) else { continue }
            kept.withLock { $0.keep(file, entry.name, in: folder) }
        }
        kept.withLock { kept in
            kept.setPresent(
                present, in: folder, survey: plan.number, at: Instant.now())
        }
    }

    /// Watches a folder and all that leads to it.
    private func watch(_ path: [UInt8], _ folder: Int) {
        let path = TrustedPath.unmarked(path)
        let places = [path] + LinkWalk.places(of: [path])
        table.withLock { table in
            var dependencies: [PathTree.Dependency] = []
            for place in places {
                dependencies.append(table.tree.register(directory: place, watcher: watcher))
            }
            let before = kept.withLock { $0.exchange(dependencies, of: folder) }
            for dependency in before {
                table.tree.detach(survey: folder, from: dependency, watcher: watcher)
            }
            for dependency in dependencies { table.tree.attach(survey: folder, to: dependency) }
        }
    }
}
