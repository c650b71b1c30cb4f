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

    /// Opens the files that rights are needed for which the process is about to give up.
    ///
    /// Why: a folder of logs may be closed to the user that serves. Links are not followed: who may
    ///      write to the folder could otherwise have any file written to.
    package init(privileged site: Site) {
        files = site.logFiles
        let numbers = site.logFiles.map { file in
            (try? Self.open(file, followsLink: false)) ?? Self.closed
        }
        descriptors = Mutex(numbers)
    }

    /// Opens the files that are not open yet.
    ///
    /// - Throws: the path and the reason of the first one that cannot be opened.
    func openRest() throws(OpenFailure) {
        for (index, file) in files.enumerated() {
            guard case .file = file.destination,
                descriptors.withLock({ $0[index] == Self.closed })
            else { continue }
            let number = try Self.open(file)
            descriptors.withLock { $0[index] = number }
        }
    }

    /// Log files that keep nothing.
    init(quiet count: Int) {
        files = Array(repeating: LogFile(destination: .none), count: count)
        descriptors = Mutex(Array(repeating: -1, count: count))
    }

    /// The descriptor of the main error log, for what is written without us.
    package func errorDescriptor(of site: Site) -> Int32 {
        let index = site.processes.errorFile
        return descriptors.withLock { index < $0.count && $0[index] >= 0 ? $0[index] : 2 }
    }

    /// What stands for a file that is not open.
    private static var closed: Int32 { -1 }

    struct OpenFailure: Error {
        let path: [UInt8]
        let error: Errno
    }

    private static func open(
        _ file: LogFile, followsLink: Bool = true
    ) throws(OpenFailure) -> Int32 {
        switch file.destination {
        case .none: return closed
        case .standardError: return 2
        case .standardOutput: return 1
        case .file(let path):
            do throws(Errno) {
                var flags: OpenFlags = [.write, .append, .create]
                if !followsLink { flags.formUnion([.noFollow, .nonBlocking]) }
                return try FileSystem.open(path, flags, mode: 0o644).take()
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
