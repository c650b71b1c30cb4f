// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Log files whose names come from requests, and those of them that stay open.

internal import EventLoop
internal import OS
internal import Synchronization

/// Files of an `access_log` with variables in its path.
///
/// Spec: nginx `open_log_file_cache`: a file stays open once it was used `min_uses` times, until it
///       was not used for `inactive`, or `max` others were used since; after `valid` it is looked
///       whether its name still stands for it.
/// Limits: `max` files for each directive.
final class NamedLogFiles: Sendable {
    private let caches = Mutex<[Int: [[UInt8]: Entry]]>([:])

    private struct Entry {
        /// nil while it is not used enough to stay open.
        var file: SharedDescriptor?
        var useCount = 0
        var usedAt: Instant
        var checkedAt: Instant
    }

    /// Appends a line; says why that failed.
    func write(
        _ line: RawSpan, to path: [UInt8], _ cache: LogFileCacheSettings?, _ now: Instant
    ) -> Errno? {
        do throws(Errno) {
            guard let cache else {
                let file = try Self.open(path)
                return Process.write(line, to: file.number)
            }
            let file = try file(at: path, cache, now)
            return Process.write(line, to: file.number)
        } catch {
            return error
        }
    }

    /// Closes all files, after they were moved away.
    func closeAll() { caches.withLock { $0 = [:] } }

    private func file(
        at path: [UInt8], _ cache: LogFileCacheSettings, _ now: Instant
    ) throws(Errno) -> SharedDescriptor {
        try caches.withLock { caches throws(Errno) in
            try Self.file(at: path, cache, now, in: &caches[cache.number, default: [:]])
        }
    }

    private static func file(
        at path: [UInt8], _ cache: LogFileCacheSettings, _ now: Instant,
        in entries: inout [[UInt8]: Entry]
    ) throws(Errno) -> SharedDescriptor {
        var entry = entries[path] ?? Entry(usedAt: now, checkedAt: now)
        if now - entry.usedAt >= Int64(cache.inactiveTime) {
            entry = Entry(usedAt: now, checkedAt: now)
        }
        entry.useCount += 1
        entry.usedAt = now
        if let file = entry.file {
            let isChecked = now - entry.checkedAt < Int64(cache.validTime)
            if isChecked || file.isNamed(path) {
                if !isChecked { entry.checkedAt = now }
                entries[path] = entry
                return file
            }
        }
        entries[path] = nil
        let file = SharedDescriptor(try open(path))
        entry.checkedAt = now
        entry.file = entry.useCount >= cache.useMinimum ? file : nil
        makeRoom(in: &entries, cache, now)
        entries[path] = entry
        return file
    }

    /// Forgets the files that were not used for long, and the oldest one if that is not enough.
    private static func makeRoom(
        in entries: inout [[UInt8]: Entry], _ cache: LogFileCacheSettings, _ now: Instant
    ) {
        guard entries.count >= cache.entryLimit else { return }
        entries = entries.filter { now - $0.value.usedAt < Int64(cache.inactiveTime) }
        guard entries.count >= cache.entryLimit,
            let oldest = entries.min(by: { $0.value.usedAt < $1.value.usedAt })
        else { return }
        entries[oldest.key] = nil
    }

    /// Why not blocking: a name may be that of a pipe that nobody reads.
    private static func open(_ path: [UInt8]) throws(Errno) -> FileDescriptor {
        try FileSystem.open(path, [.write, .append, .create, .nonBlocking], mode: 0o644)
    }
}

/// A descriptor that several hold.
private final class SharedDescriptor: Sendable {
    private let descriptor: FileDescriptor

    init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }

    var number: Int32 { descriptor.number }

    /// Whether a path still stands for the file.
    func isNamed(_ path: [UInt8]) -> Bool {
        guard let named = try? FileSystem.status(path), let opened = try? descriptor.status()
        else { return false }
        return named.inode == opened.inode && named.device == opened.device
    }
}
