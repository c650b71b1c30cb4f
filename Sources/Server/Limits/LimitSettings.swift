// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about how much a client may ask for.

/// `limit_req…` and `limit_conn…`.
struct LimitSettings: Sendable {
    /// `limit_req`.
    var requests = LevelList<RequestLimit>()
    /// `limit_conn`.
    var connections = LevelList<ConnectionLimit>()
    var policy = LimitPolicy()

    /// Whether anything is limited.
    var isOn: Bool { !requests.isEmpty || !connections.isEmpty }
}

/// How limits are kept.
struct LimitPolicy: BitwiseCopyable, Sendable {
    /// `limit_req_status`, `limit_req_log_level`, `limit_req_dry_run`.
    var requests = Refusal()
    /// `limit_conn_status`, `limit_conn_log_level`, `limit_conn_dry_run`.
    var connections = Refusal()

    /// What becomes of a request that is too much.
    struct Refusal: BitwiseCopyable, Sendable {
        var status = 503
        var logLevel = LogLevel.error
        /// Whether it is only told.
        var isDry = false

        /// A delay is told one level below.
        var delayLogLevel: LogLevel {
            LogLevel(rawValue: min(logLevel.rawValue + 1, LogLevel.information.rawValue))
                ?? .information
        }
    }
}
