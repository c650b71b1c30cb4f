// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A directory that is read name by name, and what its names stand for.

internal import Glibc

/// An open directory.
///
/// What a name stands for is asked of this very directory, whatever its path leads to meanwhile.
@safe package struct DirectoryReader: ~Copyable {
    private let stream: OpaquePointer

    /// Takes over a directory that is open for reading.
    package init(_ directory: consuming FileDescriptor) throws(Errno) {
        let number = directory.take()
        guard let stream = unsafe fdopendir(number) else {
            let error = Errno.current
            close(number)
            throw error
        }
        unsafe self.stream = stream
    }

    deinit { unsafe closedir(stream) }

    /// The next name, in no particular order, `.` and `..` among them; nil behind the last one.
    package mutating func next() throws(Errno) -> [UInt8]? {
        // Only an error sets it.
        errno = 0
        guard let entry = unsafe readdir(stream) else {
            if Errno.current.rawValue == 0 { return nil }
            throw .current
        }
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return nil }
        let start = unsafe UnsafeRawPointer(entry) + offset
        let length = unsafe strlen(start.assumingMemoryBound(to: CChar.self))
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: length))
    }

    /// What a name in the directory stands for.
    package func status(of name: [UInt8], followsLink: Bool) throws(Errno) -> FileStatus {
        var result = stat()
        let directory = unsafe dirfd(stream)
        _ = try unsafe name.withCPath {
            unsafe fstatat(directory, $0, &result, followsLink ? 0 : AT_SYMLINK_NOFOLLOW)
        }
        return FileStatus(result)
    }
}
