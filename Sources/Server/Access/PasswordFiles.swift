// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The htpasswd files of a worker: read once, and again when they have changed.

internal import OS

/// The password files that a worker has read.
///
/// Cost: asking for one takes one system call, to see whether it has changed.
struct PasswordFiles: ~Copyable {
    private struct Entry {
        let status: FileStatus
        let file: PasswordFile
        /// Whether the file had rested long enough when it was read: a change within the same
        /// tick of the kernel's clock leaves no trace.
        let isSettled: Bool
    }

    private var entries: [[UInt8]: Entry] = [:]

    /// The content of the file at a path.
    ///
    /// - Parameter wallSeconds: what time it is.
    mutating func file(
        at path: [UInt8], wallSeconds: Int
    ) throws(Errno) -> PasswordFile {
        let status = try FileSystem.status(path)
        if let entry = entries[path], entry.isSettled, entry.status == status { return entry.file }
        // A path may have variables in it, and so have any number of values.
        if entries.count >= Self.countLimit { entries.removeAll() }
        entries[path] = nil
        let descriptor = try FileSystem.open(path, [.read, .nonBlocking])
        let opened = try descriptor.status()
        guard opened.kind != .directory else { throw .isDirectory }
        guard opened.kind == .regular else { throw .invalid }
        let file = PasswordFile(try descriptor.readAll(limit: Self.byteLimit))
        entries[path] = Entry(
            status: opened, file: file,
            isSettled: opened.changedSeconds < wallSeconds - Self.settlingTime)
        return file
    }

    private static var countLimit: Int { 64 }
    private static var byteLimit: Int { 16 << 20 }
    /// Units: seconds.
    private static var settlingTime: Int { 2 }
}
