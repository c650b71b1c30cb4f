// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Processes: ends, signals, identity.
//
// This file knows nothing of what the processes are for.

internal import CShims
internal import Glibc

/// The number of a process.
package struct ProcessID: BitwiseCopyable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    package var description: String { "\(rawValue)" }
}

/// How a process ended.
package enum ExitReason: BitwiseCopyable, Equatable, Sendable {
    /// It ended by itself, with this code.
    case exited(Int32)
    /// A signal ended it, and perhaps left a core file.
    case signalled(Int32, dumpedCore: Bool)
}

/// This process and its children.
package enum Process {
    /// The number of this process.
    package static var id: ProcessID { ProcessID(rawValue: getpid()) }

    /// The number of the process that started this one, or of the one that took it over.
    package static var parentID: ProcessID { ProcessID(rawValue: getppid()) }

    /// Whether this process may act as any user.
    package static var isPrivileged: Bool { geteuid() == 0 }

    /// Whose rights this process has.
    package static var userID: UInt32 { geteuid() }

    /// Makes ended children wait to be collected.
    ///
    /// A program may have been started with the wish to ignore them, and would learn of no end.
    package static func expectChildren() { _ = cshims_expect_children() }

    /// Collects one child that ended, without waiting.
    ///
    /// As process 1 that includes orphans, which nobody else would collect.
    package static func reap() -> (id: ProcessID, reason: ExitReason)? {
        var code: Int32 = 0
        var number: Int32 = 0
        var dumpedCore: Int32 = 0
        let id = unsafe cshims_reap(&code, &number, &dumpedCore)
        guard id > 0 else { return nil }
        let reason: ExitReason =
            number == 0 ? .exited(code) : .signalled(number, dumpedCore: dumpedCore != 0)
        return (ProcessID(rawValue: id), reason)
    }

    /// Sends a signal to one process; never to a group, whatever the number.
    package static func send(_ signal: Int32, to id: ProcessID) throws(Errno) {
        guard id.rawValue > 0 else { throw Errno(rawValue: ESRCH) }
        guard kill(id.rawValue, signal) == 0 else { throw Errno.current }
    }

    /// Asks the kernel for a signal when the parent dies.
    ///
    /// A change of user takes the wish back, so wish after it; and the parent may have died before,
    /// so compare `parentID` after it.
    package static func setParentDeathSignal(_ signal: Int32) throws(Errno) {
        guard cshims_set_parent_death_signal(signal) == 0 else { throw Errno.current }
    }

    /// Becomes another user for good.
    ///
    /// Groups first, then the group, then the user: in any other order the rights to do the rest
    /// would be gone, or be kept.
    package static func setUser(_ identity: UserIdentity) throws(Errno) {
        let groups = identity.supplementaryGroups
        let (user, group) = (identity.userID, identity.groupID)
        guard unsafe setgroups(groups.count, groups) == 0, cshims_set_group(group) == 0,
            cshims_set_user(user) == 0
        else { throw Errno.current }
        // A kernel that says yes and does something else would be a fault with a name of its own.
        guard getuid() == user, geteuid() == user, getgid() == group, getegid() == group,
            user == 0 || setuid(0) != 0
        else { throw Errno(rawValue: EPERM) }
    }

    /// Sets which rights new files are born without.
    package static func setFileCreationMask(_ mask: UInt32) { _ = umask(mask) }

    /// Sets the short name that `ps` and `top` show; the kernel keeps fifteen bytes.
    package static func setName(_ name: StaticString) {
        name.withUTF8Buffer { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { text in
                unsafe cshims_name_thread(text.baseAddress)
            }
        }
    }

    /// Puts another open file in the place of standard input, output or error.
    package static func redirect(_ standard: Int32, to descriptor: Int32) throws(Errno) {
        _ = try check { dup2(descriptor, standard) }
    }

    /// Ends this process at once, with this code.
    package static func exit(_ code: Int32) -> Never { Glibc.exit(code) }

    /// The environment of this process, as `NAME=value`.
    package static var environment: [String] {
        var result: [String] = []
        guard var entry = unsafe cshims_environment() else { return result }
        while let text = unsafe entry.pointee {
            unsafe result.append(String(cString: text))
            unsafe entry += 1
        }
        return result
    }

    /// The value of an environment variable.
    package static func environmentValue(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}
