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
        case watched(Int32)
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

    /// Watches the names in a directory; with `seesContents`, also the contents of its files.
    ///
    /// Why two kinds: directories such as /tmp are on the way to files, but what is written in them
    ///      is nobody's business here.
    func add(_ path: [UInt8], seesContents: Bool) -> Outcome {
        switch inotify {
        case .none: .unwatchable
        case .some(let inotify): Self.add(path, seesContents: seesContents, inotify)
        }
    }

    private static func add(
        _ path: [UInt8], seesContents: Bool, _ inotify: borrowing Inotify
    ) -> Outcome {
        do throws(Errno) {
            let watch = try inotify.add(path, seesContents ? contents : names)
            // A network file system accepts the watch, and then tells what this machine did only.
            if FileSystem.isRemote(path) { return .unwatchable }
            return .watched(watch)
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

    private static var names: Mask {
        [
            .create, .delete, .movedFrom, .movedTo, .attributes, .deleteSelf, .moveSelf,
            .onlyDirectory, .add,
        ]
    }
    private static var contents: Mask { names.union([.modify, .closeWrite]) }
    private static var replacing: Mask {
        [.create, .delete, .movedFrom, .movedTo, .deleteSelf, .moveSelf, .unmount, .ignored]
    }
}
