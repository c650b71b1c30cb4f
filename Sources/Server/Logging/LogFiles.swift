// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The open logs, shared by all threads.

internal import EventLoop
internal import Memory
internal import OS
internal import Synchronization

/// What log lines go to: files, syslog servers, and memory.
///
/// Why: one lock for all files. Threads write once a turn, so it is hardly ever contended, and
///      reopening under it loses no line.
package final class LogFiles: Sendable {
    let files: [LogFile]
    private let descriptors: Mutex<[Int32]>
    private let senders: [SyslogSender?]
    private let memories: [MemoryLog?]
    private let named = NamedLogFiles()
    /// By file: when it was last told that it cannot be written.
    private let complaints: Mutex<[Int]>

    /// Opens the files that rights are needed for which the process is about to give up.
    ///
    /// Why: a folder of logs may be closed to the user that serves. Links are not followed: who may
    ///      write to the folder could otherwise have any file written to.
    package convenience init(privileged site: Site) {
        self.init(
            site.logFiles,
            numbers: site.logFiles.map { file in
                (try? Self.open(file, followsLink: false)) ?? Self.closed
            })
    }

    /// Log files that keep nothing.
    convenience init(quiet count: Int) {
        self.init(
            Array(repeating: LogFile(destination: .none), count: count),
            numbers: Array(repeating: Self.closed, count: count))
    }

    private init(_ files: [LogFile], numbers: [Int32]) {
        self.files = files
        descriptors = Mutex(numbers)
        senders = files.map { file in
            guard case .syslog(let server) = file.destination else { return nil }
            return SyslogSender(server)
        }
        memories = files.map { file in
            guard case .memory(let count) = file.destination else { return nil }
            return MemoryLog(byteCount: count)
        }
        complaints = Mutex(Array(repeating: .min, count: files.count))
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

    /// The descriptor of the main error log, for what is written without us.
    package func errorDescriptor(of site: Site) -> Int32 {
        let numbers = descriptors.withLock { $0 }
        return site.processes.errors.map { numbers[$0.file] }.first { $0 >= 0 } ?? 2
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
        case .none, .syslog, .memory: return closed
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

    // MARK: Writing

    /// A log that does not take its lines.
    struct WriteFailure {
        let path: [UInt8]
        let error: Errno
    }

    /// Appends lines to a file.
    ///
    /// What a full disk does not take is lost; serving goes on.
    /// - Returns: why lines are lost, if that should be told now.
    func write(_ lines: RawSpan, to index: Int) -> WriteFailure? {
        if let memory = memories[index] {
            memory.write(lines)
            return nil
        }
        let error: Errno? = descriptors.withLock { numbers in
            guard numbers[index] >= 0 else { return nil }
            return Process.write(lines, to: numbers[index])
        }
        guard let error, case .file(let path) = files[index].destination else { return nil }
        let now = Int(Instant.now().milliseconds)
        return complaints.withLock { complaints in
            guard complaints[index] == .min || now - complaints[index] > Self.complaintInterval
            else { return nil }
            complaints[index] = now
            return WriteFailure(path: path, error: error)
        }
    }

    /// Units: milliseconds.
    private static var complaintInterval: Int { 60_000 }

    /// Appends a line to a file that a request names.
    ///
    /// - Returns: why the file cannot be opened.
    func write(
        _ line: RawSpan, to path: [UInt8], _ cache: LogFileCacheSettings?, _ now: Instant
    ) -> Errno? {
        named.write(line, to: path, cache, now)
    }

    /// Sends a line to a syslog server.
    ///
    /// - Parameter severity: nil for a line of the access log.
    /// - Returns: why it is lost, if that should be told now.
    func send(
        _ line: borrowing Buffer, to index: Int, severity: Int?, at seconds: Int
    ) -> Errno? {
        guard let sender = senders[index] else { return nil }
        let server = sender.server
        var message = Buffer(
            server.head(severity: severity ?? server.severity, at: LocalTime(seconds: seconds)))
        let room = severity == nil ? .max : SyslogServer.errorByteLimit - message.count
        message.append(0..<max(0, min(line.count, room)), of: line)
        return sender.send(message.readableBytes, at: seconds)
    }

    // MARK: Reopening

    /// Opens all files anew, after they were moved away.
    ///
    /// One that cannot be opened stays as it is.
    func reopen() -> [OpenFailure] {
        named.closeAll()
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
