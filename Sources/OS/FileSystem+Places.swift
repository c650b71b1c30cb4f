// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Where a name leads, and what kind of file system is there.

internal import CShims
internal import Glibc

extension FileSystem {
    /// Where a symbolic link points; EINVAL when the path is not one.
    package static func readLink(
        _ path: borrowing some FilePath & ~Copyable & ~Escapable
    ) throws(Errno) -> [UInt8] {
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = try unsafe path.withCPath { path in
            unsafe target.withUnsafeMutableBytes { room in
                guard let text = unsafe room.baseAddress?.assumingMemoryBound(to: CChar.self) else {
                    return -1
                }
                return Int32(clamping: unsafe readlink(path, text, room.count))
            }
        }
        return Array(target[..<Int(count)])
    }

    /// Whether other machines can change files there without this kernel's knowledge.
    ///
    /// A path that cannot be asked about counts as local: opening it will fail as well.
    package static func isRemote(_ path: borrowing some FilePath & ~Copyable & ~Escapable) -> Bool {
        var type: Int64 = -1
        do throws(Errno) {
            _ = try unsafe path.withCPath { path in
                type = unsafe cshims_file_system_type(path)
                return 0
            }
        } catch {
            return false
        }
        return remoteTypes.contains(type)
    }

    /// The magic numbers of statfs(2): NFS, SMB, CIFS, SMB2, FUSE, 9P, Ceph, AFS, VirtualBox.
    private static let remoteTypes: [Int64] = [
        0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42, 0x6573_5546, 0x0102_1997, 0x00C3_6400,
        0x5346_414F, 0x786F_4256,
    ]
}
