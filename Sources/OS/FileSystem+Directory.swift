// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is in a directory.

internal import Glibc

/// One name in a directory.
package struct DirectoryEntry: Hashable, Sendable {
    package let name: [UInt8]
    /// As the directory says it: links are not followed, and some file systems only say `other`.
    package let kind: FileStatus.Kind
}

extension FileSystem {
    /// The names in a directory, without `.` and `..`, in no particular order.
    package static func listDirectory(
        _ path: borrowing some FilePath & ~Copyable & ~Escapable
    ) throws(Errno) -> [DirectoryEntry] {
        let number = try open(path, [.read, .directory]).take()
        guard let stream = unsafe fdopendir(number) else {
            let error = Errno.current
            close(number)
            throw error
        }
        defer { unsafe closedir(stream) }
        var entries: [DirectoryEntry] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe name(of: entry)
            guard name != [0x2E], name != [0x2E, 0x2E] else { continue }
            entries.append(DirectoryEntry(name: name, kind: kind(unsafe entry.pointee.d_type)))
        }
        return entries
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return [] }
        let start = unsafe UnsafeRawPointer(entry) + offset
        let length = unsafe strlen(start.assumingMemoryBound(to: CChar.self))
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: length))
    }

    private static func kind(_ type: UInt8) -> FileStatus.Kind {
        switch Int(type) {
        case Int(DT_REG): .regular
        case Int(DT_DIR): .directory
        case Int(DT_LNK): .symbolicLink
        case Int(DT_SOCK): .socket
        default: .other
        }
    }
}
