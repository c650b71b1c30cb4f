// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How many descriptors this process may have open.

internal import Glibc

/// A limit that the kernel enforces: `soft` now, `hard` as far as it may be raised.
package struct ResourceLimit: BitwiseCopyable, Hashable, Sendable {
    package var soft: UInt
    package var hard: UInt

    package init(soft: UInt, hard: UInt) {
        self.soft = soft
        self.hard = hard
    }

    package static func openFiles() throws(Errno) -> ResourceLimit {
        var limit = rlimit()
        _ = try check { unsafe getrlimit(resource, &limit) }
        return ResourceLimit(soft: limit.rlim_cur, hard: limit.rlim_max)
    }

    package static func setOpenFiles(_ limit: ResourceLimit) throws(Errno) {
        var value = rlimit(rlim_cur: limit.soft, rlim_max: limit.hard)
        _ = try check { unsafe setrlimit(resource, &value) }
    }

    private static var resource: Int32 { Int32(RLIMIT_NOFILE.rawValue) }

    /// Raises the soft limit of open files as far as it goes.
    package static func raiseOpenFiles() throws(Errno) {
        let limit = try openFiles()
        guard limit.soft < limit.hard else { return }
        try setOpenFiles(ResourceLimit(soft: limit.hard, hard: limit.hard))
    }
}
