// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The log lines of one thread that are not written yet.

internal import Compression
internal import EventLoop
internal import Memory
internal import OS

/// Collects lines: those of most logs are written once a turn, those of logs with a buffer when it
/// is full or has waited long enough.
struct LogWriter: ~Copyable {
    let files: LogFiles
    /// A line that is being made.
    var line = Buffer(capacity: 512)
    private var outlets: Slab<Outlet>
    /// Indices of logs that have lines to be written in this turn.
    private var pending: [Int] = []
    /// When the first of the logs with a buffer has waited long enough.
    private(set) var nextDeadline = Instant.distantFuture
    /// What could not be written, to be told.
    private(set) var failures: [LogFiles.WriteFailure] = []

    /// The lines of one log.
    ///
    /// Why not private: a build of a file that holds a writer needs its symbols (6.3.1).
    struct Outlet: ~Copyable {
        let kind: LogFile.Destination.Kind
        /// nil for a log that is written in each turn.
        let batch: LogBatch?
        var lines = Buffer(capacity: 0)
        /// When the lines have waited long enough.
        var deadline = Instant.distantFuture
    }

    init(_ files: LogFiles) {
        self.files = files
        outlets = Slab(capacity: max(1, files.files.count))
        for file in files.files {
            // There is room for all.
            _ = outlets.insert(Outlet(kind: file.destination.kind, batch: file.batch))
        }
    }

    // MARK: Lines

    func isSyslog(_ log: Int) -> Bool { outlets[log].kind == .syslog }

    /// Appends a line with its end to a log.
    ///
    /// - Parameter isUrgent: whether it is not to wait in a buffer.
    mutating func append(
        _ line: borrowing Buffer, to log: Int, now: Instant, isUrgent: Bool = false
    ) {
        guard outlets[log].kind != .none else { return }
        if let batch = outlets[log].batch {
            append(line, to: log, batch, now)
            if isUrgent { flush(log) }
            return
        }
        if outlets[log].lines.isEmpty { pending.append(log) }
        outlets[log].lines.append(contentsOf: line)
        if outlets[log].lines.count >= Self.flushByteCount { flush(log) }
    }

    private mutating func append(
        _ line: borrowing Buffer, to log: Int, _ batch: LogBatch, _ now: Instant
    ) {
        if outlets[log].lines.count + line.count > batch.byteCount { flush(log) }
        if outlets[log].lines.isEmpty, let delay = batch.delay {
            outlets[log].deadline = now + Int64(delay)
            nextDeadline = min(nextDeadline, outlets[log].deadline)
        }
        outlets[log].lines.append(contentsOf: line)
        if outlets[log].lines.count > batch.byteCount { flush(log) }
    }

    /// Sends a line without its end to a syslog server.
    ///
    /// - Parameter level: nil for a line that is of no level.
    /// - Returns: why it is lost, if that should be told now.
    func send(
        _ line: borrowing Buffer, to log: Int, level: LogLevel?, _ clock: borrowing LoopClock
    ) -> Errno? {
        files.send(line, to: log, severity: level?.rawValue, at: clock.wallMilliseconds / 1000)
    }

    // MARK: Writing

    /// Writes what is to be written in this turn.
    mutating func flush() {
        guard !pending.isEmpty else { return }
        for log in pending { flush(log) }
        pending.removeAll(keepingCapacity: true)
    }

    /// Writes everything, before files are reopened and at the end.
    mutating func flushAll() {
        for log in 0..<outlets.occupiedLimit { flush(log) }
        pending.removeAll(keepingCapacity: true)
    }

    /// Writes what has waited long enough.
    mutating func flushDue(at now: Instant) {
        guard nextDeadline <= now else { return }
        nextDeadline = .distantFuture
        for log in 0..<outlets.occupiedLimit {
            if outlets[log].deadline <= now { flush(log) }
            nextDeadline = min(nextDeadline, outlets[log].deadline)
        }
    }

    mutating func takeFailures() -> [LogFiles.WriteFailure] {
        defer { failures = [] }
        return failures
    }

    private mutating func flush(_ log: Int) {
        outlets[log].deadline = .distantFuture
        guard !outlets[log].lines.isEmpty else { return }
        let level = outlets[log].batch?.gzipLevel ?? 0
        let failure =
            level > 0
            ? writeMember(log, level) : files.write(outlets[log].lines.readableBytes, to: log)
        if let failure { failures.append(failure) }
        outlets[log].lines.removeAll()
    }

    /// Writes the lines as one member of a gzip file.
    private func writeMember(_ log: Int, _ level: Int) -> LogFiles.WriteFailure? {
        guard
            let member = Encoder.encode(outlets[log].lines.readable, as: .gzip, level: level)
        else { return nil }
        return unsafe files.write(member.span.bytes, to: log)
    }

    /// What is collected before it is written in the middle of a turn.
    private static var flushByteCount: Int { 32 << 10 }
}
