// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The open log files, shared by all threads.

internal import OS
internal import Synchronization

/// The files that log lines go to.
///
/// Why: one lock for all. Threads write once a turn, so it is hardly ever contended, and reopening
///      under it loses no line.
package final class LogFiles: Sendable {
    private let files: [LogFile]
    private let descriptors: Mutex<[Int32]>

    /// Opens all files for appending.
    ///
    /// - Throws: the path and the reason of the first one that cannot be opened.
    init(_ files: [LogFile]) throws(OpenFailure) {
        self.files = files
        var numbers: [Int32] = []
        for file in files { numbers.append(try Self.open(file)) }
        descriptors = Mutex(numbers)
    }

    /// Log files that keep nothing.
    init(quiet count: Int) {
        files = Array(repeating: LogFile(destination: .none), count: count)
        descriptors = Mutex(Array(repeating: -1, count: count))
    }

    struct OpenFailure: Error {
        let path: [UInt8]
        let error: Errno
    }

    private static func open(_ file: LogFile) throws(OpenFailure) -> Int32 {
        switch file.destination {
        case .none: return -1
        case .standardError: return 2
        case .standardOutput: return 1
        case .file(let path):
            do throws(Errno) {
                return try FileSystem.open(path, [.write, .append, .create], mode: 0o644).take()
            } catch {
                throw OpenFailure(path: path, error: error)
            }
        }
    }

    /// Appends lines to a file.
    ///
    /// What a full disk does not take is lost; serving goes on.
    func write(_ lines: RawSpan, to index: Int) {
        descriptors.withLock { numbers in
            guard index < numbers.count, numbers[index] >= 0 else { return }
            Process.write(lines, to: numbers[index])
        }
    }

    /// Opens all files anew, after they were moved away.
    ///
    /// One that cannot be opened stays as it is.
    func reopen() -> [OpenFailure] {
        var failures: [OpenFailure] = []
        for (index, file) in files.enumerated() {
            guard case .file = file.destination else { continue }
            do throws(OpenFailure) {
                let fresh = try Self.open(file)
                let old = descriptors.withLock { numbers in
                    let old = numbers[index]
                    numbers[index] = fresh
                    return old
                }
                _ = FileDescriptor(owning: old)
            } catch {
                failures.append(error)
            }
        }
        return failures
    }
}
