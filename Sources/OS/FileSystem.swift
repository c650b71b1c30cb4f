// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Files by their names.

internal import Glibc

/// How a file is opened.
///
/// Close-on-exec and no-controlling-terminal always come on top.
package struct OpenFlags: OptionSet, Sendable {
    package let rawValue: Int32
    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static var read: OpenFlags { OpenFlags(rawValue: O_RDONLY) }
    package static var write: OpenFlags { OpenFlags(rawValue: O_WRONLY) }
    package static var readWrite: OpenFlags { OpenFlags(rawValue: O_RDWR) }
    package static var append: OpenFlags { OpenFlags(rawValue: O_APPEND) }
    package static var create: OpenFlags { OpenFlags(rawValue: O_CREAT) }
    /// Together with `create`: the file must not exist, not even as a symbolic link.
    package static var exclusive: OpenFlags { OpenFlags(rawValue: O_EXCL) }
    package static var truncate: OpenFlags { OpenFlags(rawValue: O_TRUNC) }
    package static var directory: OpenFlags { OpenFlags(rawValue: O_DIRECTORY) }
    /// Not for reading: to ask about it, or as a directory to open others from.
    package static var pathOnly: OpenFlags { OpenFlags(rawValue: FileSystem.pathOnly) }
    package static var noFollow: OpenFlags { OpenFlags(rawValue: O_NOFOLLOW) }
    /// Opening a pipe or a device does not hang.
    package static var nonBlocking: OpenFlags { OpenFlags(rawValue: O_NONBLOCK) }
}

package enum FileSystem {
    package static func open(
        _ path: borrowing some FilePath & ~Copyable & ~Escapable, _ flags: OpenFlags = .read,
        mode: UInt32 = 0o644
    ) throws(Errno) -> FileDescriptor {
        let all = flags.rawValue | O_CLOEXEC | O_NOCTTY
        return FileDescriptor(
            owning: try unsafe path.withCPath { unsafe Glibc.open($0, all, mode_t(mode)) })
    }

    // MARK: Asking

    /// Follows a symbolic link at the end unless told otherwise.
    package static func status(
        _ path: borrowing some FilePath & ~Copyable & ~Escapable, followsLink: Bool = true
    ) throws(Errno) -> FileStatus {
        var result = stat()
        _ = try unsafe path.withCPath {
            unsafe fstatat(AT_FDCWD, $0, &result, followsLink ? 0 : AT_SYMLINK_NOFOLLOW)
        }
        return FileStatus(result)
    }

    package static func currentDirectory() throws(Errno) -> [UInt8] {
        guard let text = unsafe getcwd(nil, 0) else { throw .current }
        defer { unsafe free(text) }
        return unsafe bytes(text)
    }

    /// The absolute path without symbolic links.
    package static func realPath(
        _ path: borrowing some FilePath & ~Copyable & ~Escapable
    ) throws(Errno) -> [UInt8] {
        var result: [UInt8] = []
        _ = try unsafe path.withCPath {
            guard let text = unsafe realpath($0, nil) else { return -1 }
            result = unsafe bytes(text)
            unsafe free(text)
            return 0
        }
        return result
    }

    // MARK: Changing

    package static func unlink(
        _ path: borrowing some FilePath & ~Copyable & ~Escapable
    ) throws(Errno) {
        _ = try unsafe path.withCPath { unsafe Glibc.unlink($0) }
    }

    package static func rename(
        _ path: borrowing some FilePath & ~Copyable & ~Escapable,
        to newPath: borrowing some FilePath & ~Copyable & ~Escapable
    ) throws(Errno) {
        let source = try bytes(of: path).map { CChar(bitPattern: $0) } + [0]
        _ = try unsafe newPath.withCPath { unsafe Glibc.rename(source, $0) }
    }

    package static func makeDirectory(
        _ path: borrowing some FilePath & ~Copyable & ~Escapable, mode: UInt32 = 0o755
    ) throws(Errno) {
        _ = try unsafe path.withCPath { unsafe mkdir($0, mode_t(mode)) }
    }

    package static func removeDirectory(
        _ path: borrowing some FilePath & ~Copyable & ~Escapable
    ) throws(Errno) {
        _ = try unsafe path.withCPath { unsafe rmdir($0) }
    }

    package static func setMode(
        _ path: borrowing some FilePath & ~Copyable & ~Escapable, _ mode: UInt32
    ) throws(Errno) {
        _ = try unsafe path.withCPath { unsafe chmod($0, mode_t(mode)) }
    }

    package static func setOwner(
        _ path: borrowing some FilePath & ~Copyable & ~Escapable, user: UInt32, group: UInt32
    ) throws(Errno) {
        _ = try unsafe path.withCPath { unsafe chown($0, user, group) }
    }

    package static func makeSymbolicLink(
        _ path: borrowing some FilePath & ~Copyable & ~Escapable,
        to target: borrowing some FilePath & ~Copyable & ~Escapable
    ) throws(Errno) {
        let text = try bytes(of: target).map { CChar(bitPattern: $0) } + [0]
        _ = try unsafe path.withCPath { unsafe symlink(text, $0) }
    }

    /// The bytes of a path, for names made from it.
    static func bytes(
        of path: borrowing some FilePath & ~Copyable & ~Escapable
    ) throws(Errno) -> [UInt8] {
        var result: [UInt8] = []
        _ = try unsafe path.withCPath {
            result = unsafe bytes($0)
            return 0
        }
        return result
    }

    private static func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
        unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
    }
}
