// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Opening files without following symbolic links, whoever swaps names for links meanwhile.

internal import CShims
internal import Glibc

extension FileSystem {
    /// Opens a path below a directory through no symbolic link; with `exceptOwn` through those
    /// whose owner also owns what they lead to.
    ///
    /// A link at the end is ELOOP, one on the way ENOTDIR. `..` is a directory like any other. It
    /// never hangs on a pipe or device.
    /// Spec: nginx `disable_symlinks`.
    package static func openRefusingLinks(
        root: Int32, _ path: [UInt8], _ flags: OpenFlags = .read, exceptOwn: Bool
    ) throws(Errno) -> FileDescriptor {
        let all = flags.rawValue | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
        if !exceptOwn {
            do throws(Errno) {
                return FileDescriptor(
                    owning: try unsafe (path.isEmpty ? [dot] : path).withCPath {
                        unsafe cshims_openat2(
                            root, $0, UInt64(UInt32(bitPattern: all)), 0,
                            Resolve.noMagicLinks | Resolve.noSymbolicLinks)
                    })
            } catch {
                // A link; or a kernel or sandbox without that call. Step by step it is known which.
                guard error == .loop || error == .noSystemCall || error == .notPermitted else {
                    throw error
                }
            }
        }
        let names = path.split(separator: slash)
        guard let last = names.last else { return try openOne(root, ".", all) }
        let toDirectory = O_DIRECTORY | O_CLOEXEC | pathOnly
        var directory = try openOne(root, ".", toDirectory)
        for name in names.dropLast() {
            directory = try step(directory.number, Array(name), toDirectory, exceptOwn: exceptOwn)
        }
        // A slash at the end asks for a directory.
        let directoryOnly = path.last == slash ? O_DIRECTORY : 0
        return try step(
            directory.number, Array(last), all | directoryOnly, exceptOwn: exceptOwn)
    }

    private static func step(
        _ directory: Int32, _ name: [UInt8], _ flags: Int32, exceptOwn: Bool
    ) throws(Errno) -> FileDescriptor {
        guard exceptOwn else { return try openOne(directory, name, flags | O_NOFOLLOW) }
        let place = try openOne(directory, name, pathOnly | O_NOFOLLOW | O_CLOEXEC)
        let link = try place.status()
        guard link.kind == .symbolicLink else {
            return try openOne(directory, name, flags | O_NOFOLLOW)
        }
        // The target of this very link, whatever the name stands for by now.
        let target = try openOne(directory, try target(of: place), flags)
        guard try target.status().userID == link.userID else { throw .loop }
        return target
    }

    /// Where a symbolic link leads that was opened without following it.
    private static func target(of link: borrowing FileDescriptor) throws(Errno) -> [UInt8] {
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let number = link.number
        let count = try check {
            unsafe target.withUnsafeMutableBytes { room in
                guard let text = unsafe room.baseAddress?.assumingMemoryBound(to: CChar.self) else {
                    return -1
                }
                return Int32(clamping: unsafe readlinkat(number, "", text, room.count))
            }
        }
        return Array(target[..<Int(count)])
    }

    private static var dot: UInt8 { 0x2E }
}
