// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The supervisor's own lines in the error log, in nginx's shape.

internal import OS

/// Appends lines to the error logs.
struct SupervisorLog: ~Copyable {
    /// Where lines go.
    var plans: [ErrorLogPlan] { outlets.map(\.plan) }

    private var outlets = [Outlet(ErrorLogPlan(.standardError))]

    /// The name before lines that are written for a human who is watching the start.
    static let programName = "beranda"

    /// A log that is open.
    private final class Outlet {
        let plan: ErrorLogPlan
        /// The open file, unless lines go elsewhere.
        private let file: FileDescriptor?
        private let sender: SyslogSender?

        /// Standard error.
        init(_ plan: ErrorLogPlan) {
            self.plan = plan
            file = nil
            sender = nil
        }

        init(opening plan: ErrorLogPlan) throws(OpenFailure) {
            self.plan = plan
            switch plan.destination {
            case .standardError:
                file = nil
                sender = nil
            case .file(let path):
                do throws(Errno) {
                    file = try FileSystem.open(path, [.write, .append, .create], mode: 0o644)
                } catch {
                    throw OpenFailure(path: path, error: error)
                }
                sender = nil
            case .syslog(let server):
                file = nil
                sender = SyslogSender(server)
            }
        }

        /// The descriptor behind it; nil when there is none.
        var number: Int32? {
            if sender != nil { return nil }
            switch file {
            case .some(let file): return file.number
            case .none: return 2
            }
        }

        /// Writes with one call, so that lines of several processes do not mix.
        func write(_ level: LogLevel, _ line: String, at seconds: Int) {
            if let number { return Process.write(Array(line.utf8), to: number) }
            guard let sender else { return }
            let head = sender.server.head(
                severity: level.rawValue, at: LocalTime(seconds: seconds))
            let message = (head + Array(line.utf8.dropLast())).prefix(SyslogServer.errorByteLimit)
            // Without the server the line is lost; the other logs have it.
            _ = unsafe sender.send(Array(message).span.bytes, at: seconds)
        }
    }

    /// A file that cannot be opened.
    typealias OpenFailure = LogFiles.Failure

    /// Opens the logs; keeps the old ones when that fails.
    mutating func open(_ plans: [ErrorLogPlan]) throws(OpenFailure) {
        var opened: [Outlet] = []
        for plan in plans { opened.append(try Outlet(opening: plan)) }
        outlets = opened
    }

    /// Opens the logs again, after files were renamed.
    mutating func reopen() throws(OpenFailure) { try open(plans) }

    /// Writes a line where it is grave enough.
    func write(_ level: LogLevel, _ message: String) {
        let seconds = WallTime.now().seconds
        let time = LocalTime(seconds: seconds)
        for outlet in outlets where level <= outlet.plan.level {
            outlet.write(
                level, Self.line(level, message, at: time, process: Process.id), at: seconds)
        }
    }

    /// Writes a line that must not be overlooked: also to standard error, for who started this.
    func announce(_ level: LogLevel, _ message: String) {
        write(level, message)
        guard !isOnStandardError else { return }
        Self.tell("\(Self.programName): [\(level.name)] \(message)")
    }

    /// Whether who started this sees the lines.
    var isOnStandardError: Bool { plans.contains { $0.destination == .standardError } }

    /// Writes a text as it is to standard error.
    static func tell(_ text: String) {
        let bytes = Array(text.utf8) + (text.hasSuffix("\n") ? [] : [UInt8(ascii: "\n")])
        Process.write(bytes, to: 2)
    }

    /// The descriptor behind the first log that has one.
    var number: Int32 { outlets.lazy.compactMap(\.number).first ?? 2 }

    /// One line, as in `2026/11/23 06:15:00 [notice] 123#0: message`.
    static func line(
        _ level: LogLevel, _ message: String, at time: LocalTime, process: ProcessID
    ) -> String {
        let date = "\(time.year)/\(padded(time.month))/\(padded(time.day))"
        let clock = "\(padded(time.hour)):\(padded(time.minute)):\(padded(time.second))"
        return "\(date) \(clock) [\(level.name)] \(process)#0: \(message)\n"
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
