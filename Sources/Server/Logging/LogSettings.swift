// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about logs.

internal import Memory
internal import OS

/// `access_log` and `error_log` of a level, and what goes with them.
struct LogSettings: Sendable {
    var access = LevelList<AccessLog>()
    /// The level of the last `access_log off`.
    var levelOfOff: Int?
    private(set) var errors = LevelList<ErrorLog>()
    /// The least grave line that any of the error logs wants.
    private(set) var errorLevel: LogLevel = .error
    /// `log_subrequest`.
    var logsSubrequests = false
    /// `open_log_file_cache`; nil for `off`.
    var fileCache: LogFileCacheSettings?

    /// Adds an error log at a level; the first one there hides those of the levels around it.
    mutating func addError(_ log: ErrorLog, at level: Int) {
        errors.append(log, at: level)
        errorLevel = errors.elements.map(\.level).max() ?? .emergency
    }
}

/// One `error_log`.
struct ErrorLog: Sendable, Equatable {
    /// An index of `Site.logFiles`.
    var file: Int
    /// The least grave line that it wants.
    var level: LogLevel
}

/// One `access_log`.
struct AccessLog: Sendable {
    /// Where lines go.
    enum Outlet: Sendable {
        /// An index of `Site.logFiles`.
        case file(Int)
        /// A file that each request names.
        case path(LogPath)
    }

    var outlet: Outlet
    var format: LogFormat
    /// `if=`.
    var condition: Template?
}

/// How a `log_format` writes bytes that could forge a line.
enum LogEscaping: Sendable { case standard, json, none }

/// How lines are collected before they are written: `buffer=`, `flush=` and `gzip`.
struct LogBatch: Sendable, Equatable {
    var byteCount: Int
    /// How long a line may wait; nil for as long as there is room.
    ///
    /// Units: milliseconds.
    var delay: Int?
    /// 0 for none.
    var gzipLevel = 0
}

/// The values of `open_log_file_cache`.
struct LogFileCacheSettings: Sendable, Equatable {
    /// Which cache: each directive makes one.
    var number: Int
    var entryLimit: Int
    /// Units: milliseconds.
    var inactiveTime = 10_000
    /// Units: milliseconds.
    var validTime = 60_000
    var useMinimum = 1
}

/// The path of a log file that has variables in it.
struct LogPath: Sendable {
    let template: Template
    /// How many steps to a folder above the configuration itself has in it.
    let climbCount: Int

    init(_ template: Template) {
        self.template = template
        var shape: [UInt8] = []
        for segment in template.segments {
            // A name that is no step, wherever it stands.
            if case .literal(let text) = segment { shape += text } else { shape.append(0x78) }
        }
        climbCount = Self.climbCount(of: shape.span)
    }

    /// Whether the path is none that a client could lead elsewhere with its values.
    func admits(_ path: Span<UInt8>) -> Bool {
        path.firstOffset(of: 0) == nil && Self.climbCount(of: path) == climbCount
    }

    /// How many parts of a path are "..".
    private static func climbCount(of path: Span<UInt8>) -> Int {
        var count = 0
        var start = 0
        while start <= path.count {
            let end = path.firstOffset(of: UInt8(ascii: "/"), from: start) ?? path.count
            let part = path.extracting(start..<end)
            if part.count == 2, part[0] == UInt8(ascii: "."), part[1] == UInt8(ascii: ".") {
                count += 1
            }
            start = end + 1
        }
        return count
    }
}

/// How grave a line of the error log is.
enum LogLevel: Int, Sendable, Comparable {
    case emergency, alert, critical, error, warning, notice, information, debug

    static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }

    /// The name in a configuration and between brackets in a line.
    var name: StaticString {
        switch self {
        case .emergency: "emerg"
        case .alert: "alert"
        case .critical: "crit"
        case .error: "error"
        case .warning: "warn"
        case .notice: "notice"
        case .information: "info"
        case .debug: "debug"
        }
    }
}
