// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Files that workers use and may not read themselves, such as keys: they are watched here, and
// workers are told what is in them when that changes.

internal import OS

/// What the supervisor holds for it.
struct FileKeeping: ~Copyable {
    var follower = FileFollower()
    var feeds: [ProcessID: FileFeed] = [:]
    /// Whether the poller knows the follower.
    var isWatching = false
}

extension Supervisor {
    /// The token of what tells of files: above those of all else.
    static var filesToken: UInt64 { 1 << 56 }

    /// How often it is tried to send what could not be sent at once.
    ///
    /// Units: milliseconds.
    private static var feedStep: Int64 { 20 }

    /// Makes the way on which a new worker hears of files; nil for one that uses none.
    func makeFileSockets(
        _ plan: ProcessPlan
    ) throws(Errno) -> (feed: FileFeed, worker: SharedDescriptor)? {
        guard !plan.followedFiles.isEmpty else { return nil }
        let ends = try Socket.pair().take()
        return (
            FileFeed(FileDescriptor(owning: ends.first)),
            SharedDescriptor(FileDescriptor(owning: ends.second))
        )
    }

    /// Follows the files of the generation that serves.
    mutating func followFiles(_ plan: ProcessPlan) {
        let now = Instant.now().milliseconds
        if !plan.followedFiles.isEmpty, !files.isWatching,
            let descriptor = files.follower.descriptorNumber,
            (try? poller.addLevel(descriptor, token: Self.filesToken)) != nil
        {
            files.isWatching = true
        }
        files.follower.follow(plan.followedFiles, at: now)
    }

    /// Tells a worker that has begun to serve all there is: files may have changed since it, or
    /// the one that it replaces, has read them.
    mutating func feed(_ id: ProcessID) {
        guard let worker = roster.workers.first(where: { $0.id == id }),
            worker.generation == roster.active
        else { return }
        files.feeds[id]?.add(files.follower.groups.indices)
        files.feeds[id]?.flush(files.follower.groups)
    }

    mutating func takeFileEvents() {
        files.follower.takeEvents(at: Instant.now().milliseconds)
    }

    /// Looks at the files when that is due, and tells of those that have changed.
    mutating func lookAfterFiles(at now: Int64) {
        let changed = files.follower.changedGroups(at: now)
        for worker in roster.workers where worker.state != .starting {
            guard let feed = files.feeds[worker.id] else { continue }
            guard worker.generation == roster.active, worker.state == .serving, !feed.isOver else {
                files.feeds[worker.id] = nil
                continue
            }
            feed.add(changed)
            feed.flush(files.follower.groups)
        }
    }

    /// When there is something to do for files next.
    var nextFileDeadline: Int64? {
        let isWaiting = files.feeds.values.contains { $0.isWaiting }
        let retry = isWaiting ? Instant.now().milliseconds + Self.feedStep : nil
        return [files.follower.nextLook, retry].compactMap(\.self).min()
    }
}
