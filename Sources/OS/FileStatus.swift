// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the file system knows about a file besides its bytes.

internal import Glibc

/// The part of stat(2) that a web server asks for.
package struct FileStatus: BitwiseCopyable, Hashable, Sendable {
    package enum Kind: BitwiseCopyable, Hashable, Sendable {
        case regular
        case directory
        case symbolicLink
        case socket
        case other
    }

    package let kind: Kind
    package let size: Int
    package let modifiedSeconds: Int
    package let modifiedNanoseconds: Int
    package let changedSeconds: Int
    package let changedNanoseconds: Int
    package let inode: UInt64
    package let device: UInt64
    /// The permission bits.
    package let mode: UInt32
    package let userID: UInt32
    package let groupID: UInt32

    init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            case S_IFSOCK: .socket
            default: .other
            }
        size = Int(status.st_size)
        modifiedSeconds = status.st_mtim.tv_sec
        modifiedNanoseconds = status.st_mtim.tv_nsec
        changedSeconds = status.st_ctim.tv_sec
        changedNanoseconds = status.st_ctim.tv_nsec
        inode = UInt64(status.st_ino)
        device = UInt64(status.st_dev)
        mode = UInt32(status.st_mode) & 0o7777
        userID = UInt32(status.st_uid)
        groupID = UInt32(status.st_gid)
    }
}
