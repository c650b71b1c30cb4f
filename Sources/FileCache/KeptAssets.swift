// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The assets of the releases before: which folders they are in, and which of their files are kept
// open. It reads no folder, opens nothing and knows no clock.

internal import OS

/// A file that stays readable when its name is gone.
final class KeptFile: Sendable {
    let descriptor: FileDescriptor
    let stamp: FileStamp

    init(_ descriptor: consuming FileDescriptor, _ stamp: FileStamp) {
        self.descriptor = descriptor
        self.stamp = stamp
    }

    /// Whether a name stands for this very file.
    func isSame(as other: FileStamp) -> Bool {
        stamp.device == other.device && stamp.inode == other.inode
    }
}

/// Files whose names carry a hash of their content, by the folders they are in.
///
/// Why: descriptors and not contents. They cost next to nothing while the files are there, and the
///      bytes stay on the disk for as long as one is open.
/// Limits: `FileCacheLimits.keptAssetLimit` of them.
struct KeptAssets {
    private var folders: [Int: Folder] = [:]
    private var numbers: [FolderKey: Int] = [:]
    private var lastNumber = 0
    private let limit: Int
    private(set) var assetCount = 0

    private struct FolderKey: Hashable {
        var profile: Int
        var path: [UInt8]
    }

    private struct Folder {
        var key: FolderKey
        /// How long an asset is served after it was removed, in milliseconds.
        var grace: Int64
        var assets: [[UInt8]: Asset] = [:]
        /// The names in the tree that tell when it changes.
        var dependencies: [PathTree.Dependency] = []
        var isQueued = false
        /// How many surveys of it have begun.
        var surveyCount = 0
        /// Whether one of them has ended.
        var isSurveyed = false
    }

    private struct Asset {
        var file: KeptFile
        /// When its name was first missed.
        var removedAt: Instant?
    }

    /// What a survey of a folder begins with.
    struct Survey {
        var path: [UInt8]
        var profile: Int
        var files: [[UInt8]: KeptFile]
        /// Which survey of the folder it is.
        var number: Int
    }

    /// An asset that is to be served though its name is gone.
    struct Remainder {
        var file: KeptFile
        /// When it was asked for, and when its grace ends.
        var now: Instant
        var end: Instant
    }

    init(limit: Int) { self.limit = limit }

    // MARK: Folders

    /// The number of a folder, which becomes known by this.
    mutating func folder(profile: Int, path: [UInt8], grace: Int) -> Int {
        let key = FolderKey(profile: profile, path: path)
        if let number = numbers[key] { return number }
        lastNumber += 1
        numbers[key] = lastNumber
        folders[lastNumber] = Folder(key: key, grace: Int64(grace))
        return lastNumber
    }

    /// Notes that a folder is to be surveyed; false if that is so already.
    mutating func queue(_ folder: Int) -> Bool {
        guard folders[folder]?.isQueued == false else { return false }
        folders[folder]?.isQueued = true
        return true
    }

    /// A survey begins; what changes from now on needs another one.
    mutating func begin(_ folder: Int) -> Survey? {
        guard let known = folders[folder] else { return nil }
        folders[folder]?.isQueued = false
        folders[folder]?.surveyCount += 1
        return Survey(
            path: known.key.path, profile: known.key.profile, files: known.assets.mapValues(\.file),
            number: known.surveyCount + 1)
    }

    /// Whether the folder has been looked through at least once.
    func isSurveyed(_ folder: Int) -> Bool { folders[folder]?.isSurveyed == true }

    /// How long an asset of the folder is served after it was removed, in milliseconds.
    func grace(of folder: Int) -> Int64 { folders[folder]?.grace ?? 0 }

    /// Remembers what tells when the folder changes; gives back what did before.
    mutating func exchange(
        _ dependencies: [PathTree.Dependency], of folder: Int
    ) -> [PathTree.Dependency] {
        guard let before = folders[folder]?.dependencies else { return dependencies }
        folders[folder]?.dependencies = dependencies
        return before
    }

    // MARK: Assets

    /// Whether this very file is kept.
    func has(_ name: [UInt8], in folder: Int, _ stamp: FileStamp) -> Bool {
        guard let asset = folders[folder]?.assets[name] else { return false }
        return asset.file.isSame(as: stamp)
    }

    /// Keeps a file, in place of an older one of the same name.
    mutating func keep(_ file: KeptFile, _ name: [UInt8], in folder: Int) {
        guard let known = folders[folder] else { return }
        if known.assets[name] == nil {
            guard assetCount < limit || dropOldest() else { return }
            assetCount += 1
        }
        folders[folder]?.assets[name] = Asset(file: file)
    }

    /// Takes note of which names of a folder are there, unless a later survey has begun: that one
    /// knows better.
    mutating func setPresent(
        _ names: Set<[UInt8]>, in folder: Int, survey: Int, at now: Instant
    ) {
        folders[folder]?.isSurveyed = true
        guard let known = folders[folder], known.surveyCount == survey else { return }
        let assets = known.assets
        for (name, asset) in assets {
            if names.contains(name) {
                folders[folder]?.assets[name]?.removedAt = nil
            } else if asset.removedAt == nil {
                folders[folder]?.assets[name]?.removedAt = now
            }
        }
    }

    /// The asset of a name that is not there any more, while its grace lasts.
    mutating func remainder(
        profile: Int, folder path: [UInt8], name: [UInt8], at now: Instant
    ) -> Remainder? {
        guard let number = numbers[FolderKey(profile: profile, path: path)],
            let folder = folders[number], let asset = folder.assets[name]
        else { return nil }
        if asset.removedAt == nil { folders[number]?.assets[name]?.removedAt = now }
        let end = (asset.removedAt ?? now) + folder.grace
        return now < end ? Remainder(file: asset.file, now: now, end: end) : nil
    }

    // MARK: The end

    /// An asset whose grace is over.
    struct Expired {
        var profile: Int
        var path: [UInt8]
    }

    /// Lets go of all whose grace is over, and says when the next one's ends.
    mutating func expire(at now: Instant) -> (expired: [Expired], next: Instant) {
        var expired: [Expired] = []
        var next = Instant.distantFuture
        for (number, folder) in folders {
            for (name, asset) in folder.assets {
                guard let removedAt = asset.removedAt else { continue }
                let end = removedAt + folder.grace
                if now < end {
                    next = min(next, end)
                } else {
                    folders[number]?.assets[name] = nil
                    assetCount -= 1
                    let path = folder.key.path + [UInt8(ascii: "/")] + name
                    expired.append(Expired(profile: folder.key.profile, path: path))
                }
            }
        }
        return (expired, next)
    }

    /// Makes room by letting go of the asset that was removed first; false if all are there still.
    private mutating func dropOldest() -> Bool {
        var oldest: (number: Int, name: [UInt8], removedAt: Instant)?
        for (number, folder) in folders {
            for (name, asset) in folder.assets {
                guard let removedAt = asset.removedAt else { continue }
                if let known = oldest, known.removedAt <= removedAt { continue }
                oldest = (number, name, removedAt)
            }
        }
        guard let oldest else { return false }
        folders[oldest.number]?.assets[oldest.name] = nil
        assetCount -= 1
        return true
    }
}
