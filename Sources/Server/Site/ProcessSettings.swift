// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the main level of a configuration says about processes.

/// The main level.
struct ProcessSettings: Sendable {
    /// `worker_processes`: threads; nil means one for each CPU of the quota.
    var threadCount: Int?
    /// `worker_connections`, for each thread.
    var connectionLimit = 512
    /// `ssl_handshakes_per_turn`, for each thread.
    var handshakesPerTurn = 4
    /// `worker_rlimit_nofile`.
    var openFilesLimit: Int?
    /// `worker_shutdown_timeout`; 0 means no bound.
    ///
    /// Units: milliseconds.
    var shutdownTimeout = 0
    /// `pid`.
    var processFile: [UInt8]?
    /// `daemon`.
    var runsAsDaemon = false
    /// `user`.
    var user: String?
    var group: String?
    /// `file_cache`, which stands at the http level but holds for the whole process.
    var fileCache = FileCacheSettings()
    /// The main `error_log`s.
    var errors: [ErrorLog] = []
}
