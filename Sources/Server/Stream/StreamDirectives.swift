// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives of `stream`: the rows that it shares with `http`, and its own.

internal import Configuration

/// The rows of `stream`.
enum StreamDirectives {
    /// The names of the directives that mean the same for sessions as for requests.
    private static let sharedNames = Set([
        "allow", "deny", "access_log", "error_log", "log_format", "open_log_file_cache",
        "limit_conn", "limit_conn_zone", "limit_conn_log_level", "limit_conn_dry_run",
        "set_real_ip_from", "resolver", "resolver_timeout", "tcp_nodelay",
        "proxy_connect_timeout", "proxy_next_upstream_tries", "proxy_next_upstream_timeout",
        "proxy_bind", "proxy_socket_keepalive", "map", "geo", "split_clients",
        "map_hash_max_size", "map_hash_bucket_size", "variables_hash_max_size",
        "variables_hash_bucket_size", "server_names_hash_max_size",
        "server_names_hash_bucket_size", "upstream", "listen", "server_name", "zone", "hash",
        "least_conn", "least_time", "random",
    ]).union(PeerTLSDirectives.sharedNames).union(TLSDirectives.streamNames)

    /// What `upstream` blocks of both have.
    private static let peerNames: Set = [
        "server", "least_conn", "least_time", "hash", "random", "zone",
    ]

    /// Lets the shared ones among the rows of `http` stand in the blocks of `stream`, too.
    static func widen<Scope>(_ rows: [Directive<Scope>]) -> [Directive<Scope>] {
        rows.map { row in
            let contexts = row.description.contexts
            let isOfPeers = contexts == .upstream && peerNames.contains(row.name)
            guard isOfPeers || sharedNames.contains(row.name) else { return row }
            var further: Contexts = []
            if contexts.contains(.http) { further.insert(.stream) }
            if contexts.contains(.server) { further.insert(.streamServer) }
            if contexts.contains(.upstream) { further.insert(.streamUpstream) }
            return row.also(in: further)
        }
    }

    static let mainRows: [Directive<MainDraft>] = [
        .block(
            "stream", in: [.main], .exactly(0), repeats: false,
            summary: "Holds the servers of streams: connections that are passed on as they are."
        ) { main, invocation in
            main.level.site.applyStream(&main, &invocation)
        },
        .block(
            "server", in: [.stream], .exactly(0),
            summary: "Addresses, and what happens to the sessions that begin there."
        ) { main, invocation in
            let level = main.level.nested
            var server = ServerDraft(level, at: invocation.location, in: .stream)
            server.place.stream = StreamDraft()
            invocation.applyChildren(SiteTables.server, in: .streamServer, to: &server)
            try server.checkStream(invocation)
            level.site.servers.append(server)
        },
    ]

    static let placeRows: [Directive<LocationDraft>] = [
        .simple(
            "proxy_pass", in: [.streamServer], .exactly(1),
            syntax: "address:port | unix:path | upstream",
            summary: "Passes sessions on to a peer or a group of peers."
        ) { try $0.setStream(.proxy(try StreamDestination($1, $0.level.site)), $1) },
        .simple(
            "return", in: [.streamServer], .exactly(1), syntax: "value",
            summary: "Sends a text to the client and ends the session."
        ) { try $0.setStream(.text(try $1.template(0, $0.level.site)), $1) },
        .simple(
            "pass", in: [.streamServer], .exactly(1), syntax: "address:port | unix:path",
            summary: """
                Hands the connection to whoever listens on an address, as if it had been accepted \
                there: another server of streams, or one of requests.
                """
        ) { try $0.setStream(.pass(try StreamDestination($1, $0.level.site)), $1) },
        .simple(
            "set", in: [.streamServer], .exactly(2), syntax: "$variable value", repeats: true,
            summary: "Gives a variable a value when a session begins."
        ) { place, invocation in
            let site = place.level.site
            let variable = try invocation.definedVariable(0) { site.variables.define(set: $0) }
            let value = try invocation.template(1, site)
            place.stream?.assignments.append(StreamAssignment(variable: variable, value: value))
        },
    ]

    static var levelRows: [Directive<LevelDraft>] {
        proxyRows + datagramRows + rateRows + sessionRows + PeerTLSDirectives.streamRows
            + SessionCheckDirectives.levelRows
    }

    private static let places: Contexts = [.stream, .streamServer]

    private static let proxyRows: [Directive<LevelDraft>] = [
        .simple(
            "proxy_timeout", in: places, .exactly(1), syntax: "time", default: "10m",
            summary: "How long a session may rest: nothing passes in either direction."
        ) { $0.settings.stream.policy.timeout = try $1.time(0) },
        .simple(
            "proxy_next_upstream", in: places, .flag, default: "on",
            summary: "Whether the next peer is tried when a connection to one cannot be opened."
        ) { $0.settings.proxy.policy.nextUpstream = try $1.flag() ? [.error, .timeout] : .off },
        .simple(
            "proxy_protocol", in: places, .exactly(1), syntax: "on | off | v2", default: "off",
            summary: "Whether the peer is sent a header of the PROXY protocol, version 1 or 2."
        ) {
            $0.settings.stream.policy.sentHeader = try $1.keyword(
                0, ["on": .line, "off": .none, "v2": .binary])
        },
        .simple(
            "proxy_half_close", in: places, .flag, default: "off",
            summary: """
                Whether a session goes on when one side has ended what it sends, until the other \
                one has, too.
                """
        ) { $0.settings.stream.policy.closesHalves = try $1.flag() },
        .simple(
            "proxy_buffer_size", in: places, .exactly(1), syntax: "size", default: "16k",
            summary: "How much is held of what passes in each direction."
        ) { level, invocation in
            level.settings.stream.policy.bufferSize = try invocation.bufferSize()
        },
    ]

    private static let datagramRows: [Directive<LevelDraft>] = [
        .simple(
            "proxy_requests", in: places, .exactly(1), syntax: "number", default: "0",
            summary: """
                After how many datagrams of a client the next one begins another session; 0 for \
                never.
                """
        ) { $0.settings.stream.policy.requestLimit = try $1.integer(0, in: 0...Int(Int32.max)) },
        .simple(
            "proxy_responses", in: places, .exactly(1), syntax: "number",
            summary: """
                How many datagrams of the peer answer one of a client; once they have come, the \
                session ends. Without it, only `proxy_timeout` ends a session of datagrams.
                """
        ) { $0.settings.stream.policy.responseLimit = try $1.integer(0, in: 0...Int(Int32.max)) },
    ]

    private static let rateRows: [Directive<LevelDraft>] = [
        .simple(
            "proxy_upload_rate", in: places, .exactly(1), syntax: "rate", default: "0",
            summary: "How many bytes a second are taken from the client; 0 for no limit."
        ) { $0.settings.stream.uploadRate = try $1.sizeTemplate(0, $0.site) },
        .simple(
            "proxy_download_rate", in: places, .exactly(1), syntax: "rate", default: "0",
            summary: "How many bytes a second are taken from the peer; 0 for no limit."
        ) { $0.settings.stream.downloadRate = try $1.sizeTemplate(0, $0.site) },
    ]

    private static let sessionRows: [Directive<LevelDraft>] = [
        .simple(
            "preread_buffer_size", in: places, .exactly(1), syntax: "size", default: "16k",
            summary: "How much of what a client sends may be looked at before it is passed on."
        ) { level, invocation in
            level.settings.stream.policy.prereadBufferSize = try invocation.bufferSize()
        },
        .simple(
            "ssl_preread", in: places, .flag, default: "off",
            summary: """
                Whether the TLS ClientHello is looked at before a peer is chosen: `server_name` \
                and the variables `$ssl_preread_…` then say what the client wants.
                """
        ) { $0.settings.stream.policy.readsHello = try $1.flag() },
        .simple(
            "preread_timeout", in: places, .exactly(1), syntax: "time", default: "30s",
            summary: "How long that may take."
        ) { $0.settings.stream.policy.prereadTimeout = try $1.time(0) },
        .simple(
            "ssl_handshake_timeout", in: places, .exactly(1), syntax: "time", default: "60s",
            summary: "How long a client may take to agree upon TLS."
        ) { $0.settings.stream.policy.handshakeTimeout = try $1.time(0) },
        .simple(
            "ssl_alpn", in: places, .atLeast(1), syntax: "protocol ...",
            summary: """
                The protocols that clients may choose from (ALPN), the first of them that a client \
                speaks, too; one that speaks none of them is refused.
                """
        ) { level, invocation in
            level.settings.stream.protocols = try invocation.applicationProtocols()
        },
        .simple(
            "proxy_protocol_timeout", in: places, .exactly(1), syntax: "time", default: "30s",
            summary: "How long the header of the PROXY protocol may take to arrive."
        ) { $0.settings.stream.policy.proxyHeaderTimeout = try $1.time(0) },
    ]
}

extension Invocation {
    /// All arguments as names of protocols, each behind its length.
    fileprivate func applicationProtocols() throws(Diagnostic) -> [UInt8] {
        var list: [UInt8] = []
        for index in arguments.indices {
            let name = bytes(index)
            guard name.count <= 255 else { throw error(at: index, "protocol too long") }
            list.append(UInt8(name.count))
            list += name
        }
        return list
    }

    /// The size of a buffer, which must hold something and fit into memory.
    fileprivate func bufferSize() throws(Diagnostic) -> Int {
        let size = try size(0)
        guard 1...1 << 30 ~= size else {
            throw invalidValue(at: 0, expected: "expected a size from 1 to 1g")
        }
        return size
    }
}

extension LocationDraft {
    /// Chooses what happens to sessions; only one directive may.
    fileprivate mutating func setStream(
        _ content: StreamDraft.Content, _ invocation: Invocation
    ) throws(Diagnostic) {
        guard stream?.content == nil else {
            throw invocation.error(
                "\"\(invocation.name.text)\" directive is duplicate",
                expected: "another directive has decided what happens to sessions")
        }
        stream?.content = content
    }
}

extension ServerDraft {
    /// Refuses a server that nobody reaches, or that does nothing.
    fileprivate func checkStream(_ invocation: Invocation) throws(Diagnostic) {
        if listens.isEmpty, invocation.diagnostics.errorCount == 0 {
            throw invocation.error(
                "no \"listen\" is defined for server", expected: "expected a `listen`")
        }
        if place.stream?.content == nil, invocation.diagnostics.errorCount == 0 {
            throw invocation.error(
                "no handler for server",
                expected: "expected a `proxy_pass`, a `return` or a `pass`")
        }
    }
}

extension SiteDraft {
    /// Applies the statements of the `stream` level.
    fileprivate func applyStream(_ main: inout MainDraft, _ invocation: inout Invocation) {
        let outer = main.level
        main.level = outer.nested
        main.level.settings.clientAddress.header = .proxyProtocol
        // Whoever speaks first may be the peer: a client that waits in silence cannot tell.
        main.level.settings.proxy.policy.hold.time = 0
        language = .stream
        let statements = SiteDraft.formatsFirst(invocation.children)
        SiteTables.main.apply(statements, in: .stream, to: &main, &invocation.diagnostics)
        inheritResolver(of: main.level, in: .stream)
        language = .http
        main.level = outer
    }
}
