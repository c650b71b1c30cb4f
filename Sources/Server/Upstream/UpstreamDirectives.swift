// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about groups of peers.

internal import Configuration
internal import Memory

/// The rows of `upstream`.
enum UpstreamDirectives {
    static let mainRows: [Directive<MainDraft>] = [
        .block(
            "upstream", in: [.http], .exactly(1), syntax: "name",
            summary: "Names a group of peers for `proxy_pass`."
        ) { main, invocation in
            let site = main.level.site
            let name = invocation.bytes(0).map(\.asciiLowercased)
            guard
                !site.upstreams.contains(where: {
                    $0.name == name && $0.language == site.language
                })
            else {
                throw invocation.error(at: 0, "duplicate upstream \"\(invocation.text(0))\"")
            }
            var upstream = UpstreamDraft(name: name)
            upstream.language = site.language
            upstream.directory = String(decoding: site.prefix, as: UTF8.self)
            upstream.site = site
            let errorCount = invocation.diagnostics.errorCount
            let context: Contexts = site.language == .http ? .upstream : .streamUpstream
            invocation.applyChildren(table, in: context, to: &upstream)
            if upstream.peers.isEmpty, invocation.diagnostics.errorCount == errorCount {
                invocation.report(
                    invocation.error(
                        at: 0, "no servers are inside upstream",
                        expected: "expected a `server` or an `exec`"))
            }
            site.seat(&upstream)
            site.upstreams.append(upstream)
        }
    ]

    static let table = DirectiveTable(
        StreamDirectives.widen(rows + ResolverDirectives.upstreamRows))

    static let rows: [Directive<UpstreamDraft>] = ownRows + ExecDirective.rows

    private static let ownRows: [Directive<UpstreamDraft>] = [
        .simple(
            "server", in: [.upstream], .atLeast(1),
            syntax: "address [weight=n] [max_fails=n] [fail_timeout=time] [backup] [down] "
                + "[resolve] [service=name]",
            repeats: true,
            summary: """
                A peer. After `max_fails` failures (1) within `fail_timeout` (10s) it is left out \
                for as long; a `backup` is asked only when no other can be. With `resolve`, each \
                address that the name has is a peer, for as long as it has it; with `service`, \
                those of its SRV records are.
                """
        ) { upstream, invocation in
            upstream.append(try Peer(invocation))
        },
        .simple(
            "keepalive", in: [.upstream], .between(1, 2), syntax: "connections [local]",
            default: "32", summary: "How many idle connections each thread keeps for the group."
        ) { upstream, invocation in
            upstream.keepAlive.idleLimit = try invocation.integer(0, in: 1...1 << 20)
            if invocation.arguments.count > 1 { _ = try invocation.keyword(1, ["local"]) }
        },
        .simple(
            "keepalive_requests", in: [.upstream], .exactly(1), syntax: "number",
            default: "1000", summary: "How many requests one connection to a peer serves."
        ) { $0.keepAlive.requestLimit = try $1.integer(0) },
        .simple(
            "keepalive_time", in: [.upstream], .exactly(1), syntax: "time", default: "1h",
            summary: "The age after which a connection to a peer is not used again."
        ) { $0.keepAlive.time = try $1.time(0) },
        .simple(
            "keepalive_timeout", in: [.upstream], .exactly(1), syntax: "time", default: "4s",
            summary: """
                How long an idle connection to a peer is kept. Unless it is set, what the peer \
                says itself (`Keep-Alive: timeout=5`) holds instead, less a second.
                """
        ) { upstream, invocation in
            upstream.keepAlive.timeout = try invocation.time(0)
            upstream.keepAlive.isTimeoutSet = true
        },
        .simple(
            "proxy_hold", in: [.upstream], .exactly(1), syntax: "time",
            default: "5s for peers on this host, 0 for others", origin: .beranda,
            summary: """
                How long a request waits while every peer refuses connections, unless its location \
                says something else.
                """
        ) { $0.holdTime = try $1.time(0) },
        .ignored(
            "zone", in: [.upstream], .between(1, 2), syntax: "name [size]",
            why: "all threads share what is known about peers anyway"),
    ]
}

extension Peer {
    /// Reads the arguments of a `server` in an `upstream`.
    fileprivate init(_ invocation: Invocation) throws(Diagnostic) {
        let text = try invocation.constant(0)
        let address: UpstreamURL
        do throws(UpstreamURL.Flaw) {
            address = try UpstreamURL(parsing: text)
        } catch {
            throw invocation.error(
                at: 0, "\(error.message) in upstream \"\(invocation.text(0))\"")
        }
        guard address.path == nil else {
            throw invocation.error(
                at: 0, "invalid host in upstream \"\(invocation.text(0))\"",
                expected: "expected an address without a scheme or a path")
        }
        self.init(name: address.peerName, target: address.target)
        for index in invocation.arguments.indices.dropFirst() { try take(invocation, index) }
        try finishName(invocation, address)
    }

    private mutating func take(_ invocation: Invocation, _ index: Int) throws(Diagnostic) {
        func flaw(_ expected: String) -> Diagnostic {
            invocation.invalidParameter(at: index, expected: "expected " + expected)
        }
        let known = "weight=, max_fails=, fail_timeout=, backup or down"
        guard let (name, value) = invocation.parameter(index) else {
            switch invocation.text(index) {
            case "backup": isBackup = true
            case "down": isDown = true
            case "resolve": beginName()
            default: throw flaw(known)
            }
            return
        }
        switch name {
        case "weight":
            guard let weight = ValueSyntax.integer(value[...]), (1...1 << 20).contains(weight)
            else { throw flaw("a whole number such as weight=3") }
            self.weight = weight
        case "max_fails":
            guard let limit = ValueSyntax.integer(value[...]) else {
                throw flaw("a whole number such as max_fails=2")
            }
            failureLimit = limit
        case "fail_timeout":
            guard let timeout = ValueSyntax.seconds(value) else {
                throw flaw("a time such as fail_timeout=30s")
            }
            failureTimeout = timeout
        case "service":
            guard !value.isEmpty else { throw invocation.error(at: index, "service is empty") }
            dynamicName = dynamicName ?? PeerName(host: [], port: 0)
            dynamicName?.service = value
        case "max_conns", "slow_start", "route":
            throw invocation.error(at: index, "\"\(name)=\" is not supported yet")
        default: throw flaw(known)
        }
    }
}
