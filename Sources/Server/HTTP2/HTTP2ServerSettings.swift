// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about HTTP/2.

internal import HTTP2

/// The directives about HTTP/2.
struct HTTP2ServerSettings: BitwiseCopyable, Sendable {
    /// `http2`.
    var isOn = false
    /// `http2_max_concurrent_streams`.
    var concurrentStreamLimit = 128
    /// `http2_body_preread_size`.
    var prereadSize = 64 << 10
    /// `http2_chunk_size`.
    var chunkSize = 8 << 10
    /// `http2_recv_buffer_size`.
    var receiveBufferSize = 256 << 10
}

/// What a listener says about HTTP/2, before a host is known.
struct ListenerHTTP2: BitwiseCopyable, Sendable {
    /// Whether clients may speak it.
    var isOn = false
    /// Whether `listen` says so, for all of its servers.
    var isForAll = false
    var settings = HTTP2Settings()
    var receiveBufferSize = 256 << 10
}
