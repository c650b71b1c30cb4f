// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reading, writing and asking about an open file.

internal import CShims
internal import Glibc

extension FileDescriptor {
    package func status() throws(Errno) -> FileStatus {
        var result = stat()
        _ = try check { unsafe fstat(number, &result) }
        return FileStatus(result)
    }

    /// Reads at `offset`, without moving the file's own position.
    package func read(into space: consuming MutableRawSpan, at offset: Int) -> Transfer {
        unsafe space.withUnsafeMutableBytes { room in
            Transfer.of { unsafe pread(number, room.baseAddress, room.count, off_t(offset)) }
        }
    }

    /// Reads from where the last read ended: pipes, terminals.
    package func read(into space: consuming MutableRawSpan) -> Transfer {
        unsafe space.withUnsafeMutableBytes { room in
            Transfer.of { unsafe Glibc.read(number, room.baseAddress, room.count) }
        }
    }

    /// Writes at the file's own position, or at its end when it was opened for appending.
    package func write(_ bytes: RawSpan) -> Transfer {
        unsafe bytes.withUnsafeBytes { part in
            Transfer.of { unsafe Glibc.write(number, part.baseAddress, part.count) }
        }
    }

    package func write(_ bytes: RawSpan, at offset: Int) -> Transfer {
        unsafe bytes.withUnsafeBytes { part in
            Transfer.of { unsafe pwrite(number, part.baseAddress, part.count, off_t(offset)) }
        }
    }

    /// Writes everything, however many calls it takes.
    ///
    /// For regular files only.
    package func writeAll(_ bytes: Span<UInt8>) throws(Errno) {
        var written = 0
        while written < bytes.count {
            let rest = bytes.extracting(written...)
            switch unsafe write(rest.bytes) {
            case .bytes(let count): written += count
            case .wouldBlock: throw .again
            case .endOfStream: throw .noSpace
            case .failed(let error): throw error
            }
        }
    }

    /// Everything from the start to the end; more than `limit` bytes are an error (EFBIG).
    package func readAll(limit: Int = 64 << 20) throws(Errno) -> [UInt8] {
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            var span = chunk.mutableSpan
            switch unsafe read(into: span.mutableBytes, at: content.count) {
            case .bytes(let count):
                guard content.count + count <= limit else { throw Errno(rawValue: EFBIG) }
                content += chunk[..<count]
            case .endOfStream: return content
            case .wouldBlock: throw .again
            case .failed(let error): throw error
            }
        }
    }

    /// Everything that is still to come, as far as `limit` bytes: pipes can be read so, too.
    package func readToEnd(limit: Int = 64 << 20) throws(Errno) -> [UInt8] {
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            var span = chunk.mutableSpan
            switch unsafe read(into: span.mutableBytes) {
            case .bytes(let count):
                guard content.count + count <= limit else { throw Errno(rawValue: EFBIG) }
                content += chunk[..<count]
            case .endOfStream: return content
            case .wouldBlock: throw .again
            case .failed(let error): throw error
            }
        }
    }

    /// Cuts the file, or makes it longer with zeros.
    package func setSize(_ byteCount: Int) throws(Errno) {
        _ = try check { ftruncate(number, off_t(byteCount)) }
    }

    /// Takes over the permissions and the time of modification of another file, and its owner as
    /// far as this process may give files away.
    package func become(like other: FileStatus) throws(Errno) {
        _ = fchown(number, other.userID, other.groupID)
        // The bits that lend the owner's rights are meant for the other content.
        _ = try check { fchmod(number, mode_t(other.mode & 0o777)) }
        try setModified(
            WallTime(seconds: other.modifiedSeconds, nanoseconds: other.modifiedNanoseconds))
    }

    /// Sets the time of modification, and of the last access with it.
    package func setModified(_ time: WallTime) throws(Errno) {
        let time = timespec(tv_sec: time.seconds, tv_nsec: time.nanoseconds)
        let times = [time, time]
        _ = try check { unsafe futimens(number, times) }
    }
}

extension FileSystem {
    /// Reads at `offset` from a file that somebody else holds open, without moving its position.
    package static func read(
        _ descriptor: Int32, into space: consuming MutableRawSpan, at offset: Int
    ) -> Transfer {
        unsafe space.withUnsafeMutableBytes { room in
            Transfer.of { unsafe pread(descriptor, room.baseAddress, room.count, off_t(offset)) }
        }
    }
}
