// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about connections from clients.

internal import Configuration

/// The rows of connections from clients.
enum ClientDirectives {
    static var rows: [Directive<LevelDraft>] {
        persistence + timeouts + content + heads + lingering
    }

    private static let persistence: [Directive<LevelDraft>] = [
        .simple(
            "keepalive_timeout", in: .httpServerLocation, .between(1, 2),
            syntax: "timeout [header_timeout]", default: "75s",
            summary: """
                How long an idle connection stays open; 0 closes it after each response. The \
                second value is told the client as `Keep-Alive: timeout=…`.
                """
        ) { level, invocation in
            level.settings.client.keepAliveTimeout = try invocation.time(0)
            guard invocation.arguments.count > 1 else { return }
            level.settings.client.keepAliveHeaderSeconds = try invocation.seconds(1)
        },
        .simple(
            "keepalive_requests", in: .httpServerLocation, .exactly(1), syntax: "number",
            default: "1000", summary: "How many requests one connection may make."
        ) { $0.settings.client.keepAliveRequestLimit = try $1.integer(0) },
        .simple(
            "keepalive_time", in: .httpServerLocation, .exactly(1), syntax: "time", default: "1h",
            summary: "The age after which a connection is closed once its request is answered."
        ) { $0.settings.client.keepAliveTime = try $1.time(0) },
        .simple(
            "keepalive_min_timeout", in: .httpServerLocation, .exactly(1), syntax: "timeout",
            default: "0",
            summary: """
                How long an idle connection stays open at least, even if room is short or the \
                server ends.
                """
        ) { $0.settings.client.keepAliveMinimum = try $1.time(0) },
        .simple(
            "keepalive_disable", in: .httpServerLocation, .atLeast(1), syntax: "none | browser ...",
            default: "msie6", repeats: true,
            summary: """
                Browsers whose connections are closed after a response: `msie6` for old versions \
                of Internet Explorer after a POST, `safari` for Safari on macOS.
                """
        ) { try $0.addAgentsNotKept(&$1) },
    ]

    private static let timeouts: [Directive<LevelDraft>] = [
        .simple(
            "client_header_timeout", in: [.http, .server], .exactly(1), syntax: "time",
            default: "60s", summary: "How long the whole head of a request may take to arrive."
        ) { $0.settings.client.headTimeout = try $1.time(0) },
        .simple(
            "client_body_timeout", in: .httpServerLocation, .exactly(1), syntax: "time",
            default: "60s",
            summary: "How long the client may pause within the content of a request."
        ) { $0.settings.client.contentTimeout = try $1.time(0) },
        .simple(
            "send_timeout", in: .httpServerLocation, .exactly(1), syntax: "time", default: "60s",
            summary: "How long the client may take none of a response."
        ) { $0.settings.client.sendTimeout = try $1.time(0) },
        .simple(
            "reset_timedout_connection", in: .httpServerLocation, .flag, default: "off",
            summary: """
                Whether a connection that took too long, or that is closed by `return 444`, is \
                reset, so that nothing is kept of it.
                """
        ) { $0.settings.client.resetsLateConnections = try $1.flag() },
    ]

    private static let content: [Directive<LevelDraft>] = [
        .simple(
            "client_max_body_size", in: .httpServerLocation, .exactly(1), syntax: "size",
            default: "1m", summary: "Refuses larger content of a request with 413; 0 for no limit."
        ) { $0.settings.client.contentByteLimit = try $1.size(0) },
        .simple(
            "client_body_buffer_size", in: .httpServerLocation, .exactly(1), syntax: "size",
            default: "16k", summary: "How much of a request's content is held in memory."
        ) { $0.settings.client.contentBufferSize = try $1.size(0) },
        .simple(
            "client_body_temp_path", in: .httpServerLocation, .between(1, 4),
            syntax: "path [level1 [level2 [level3]]]", default: "/tmp",
            summary: """
                The folder for content that does not fit into memory, and how many digits name \
                each folder within it. Without a writable folder such content is 413. Only \
                `client_body_in_file_only` gives files names.
                """
        ) { level, invocation in
            level.settings.contentTemporaryPath = level.site.absolute(invocation.bytes(0))
            level.settings.contentPathLevels = []
            for index in invocation.arguments.indices.dropFirst() {
                level.settings.contentPathLevels.append(try invocation.integer(index, in: 1...3))
            }
        },
        .simple(
            "client_body_in_file_only", in: .httpServerLocation, .exactly(1),
            syntax: "on | clean | off", default: "off",
            summary: """
                Whether all content goes to a file whose name `$request_body_file` tells: `on` \
                leaves it there, `clean` removes it with the request.
                """
        ) {
            $0.settings.client.contentFile = try $1.keyword(
                0, ["on": .kept, "clean": .removed, "off": .whenLarge])
        },
    ]

    private static let heads: [Directive<LevelDraft>] = [
        .simple(
            "client_header_buffer_size", in: [.http, .server], .exactly(1), syntax: "size",
            default: "1k", summary: "How large a head may be beside the large buffers."
        ) { $0.settings.client.headBufferSize = try $1.size(0) },
        .simple(
            "large_client_header_buffers", in: [.http, .server], .exactly(2),
            syntax: "number size", default: "4 8k",
            summary: """
                The longest line of a head, and how many of that length a head may have. Beyond \
                them the answer is 414 or 400.
                """
        ) { level, invocation in
            level.settings.client.largeHeadBufferCount = try invocation.integer(0, in: 1...1 << 20)
            let size = try invocation.size(1)
            guard size > 0, size <= 1 << 30 else {
                throw invocation.invalidValue(at: 1, expected: "expected a size from 1 to 1g")
            }
            level.settings.client.largeHeadBufferSize = size
        },
        .simple(
            "max_headers", in: [.http, .server], .exactly(1), syntax: "number", default: "100",
            summary: "How many fields a request may have."
        ) { $0.settings.client.fieldLimit = try $1.integer(0, in: 1...10_000) },
        .simple(
            "underscores_in_headers", in: [.http, .server], .flag, default: "off",
            summary:
                "Whether names of fields may contain an underscore; otherwise they are dropped."
        ) { $0.settings.client.allowsUnderscores = try $1.flag() },
        .simple(
            "ignore_invalid_headers", in: [.http, .server], .flag, default: "on",
            summary: "Whether fields with unusual names are dropped instead of passed on."
        ) { $0.settings.client.ignoresInvalidFields = try $1.flag() },
        .simple(
            "merge_slashes", in: [.http, .server], .flag, default: "on",
            summary: "Whether several slashes in a path count as one."
        ) { $0.settings.client.mergesSlashes = try $1.flag() },
    ]

    private static let lingering: [Directive<LevelDraft>] = [
        .simple(
            "lingering_close", in: .httpServerLocation, .exactly(1), syntax: "on | off | always",
            default: "on",
            summary: "Whether what a client still sends is read before its connection is closed."
        ) {
            $0.settings.client.lingers = try $1.keyword(
                0, ["off": .off, "on": .on, "always": .always])
        },
        .simple(
            "lingering_time", in: .httpServerLocation, .exactly(1), syntax: "time", default: "30s",
            summary: "How long that may last."
        ) { $0.settings.client.lingeringTime = try $1.time(0) },
        .simple(
            "lingering_timeout", in: .httpServerLocation, .exactly(1), syntax: "time",
            default: "5s", summary: "How long the client may pause meanwhile."
        ) { $0.settings.client.lingeringTimeout = try $1.time(0) },
    ]

    /// What nginx needs to be told and we do not.
    static var ignored: [Directive<LevelDraft>] {
        let always = "it is always done where it helps"
        let everywhere = Contexts.httpServerLocation
        let pool = "memory is not taken from pools of a fixed size"
        return [
            .ignored("tcp_nodelay", in: everywhere, .flag, why: always),
            .ignored("send_lowat", in: everywhere, .exactly(1), why: "Linux has no such limit"),
            .ignored(
                "postpone_output", in: everywhere, .exactly(1),
                why: "what is ready is sent together, and at once when there is no more"),
            .ignored(
                "client_body_in_single_buffer", in: everywhere, .flag,
                why: "content in memory is in one piece"),
            .ignored("connection_pool_size", in: [.http, .server], .exactly(1), why: pool),
            .ignored("request_pool_size", in: [.http, .server], .exactly(1), why: pool),
        ]
    }
}

extension LevelDraft {
    /// `keepalive_disable`; the first one of a block hides what was inherited.
    fileprivate mutating func addAgentsNotKept(
        _ invocation: inout Invocation
    ) throws(Diagnostic) {
        if agentsNotKeptLevel != level {
            settings.client.agentsNotKept = []
            agentsNotKeptLevel = level
        }
        for index in invocation.arguments.indices {
            let agents: ClientSettings.OldAgents = try invocation.keyword(
                index, ["none": [], "msie6": .explorer, "safari": .safari])
            if !agents.isEmpty, settings.client.agentsNotKept.contains(agents) {
                invocation.warn(at: index, "duplicate value \"\(invocation.text(index))\"")
            }
            settings.client.agentsNotKept.formUnion(agents)
        }
    }
}
