// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about how fast contents are sent, and how files are.

/// `limit_rate` and `limit_rate_after`.
struct RateSettings: Sendable {
    /// `limit_rate`; nil for no limit.
    var limit: Template?
    /// `limit_rate_after`; nil for nothing.
    var after: Template?
    var sending = SendingPolicy()
}

/// How files are sent.
struct SendingPolicy: BitwiseCopyable, Sendable {
    /// `sendfile`.
    var usesSendfile = true
    /// `sendfile_max_chunk`: what one turn may send of a file; 0 for no limit.
    var chunkByteLimit = 2 << 20
}
