// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Opening files below a directory so that nothing outside of it can be reached, whatever the name
// says and whoever swaps directories for links meanwhile.

internal import CShims
internal import Glibc

extension FileSystem {
    /// Opens without ever hanging on a pipe or device; with a `root`, only what lies below it.
    ///
    /// With a root the path is relative to it, and neither `..` nor a symbolic link nor /proc's
    /// links lead out (EXDEV). Symbolic links that stay inside are followed, unless `followsLinks`
    /// is false (ELOOP). Where the kernel lacks openat2, or a sandbox refuses it, no link is
    /// followed.
    package static func openBeneath(
        root: Int32?, _ path: borrowing some FilePath & ~Copyable & ~Escapable,
        _ flags: OpenFlags = .read, followsLinks: Bool = true
    ) throws(Errno) -> FileDescriptor {
        let all = flags.rawValue | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
        guard let root else {
            return FileDescriptor(
                owning: try unsafe path.withCPath { unsafe Glibc.open($0, all, 0) })
        }
        let resolve =
            Resolve.beneath | Resolve.noMagicLinks | (followsLinks ? 0 : Resolve.noSymbolicLinks)
        for _ in 0..<raceLimit {
            do {
                return FileDescriptor(
                    owning: try unsafe path.withCPath {
                        unsafe cshims_openat2(root, $0, UInt64(UInt32(bitPattern: all)), 0, resolve)
                    })
            } catch {
                // Something was renamed while the kernel followed a `..`: it asks to try again.
                if error == .again { continue }
                guard error == .noSystemCall || error == .notPermitted else { throw error }
                return try walk(from: root, path: bytes(of: path), flags: all)
            }
        }
        throw .crossesDevices
    }

    private static var raceLimit: Int { 32 }

    /// Opens one name after the other, and follows no link.
    static func walk(from root: Int32, path: [UInt8], flags: Int32) throws(Errno) -> FileDescriptor
    {
        guard path.first != slash else { throw .crossesDevices }
        let names = path.split(separator: slash, omittingEmptySubsequences: true)
        guard let last = names.last else { throw .noSuchFile }
        for name in names where name == [0x2E, 0x2E] { throw .crossesDevices }
        let toDirectory = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | pathOnly
        var directory = try openOne(root, ".", toDirectory)
        for name in names.dropLast() {
            directory = try openOne(directory.number, Array(name), toDirectory)
        }
        // A slash at the end asks for a directory.
        let directoryOnly = path.last == slash ? O_DIRECTORY : 0
        return try openOne(directory.number, Array(last), flags | O_NOFOLLOW | directoryOnly)
    }

    static func openOne(
        _ directory: Int32, _ name: some FilePath, _ flags: Int32
    ) throws(Errno) -> FileDescriptor {
        FileDescriptor(
            owning: try unsafe name.withCPath { unsafe openat(directory, $0, flags) })
    }

    static var slash: UInt8 { 0x2F }

    /// O_PATH, which asks for no permission to read the directory.
    static var pathOnly: Int32 { 0x20_0000 }

    /// The kernel's RESOLVE_ bits.
    enum Resolve {
        static var noMagicLinks: UInt64 { 0x2 }
        static var noSymbolicLinks: UInt64 { 0x4 }
        static var beneath: UInt64 { 0x8 }
    }
}
