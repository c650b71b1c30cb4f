// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What tells one state of a file from another.

internal import OS

/// What the system said about a file; a different stamp is a different file, or other contents.
struct FileStamp: Equatable, Sendable, BitwiseCopyable {
    var device: UInt64
    var inode: UInt64
    var byteCount: Int
    var modified: WallTime
    var changed: WallTime

    init(_ status: FileStatus) {
        device = status.device
        inode = status.inode
        byteCount = status.size
        modified = WallTime(
            seconds: status.modifiedSeconds, nanoseconds: status.modifiedNanoseconds)
        changed = WallTime(seconds: status.changedSeconds, nanoseconds: status.changedNanoseconds)
    }

    var modifiedSeconds: Int { modified.seconds }

    func isOlder(than other: FileStamp) -> Bool {
        modified.seconds < other.modified.seconds
    }
}
