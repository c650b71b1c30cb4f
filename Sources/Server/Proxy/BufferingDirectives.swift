// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about what is taken from a peer before the client can take it.

internal import Configuration

/// The rows of `proxy_buffering` and what belongs to it.
enum BufferingDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "proxy_buffering", in: .httpServerLocation, .flag, default: "on",
            summary: """
                Whether a fast peer is freed from a slow client: what the client does not take \
                at once waits in memory, then in a file. The field `X-Accel-Buffering` of a peer \
                counts before it, and streams of events are never kept.
                """
        ) { $0.settings.proxy.policy.buffers = try $1.flag() },
        .simple(
            "proxy_buffers", in: .httpServerLocation, .exactly(2), syntax: "number size",
            default: "8 4k",
            summary: "How much of a response waits in memory; more of it goes to a file."
        ) { level, invocation in
            let count = try invocation.integer(0, in: 0...1 << 20)
            guard count >= 2 else {
                throw invocation.error(at: 0, "there must be at least 2 \"proxy_buffers\"")
            }
            let size = try invocation.size(1)
            guard size > 0, size <= 1 << 30 else {
                throw invocation.invalidValue(at: 1, expected: "expected a size from 1 to 1g")
            }
            level.settings.proxy.policy.bufferCount = count
            level.settings.proxy.policy.bufferSize = size
        },
        .simple(
            "proxy_buffer_size", in: .httpServerLocation, .exactly(1), syntax: "size",
            default: "64k",
            summary: "How large the head of a peer's response may be; at least 64k are allowed."
        ) { level, invocation in
            let size = try invocation.size(0)
            let least = ProxyPolicy().headByteLimit
            level.settings.proxy.policy.headByteLimit = max(least, min(size, 1 << 30))
            level.settings.proxy.policy.headBufferSize = size
        },
        .simple(
            "proxy_busy_buffers_size", in: .httpServerLocation, .exactly(1), syntax: "size",
            summary: """
                Checked against `proxy_buffers`, and without effect: what a client can take is \
                always sent at once.
                """
        ) { $0.settings.proxy.policy.busyByteLimit = try $1.size(0) },
        .simple(
            "proxy_max_temp_file_size", in: .httpServerLocation, .exactly(1), syntax: "size",
            default: "1024m",
            summary: """
                How large the file behind a response may be; 0 for no file. When it is full, the \
                peer waits for the client.
                """
        ) { $0.settings.proxy.policy.fileByteLimit = try $1.size(0) },
        .simple(
            "proxy_temp_file_write_size", in: .httpServerLocation, .exactly(1), syntax: "size",
            default: "64k", summary: "How much is written to that file at once."
        ) { $0.settings.proxy.policy.fileStepByteLimit = try $1.size(0) },
        .simple(
            "proxy_temp_path", in: .httpServerLocation, .between(1, 4),
            syntax: "path [level1 [level2 [level3]]]", default: "/tmp",
            summary: """
                The folder for those files. They have no names there, so the levels mean nothing. \
                Without a writable folder the peer waits for the client.
                """
        ) { level, invocation in
            for index in invocation.arguments.indices.dropFirst() {
                _ = try invocation.integer(index, in: 1...3)
            }
            level.settings.proxy.temporaryPath = level.site.absolute(invocation.bytes(0))
        },
    ]
}

extension ProxyPolicy {
    /// Refuses sizes that do not fit each other, as nginx does, where they were given.
    func checkBuffers(at location: SourceLocation) throws(Diagnostic) {
        let least = max(headBufferSize, bufferSize)
        let basis =
            "the maximum of the value of \"proxy_buffer_size\" and one of the \"proxy_buffers\""
        if busyByteLimit > 0, busyByteLimit < least {
            throw Diagnostic(
                "\"proxy_busy_buffers_size\" must be equal to or greater than \(basis)",
                at: location)
        }
        if busyByteLimit > (bufferCount - 1) * bufferSize {
            throw Diagnostic(
                "\"proxy_busy_buffers_size\" must be less than the size of all \"proxy_buffers\" "
                    + "minus one buffer", at: location)
        }
        if fileStepByteLimit > 0, fileStepByteLimit < least {
            throw Diagnostic(
                "\"proxy_temp_file_write_size\" must be equal to or greater than \(basis)",
                at: location)
        }
        if fileByteLimit > 0, fileByteLimit < least {
            throw Diagnostic(
                "\"proxy_max_temp_file_size\" must be equal to zero to disable temporary files "
                    + "usage or must be equal to or greater than \(basis)", at: location)
        }
    }
}
