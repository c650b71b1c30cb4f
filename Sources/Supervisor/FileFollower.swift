// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Notices when files change, whether they are written, replaced, or reached by other links.
//
// It compares what the file system says of them, and reads none of them.

internal import OS

/// Files that belong together by groups, and what they were like when they were last looked at.
///
/// The directories in which something can happen are watched: that of the file, and that of every
/// link on the way to it. Where a directory is not there yet, it is the last one that is.
struct FileFollower: ~Copyable {
    /// How long after an event the files are looked at: what writes one often writes another.
    ///
    /// Units: milliseconds.
    static let settlingTime: Int64 = 50

    /// How often they are looked at where changes are not told.
    ///
    /// Units: milliseconds.
    static let lookStep: Int64 = 1_000

    private let inotify: Inotify?
    private(set) var groups: [[String]] = []
    /// nil for a file that is not there.
    private var stamps: [String: FileStatus?] = [:]
    private var watches: [String: Int32] = [:]
    /// Whether there are changes that nobody tells.
    private var hasBlindSpots = false
    /// When the files are looked at next.
    private(set) var nextLook: Int64?

    init() {
        do throws(Errno) { inotify = try Inotify() } catch { inotify = nil }
    }

    /// What becomes readable when something happens.
    var descriptorNumber: Int32? {
        switch inotify {
        case .some(let inotify): inotify.number
        case .none: nil
        }
    }

    /// Follows these files, and no others.
    mutating func follow(_ groups: [[String]], at now: Int64) {
        self.groups = groups
        stamps = [:]
        watchAll()
        for path in Set(groups.joined()) { stamps.updateValue(Self.status(path), forKey: path) }
        nextLook = hasBlindSpots ? now + Self.lookStep : nil
    }

    /// Takes note that something happened.
    mutating func takeEvents(at now: Int64) {
        switch inotify {
        case .none: return
        case .some(let inotify): while inotify.read({ _, _ in }) {}
        }
        nextLook = min(nextLook ?? .max, now + Self.settlingTime)
    }

    /// The groups of which a file has changed since it was last looked.
    mutating func changedGroups(at now: Int64) -> [Int] {
        guard let due = nextLook, due <= now else { return [] }
        watchAll()
        nextLook = hasBlindSpots ? now + Self.lookStep : nil
        var changed: Set<String> = []
        for (path, old) in stamps {
            let status = Self.status(path)
            guard status != old else { continue }
            stamps.updateValue(status, forKey: path)
            changed.insert(path)
        }
        guard !changed.isEmpty else { return [] }
        return groups.indices.filter { !changed.isDisjoint(with: groups[$0]) }
    }

    private static func status(_ path: String) -> FileStatus? { try? FileSystem.status(path) }

    // MARK: Watching

    private mutating func watchAll() {
        hasBlindSpots = false
        var wanted: Set<String> = []
        for path in Set(groups.joined()) { wanted.formUnion(PathTrail(path).directories) }
        for (path, watch) in watches where !wanted.contains(path) {
            remove(watch)
            watches[path] = nil
        }
        for path in wanted {
            // Again even if it is watched: another directory may have taken its place.
            if let watch = add(path) { watches[path] = watch } else { hasBlindSpots = true }
        }
    }

    private func add(_ path: String) -> Int32? {
        switch inotify {
        case .none: return nil
        case .some(let inotify):
            let watch = try? inotify.add(path, Self.mask)
            // A network file system accepts it, and then tells what this machine did only.
            return FileSystem.isRemote(path) ? nil : watch
        }
    }

    private func remove(_ watch: Int32) {
        switch inotify {
        case .some(let inotify): inotify.remove(watch)
        case .none: break
        }
    }

    private static var mask: FileEvent.Mask {
        [
            .create, .delete, .movedFrom, .movedTo, .modify, .closeWrite, .attributes, .deleteSelf,
            .moveSelf, .onlyDirectory,
        ]
    }
}

/// The way to a file, through links.
struct PathTrail {
    /// The directories in which the way could change.
    private(set) var directories: [String] = []

    /// How many links are followed.
    private static let linkLimit = 40

    private var linkCount = 0

    init(_ path: String) {
        walk(path.split(separator: "/").map(String.init), from: "/")
    }

    private mutating func walk(_ names: [String], from start: String) {
        var directory = start
        for (index, name) in names.enumerated() {
            let isLast = index == names.count - 1
            let path = directory == "/" ? "/" + name : directory + "/" + name
            guard let status = try? FileSystem.status(path, followsLink: false) else {
                return add(directory)
            }
            if status.kind == .symbolicLink {
                add(directory)
                linkCount += 1
                guard linkCount <= Self.linkLimit, let target = try? FileSystem.readLink(path)
                else {
                    return
                }
                let text = String(decoding: target, as: UTF8.self)
                let isAbsolute = text.hasPrefix("/")
                let rest = text.split(separator: "/").map(String.init) + names[(index + 1)...]
                return walk(rest, from: isAbsolute ? "/" : directory)
            }
            if isLast { return add(directory) }
            directory = Self.step(directory, name, path)
        }
    }

    private static func step(_ directory: String, _ name: String, _ path: String) -> String {
        switch name {
        case ".": return directory
        case "..":
            guard let slash = directory.lastIndex(of: "/"), slash != directory.startIndex else {
                return "/"
            }
            return String(directory[..<slash])
        default: return path
        }
    }

    private mutating func add(_ directory: String) {
        if !directories.contains(directory) { directories.append(directory) }
    }
}
