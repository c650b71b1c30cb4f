// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The supervisor's own lines in the error log, in nginx's shape.

internal import OS

/// Appends lines to the error log.
struct SupervisorLog: ~Copyable {
    /// Where lines go.
    private(set) var destination = LogDestination.standardError

    /// The least grave line that is written.
    var threshold = LogLevel.error

    /// The open file, unless lines go to standard error.
    private var file: FileDescriptor?

    /// The name before lines that are written for a human who is watching the start.
    static let programName = "beranda"

    /// Opens the destination; keeps the old one when that fails.
    mutating func open(_ destination: LogDestination) throws(Errno) {
        switch destination {
        case .standardError: file = nil
        case .file(let path):
            file = try FileSystem.open(path, [.write, .append, .create], mode: 0o644)
        }
        self.destination = destination
    }

    /// Opens the destination again, after the file was renamed.
    mutating func reopen() throws(Errno) { try open(destination) }

    /// Writes a line if it is grave enough.
    func write(_ level: LogLevel, _ message: String) {
        guard level <= threshold else { return }
        let time = LocalTime(seconds: WallTime.now().seconds)
        emit(Self.line(level, message, at: time, process: Process.id))
    }

    /// Writes a line that must not be overlooked: also to standard error, for who started this.
    func announce(_ level: LogLevel, _ message: String) {
        write(level, message)
        guard case .file = destination else { return }
        Self.tell("\(Self.programName): [\(level.name)] \(message)")
    }

    /// Writes a text as it is to standard error.
    static func tell(_ text: String) {
        let bytes = Array(text.utf8) + (text.hasSuffix("\n") ? [] : [UInt8(ascii: "\n")])
        Process.write(bytes, to: 2)
    }

    /// The descriptor behind the log.
    var number: Int32 {
        switch file {
        case .some(let file): file.number
        case .none: 2
        }
    }

    /// One line, as in `2026/11/23 06:15:00 [notice] 123#0: message`.
    static func line(
        _ level: LogLevel, _ message: String, at time: LocalTime, process: ProcessID
    ) -> String {
        let date = "\(time.year)/\(padded(time.month))/\(padded(time.day))"
        let clock = "\(padded(time.hour)):\(padded(time.minute)):\(padded(time.second))"
        return "\(date) \(clock) [\(level.name)] \(process)#0: \(message)\n"
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// Writes with one call, so that lines of several processes do not mix.
    private func emit(_ line: String) {
        Process.write(Array(line.utf8), to: number)
    }
}
