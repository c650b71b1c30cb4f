// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about connections from clients.

/// Limits and timeouts towards clients.
///
/// Why: plain numbers only, so that a copy touches no reference count.
/// Units: milliseconds and bytes. A timeout of 0 for `keepAliveTimeout` turns keep-alive off.
struct ClientSettings: BitwiseCopyable, Sendable {
    /// `client_header_timeout`: the whole head must arrive within it.
    var headTimeout = 60_000
    /// `client_body_timeout`: between two reads of content.
    var contentTimeout = 60_000
    /// `send_timeout`: between two writes.
    var sendTimeout = 60_000
    /// `keepalive_timeout`: how long an idle connection stays open.
    var keepAliveTimeout = 75_000
    /// The second argument of `keepalive_timeout`, in seconds: what `Keep-Alive` tells the client.
    var keepAliveHeaderSeconds = 0
    /// `keepalive_requests`.
    var keepAliveRequestLimit = 1_000
    /// `keepalive_time`: the age after which a connection is closed when its request is done.
    var keepAliveTime = 3_600_000
    /// `keepalive_min_timeout`: how long a connection rests at least, even if room is short.
    var keepAliveMinimum = 0
    /// `keepalive_disable`.
    var agentsNotKept: OldAgents = .explorer
    /// `reset_timedout_connection`.
    var resetsLateConnections = false
    /// `client_max_body_size`; 0 means no limit.
    var contentByteLimit = 1 << 20
    /// `client_body_buffer_size`: content beyond it goes to a file.
    var contentBufferSize = 16 << 10
    /// `client_body_in_file_only`.
    var contentFile: ContentFile = .whenLarge
    /// `client_header_buffer_size`.
    var headBufferSize = 1 << 10
    /// `large_client_header_buffers`: number and size.
    var largeHeadBufferCount = 4
    var largeHeadBufferSize = 8 << 10
    /// `max_headers`.
    var fieldLimit = 100
    /// `underscores_in_headers`.
    var allowsUnderscores = false
    /// `ignore_invalid_headers`.
    var ignoresInvalidFields = true
    /// `merge_slashes`.
    var mergesSlashes = true
    /// `lingering_close`.
    var lingers: Lingering = .on
    /// `lingering_time`.
    var lingeringTime = 30_000
    /// `lingering_timeout`.
    var lingeringTimeout = 5_000

    enum Lingering: BitwiseCopyable, Sendable { case off, on, always }

    /// When the content of a request goes to a file, and what becomes of that.
    enum ContentFile: BitwiseCopyable, Sendable {
        /// What does not fit into memory, to a file without a name.
        case whenLarge
        /// All of it, to a file that stays.
        case kept
        /// All of it, to a file that goes with the request.
        case removed
    }

    /// Browsers that cannot be trusted with connections that are kept.
    struct OldAgents: OptionSet, BitwiseCopyable, Sendable {
        let rawValue: UInt8
        /// Old versions of Internet Explorer, after a POST.
        static let explorer = OldAgents(rawValue: 1)
        /// Safari on macOS.
        static let safari = OldAgents(rawValue: 2)
    }
}
