// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Watches directories and reads what happened in them. Knows no entries.

internal import OS

/// One thing that happened in a watched directory.
struct PathEvent {
    /// Which directory.
    var watch: Int32
    /// What in it; empty for the directory itself.
    var name: [UInt8]
    /// Whether the name stands for another file now, or for none.
    var isReplaced: Bool
    /// Whether the watch itself has ended.
    var isGone: Bool
}

/// What somebody wants to know of a directory; each includes those before it.
enum WatchInterest: Comparable {
    /// Whether the way through it is still the same.
    case passage
    /// Which names are in it.
    case names
    /// What is in the files in it.
    case contents
}

/// The kernel's watch on directories.
struct PathWatcher: ~Copyable, Sendable {
    /// Nil where the system gives none: then everything is looked at again after a second.
    private let inotify: Inotify?

    init(isWatching: Bool) {
        guard isWatching else {
            inotify = nil
            return
        }
        do throws(Errno) { inotify = try Inotify() } catch { inotify = nil }
    }

    /// What became of the wish to watch a directory.
    enum Outcome {
        /// With what it tells, which may be more than was asked for.
        case watched(Int32, WatchInterest)
        /// There is no such directory.
        case missing
        /// It is there, but changes in it would not all be seen.
        case unwatchable
    }

    var descriptorNumber: Int32? {
        switch inotify {
        case .some(let inotify): inotify.number
        case .none: nil
        }
    }

    /// Watches a directory.
    func add(_ path: [UInt8], _ interest: WatchInterest) -> Outcome {
        switch inotify {
        case .none: .unwatchable
        case .some(let inotify): Self.add(path, interest, inotify)
        }
    }

    /// Why not the least for every passage: a directory that is removed while somebody is in it
    /// tells that only to those who know its name.
    ///
    /// Nobody removes what lies in directories such as /tmp for all to write in, but they are full
    /// of names that are nobody's business here.
    private static func add(
        _ path: [UInt8], _ wanted: WatchInterest, _ inotify: borrowing Inotify
    ) -> Outcome {
        do throws(Errno) {
            let interest = wanted == .passage && !isShared(path) ? .names : wanted
            let watch = try inotify.add(path, mask(interest))
            // A network file system accepts the watch, and then tells what this machine did only.
            if FileSystem.isRemote(path) { return .unwatchable }
            return .watched(watch, interest)
        } catch {
            return error == .noSuchFile || error == .notDirectory ? .missing : .unwatchable
        }
    }

    func remove(_ watch: Int32) {
        switch inotify {
        case .some(let inotify): inotify.remove(watch)
        case .none: break
        }
    }

    /// Whether something happened since the last call of `read`.
    var hasEvents: Bool {
        switch inotify {
        case .some(let inotify): inotify.hasEvents
        case .none: false
        }
    }

    /// What happened since the last call, one batch of it.
    func read() -> (events: [PathEvent], hasOverflowed: Bool) {
        switch inotify {
        case .some(let inotify): Self.read(inotify)
        case .none: ([], false)
        }
    }

    private static func read(
        _ inotify: borrowing Inotify
    ) -> (events: [PathEvent], hasOverflowed: Bool) {
        var events: [PathEvent] = []
        var hasOverflowed = false
        _ = inotify.read { event, name in
            if event.isOverflow { hasOverflowed = true }
            var bytes: [UInt8] = []
            for i in 0..<name.count { bytes.append(name[i]) }
            events.append(
                PathEvent(
                    watch: event.watch, name: bytes,
                    isReplaced: !event.mask.isDisjoint(with: replacing),
                    isGone: event.mask.contains(.ignored)))
        }
        return (events, hasOverflowed)
    }

    private typealias Mask = FileEvent.Mask

    private static func mask(_ interest: WatchInterest) -> Mask {
        switch interest {
        case .passage: itself
        case .names: names
        case .contents: names.union([.modify, .closeWrite])
        }
    }

    private static var itself: Mask {
        [.attributes, .deleteSelf, .moveSelf, .onlyDirectory, .add]
    }
    private static var names: Mask {
        itself.union([.create, .delete, .movedFrom, .movedTo])
    }

    /// Whether everybody may put names into a directory, but remove only his own.
    private static func isShared(_ path: [UInt8]) -> Bool {
        guard let status = try? FileSystem.status(path) else { return false }
        return status.mode & 0o1002 == 0o1002
    }

    private static var replacing: Mask {
        [.create, .delete, .movedFrom, .movedTo, .deleteSelf, .moveSelf, .unmount, .ignored]
    }
}
