// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Files without a name, and files that change all at once.

internal import CShims
internal import Glibc

extension FileSystem {
    /// A file for reading and writing that nobody else can open, and that goes when it is closed.
    package static func temporaryFile(
        in directory: borrowing some FilePath & ~Copyable & ~Escapable
    ) throws(Errno) -> FileDescriptor {
        do {
            return FileDescriptor(
                owning: try unsafe directory.withCPath { unsafe cshims_open_unnamed($0) })
        } catch {
            // File systems without O_TMPFILE say one of these.
            guard error == .notSupported || error == .isDirectory || error == .invalid else {
                throw error
            }
        }
        let path = try temporaryPath(in: directory)
        let file = try open(path, [.readWrite, .create, .exclusive, .noFollow], mode: 0o600)
        try unlink(path)
        return file
    }

    /// A file that lives in memory only.
    ///
    /// The name is what /proc shows for it.
    package static func memoryFile(_ name: String) throws(Errno) -> FileDescriptor {
        FileDescriptor(owning: try unsafe name.withCPath { unsafe cshims_memory_file($0) })
    }

    /// Gives `path` new content so that a reader sees all of the old or all of the new.
    ///
    /// A symbolic link at `path` is replaced, never followed. The content is not forced to the
    /// disk: this is for files that mean nothing after a crash of the machine. A file that is
    /// `like` another has its permissions and its time of modification from the start.
    package static func replaceFile(
        _ path: borrowing some FilePath & ~Copyable & ~Escapable, content: Span<UInt8>,
        mode: UInt32 = 0o644, like other: FileStatus? = nil
    ) throws(Errno) {
        let temporary = try neighbour(of: path)
        let file = try open(
            temporary, [.write, .create, .exclusive, .noFollow],
            mode: other == nil ? mode : 0o600)
        do {
            try file.writeAll(content)
            if let other { try file.become(like: other) }
            try rename(temporary, to: path)
        } catch {
            _ = try? unlink(temporary)
            throw error
        }
    }

    private static func temporaryPath(
        in directory: borrowing some FilePath & ~Copyable & ~Escapable
    ) throws(Errno) -> [UInt8] {
        var path = try bytes(of: directory)
        path += Array("/.beranda-".utf8)
        return path + randomName()
    }

    /// A new name beside `path`: a rename works only inside one file system.
    private static func neighbour(
        of path: borrowing some FilePath & ~Copyable & ~Escapable
    ) throws(Errno) -> [UInt8] {
        try bytes(of: path) + Array(".".utf8) + randomName()
    }

    private static func randomName() -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return Random.bytes(8).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }
}
