// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about HTTP/2.

internal import Configuration

/// The rows of HTTP/2.
enum HTTP2Directives {
    static let rows = present + obsolete

    private static let present: [Directive<LevelDraft>] = [
        .simple(
            "http2", in: [.http, .server], .flag, default: "off",
            summary: """
                Whether clients may speak HTTP/2: by ALPN where there is TLS, and where there is \
                none by beginning with its preface.
                """
        ) { $0.settings.http2.isOn = try $1.flag() },
        .simple(
            "http2_max_concurrent_streams", in: [.http, .server], .exactly(1), syntax: "number",
            default: "128", summary: "How many streams a client may have open at once."
        ) { $0.settings.http2.concurrentStreamLimit = try $1.integer(0, in: 1...1 << 30) },
        .simple(
            "http2_body_preread_size", in: [.http, .server], .exactly(1), syntax: "size",
            default: "64k",
            summary: "What a stream may send of its content before somebody takes it."
        ) { level, invocation in
            let size = try invocation.size(0)
            guard size <= Int(Int32.max) else {
                throw invocation.invalidValue(at: 0, expected: "expected at most 2147483647")
            }
            level.settings.http2.prereadSize = size
        },
        .simple(
            "http2_chunk_size", in: .httpServerLocation, .exactly(1), syntax: "size",
            default: "8k", summary: "How much of a response goes into one frame."
        ) { level, invocation in
            let size = try invocation.size(0)
            guard size > 0, size <= 16_777_215 else {
                throw invocation.invalidValue(at: 0, expected: "expected 1 to 16777215")
            }
            level.settings.http2.chunkSize = size
        },
        .simple(
            "http2_recv_buffer_size", in: [.http], .exactly(1), syntax: "size", default: "256k",
            summary: "How much is received of one connection before others have their turn."
        ) { level, invocation in
            let size = try invocation.size(0)
            guard size >= 32 else {
                throw invocation.invalidValue(at: 0, expected: "expected 32 or more")
            }
            level.settings.http2.receiveBufferSize = size
        },
    ]

    /// What nginx had once; it warns of it and goes on.
    private static let obsolete: [Directive<LevelDraft>] = [
        .obsolete("http2_recv_timeout", instead: "client_header_timeout"),
        .obsolete("http2_idle_timeout", instead: "keepalive_timeout"),
        .obsolete("http2_max_requests", instead: "keepalive_requests"),
        .obsolete("http2_max_field_size", instead: "large_client_header_buffers"),
        .obsolete("http2_max_header_size", instead: "large_client_header_buffers"),
        .obsolete("http2_max_concurrent_pushes"),
        .obsolete("http2_push", in: .httpServerLocation),
        .obsolete("http2_push_preload", in: .httpServerLocation),
        .ignored(
            "http2_pool_size", in: [.http, .server], .exactly(1), syntax: "size",
            why: "memory is taken as streams need it"),
    ]
}

extension Directive<LevelDraft> {
    /// A directive that means nothing any more.
    fileprivate static func obsolete(
        _ name: String, instead: String? = nil, in places: Contexts = [.http, .server]
    ) -> Self {
        .simple(
            name, in: places, .exactly(1), syntax: "value", repeats: true,
            summary: instead.map { "Obsolete: use `\($0)`." }
                ?? "Obsolete: browsers have given up what it was for."
        ) { _, invocation in
            invocation.warn(
                instead.map {
                    "the \"\(name)\" directive is obsolete, use the \"\($0)\" directive instead"
                } ?? "the \"\(name)\" directive is obsolete, ignored")
        }
    }
}
