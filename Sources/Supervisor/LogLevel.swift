// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How grave a line of the error log is.

/// The levels of `error_log`, the gravest first.
package enum LogLevel: Int, Comparable, Sendable {
    case emergency, alert, critical, error, warning, notice, information, debug

    package static func < (left: LogLevel, right: LogLevel) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The word in the line, as nginx writes it.
    package var name: StaticString {
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
