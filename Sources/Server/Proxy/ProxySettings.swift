// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about passing requests on.

/// The `proxy_…` directives of a level.
///
/// Units: milliseconds and bytes.
struct ProxySettings: Sendable {
    /// `proxy_set_header`.
    var setFields = LevelList<SetField>()
    /// `proxy_hide_header`, in lower case.
    var hiddenFields = LevelList<[UInt8]>()
    /// `proxy_pass_header`, in lower case.
    var passedFields = LevelList<[UInt8]>()
    var heads = PeerHeadSettings()
    /// `proxy_limit_rate`; nil for no limit.
    var limitRate: Template?
    /// `proxy_bind`, meaningful while `policy.bindsSource`.
    var bind: ProxyBind?
    /// `proxy_temp_path`.
    var temporaryPath = Settings.usualTemporaryPath
    var policy = ProxyPolicy()
}

/// One `proxy_bind`.
struct ProxyBind: Sendable {
    /// An address, with a port or without; empty for none.
    var address: Template
}

/// The numbers and switches of `proxy_…`.
///
/// Why: apart from the lists, so that a copy touches no reference count.
struct ProxyPolicy: BitwiseCopyable, Sendable {
    var connectTimeout = 60_000
    var sendTimeout = 60_000
    var readTimeout = 60_000
    /// `proxy_next_upstream`.
    var nextUpstream: RetryConditions = [.error, .timeout]
    /// `proxy_next_upstream_tries`; 0 means no limit.
    var triesLimit = 0
    /// `proxy_next_upstream_timeout`; 0 means no limit.
    var triesTimeout = 0
    /// `proxy_hold` and `proxy_hold_requests`.
    var hold = HoldSettings()
    /// `proxy_request_buffering`.
    var requestBuffering = RequestBuffering.small
    /// `proxy_intercept_errors`.
    var interceptsErrors = false
    /// `proxy_ignore_client_abort`.
    var ignoresClientAbort = false
    /// `proxy_pass_trailers`.
    var passesTrailers = false
    /// `proxy_buffer_size`: the limit of a peer's head.
    var headByteLimit = 64 << 10
    /// `proxy_buffering`.
    var buffers = true
    /// `proxy_buffers`: how many, and how large.
    var bufferCount = 8
    var bufferSize = 4 << 10
    /// `proxy_buffer_size` as it was written.
    var headBufferSize = 4 << 10
    /// `proxy_busy_buffers_size`; 0 unless set.
    var busyByteLimit = 0
    /// `proxy_max_temp_file_size`.
    var fileByteLimit = 1 << 30
    /// `proxy_temp_file_write_size`; 0 unless set.
    var fileStepByteLimit = 0
    /// `proxy_force_ranges`.
    var forcesRanges = false
    /// `proxy_ignore_headers`.
    var ignoredFields: PeerFields = []
    /// `proxy_http_version 1.0`.
    var usesHTTP10 = false
    /// `proxy_pass_request_headers`.
    var passesFields = true
    /// `proxy_pass_request_body`.
    var passesContent = true
    /// `proxy_error_details`.
    var errorDetails = Disclosure.nobody
    /// `server_timing`.
    var timing = Disclosure.nobody
    /// `proxy_bind` other than `off`, and with `transparent`.
    var bindsSource = false
    var bindsTransparently = false
    /// `proxy_socket_keepalive`.
    var keepsSocketsAlive = false
    /// Who is asked for names that variables give (`resolver`): 0 is the system.
    var resolver = 0
    /// `resolver_timeout`.
    var resolverTimeout = 30_000

    /// How much of an answer is kept in memory for a client that is slower than the peer.
    var buffersByteCount: Int { bufferCount &* bufferSize }
    /// What is written to a file at once.
    var fileWriteByteLimit: Int { fileStepByteLimit > 0 ? fileStepByteLimit : 64 << 10 }
}

/// The fields by which a peer tells proxies what to do.
struct PeerFields: OptionSet, BitwiseCopyable, Sendable {
    let rawValue: UInt8
    static let redirect = PeerFields(rawValue: 1 << 0)
    static let limitRate = PeerFields(rawValue: 1 << 1)
    static let charset = PeerFields(rawValue: 1 << 2)
    static let buffering = PeerFields(rawValue: 1 << 3)
}

/// What content of requests is received before a peer is asked.
enum RequestBuffering: BitwiseCopyable, Sendable {
    /// What is known to fit `client_body_buffer_size`.
    case small
    /// `on`.
    case always
    /// `off`.
    case never
}

/// One `proxy_set_header`.
struct SetField: Sendable {
    var name: [UInt8]
    var value: Template
}

/// When a request is tried with another peer.
struct RetryConditions: OptionSet, BitwiseCopyable, Sendable {
    let rawValue: UInt32
    static let error = RetryConditions(rawValue: 1 << 0)
    static let timeout = RetryConditions(rawValue: 1 << 1)
    static let invalidHeader = RetryConditions(rawValue: 1 << 2)
    static let http500 = RetryConditions(rawValue: 1 << 3)
    static let http502 = RetryConditions(rawValue: 1 << 4)
    static let http503 = RetryConditions(rawValue: 1 << 5)
    static let http504 = RetryConditions(rawValue: 1 << 6)
    static let http403 = RetryConditions(rawValue: 1 << 7)
    static let http404 = RetryConditions(rawValue: 1 << 8)
    static let http429 = RetryConditions(rawValue: 1 << 9)
    static let nonIdempotent = RetryConditions(rawValue: 1 << 10)
    static let off = RetryConditions(rawValue: 1 << 11)
}
