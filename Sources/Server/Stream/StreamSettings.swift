// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about sessions of `stream`.

internal import OS

/// The directives of `stream` that servers inherit and that no request has.
struct StreamSettings: Sendable {
    var policy = StreamPolicy()
    /// `ssl_alpn`, as ALPN has them: each behind its length.
    var protocols: [UInt8] = []
    /// `proxy_upload_rate`: bytes a second from the client; nil for no limit.
    var uploadRate: Template?
    /// `proxy_download_rate`: bytes a second to the client; nil for no limit.
    var downloadRate: Template?
}

/// The numbers and switches of sessions.
///
/// Why: apart from what has references, so that a copy touches no count.
/// Units: milliseconds and bytes.
struct StreamPolicy: BitwiseCopyable, Sendable {
    /// `proxy_timeout`: between two transfers in either direction.
    var timeout = 600_000
    /// `proxy_buffer_size`: what is held of each direction.
    var bufferSize = 16 << 10
    /// `preread_buffer_size`.
    var prereadBufferSize = 16 << 10
    /// `preread_timeout`.
    var prereadTimeout = 30_000
    /// `proxy_protocol_timeout`.
    var proxyHeaderTimeout = 30_000
    /// `ssl_handshake_timeout`.
    var handshakeTimeout = 60_000
    /// `health_check_timeout`.
    var healthTimeout = 5_000
    /// `ssl_preread`.
    var readsHello = false
    /// `proxy_protocol`: the header that the peer is sent.
    var sentHeader = SentHeader.none
    /// `proxy_half_close`.
    var closesHalves = false
    /// `proxy_requests`: datagrams of a client that make a session; 0 for any number.
    var requestLimit = 0
    /// `proxy_responses`: datagrams that answer each of them; nil for any number.
    var responseLimit: Int?

    /// Which header of the PROXY protocol is sent.
    enum SentHeader: BitwiseCopyable, Sendable { case none, line, binary }
}
