// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about logs.

/// `access_log` and `error_log` of a level.
struct LogSettings: Sendable {
    var access = LevelList<AccessLog>()
    /// An index of `Site.logFiles`, or nil for the one of the level above.
    var errorFile: Int?
    var errorLevel: LogLevel = .error
}

/// One `access_log`.
struct AccessLog: Sendable {
    /// An index of `Site.logFiles`.
    var file: Int
    var format: Template
    var escaping: LogEscaping
    /// `if=`.
    var condition: Template?
}

/// How a `log_format` writes bytes that could forge a line.
enum LogEscaping: Sendable { case standard, json, none }

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
