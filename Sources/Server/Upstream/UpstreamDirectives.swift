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
            var upstream = UpstreamDraft(name: name, site: site)
            upstream.language = site.language
            upstream.directory = String(decoding: site.prefix, as: UTF8.self)
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
        StreamDirectives.widen(allRows + ResolverDirectives.upstreamRows))

    /// Those that only groups of peers have.
    static let allRows: [Directive<UpstreamDraft>] =
        BalancingDirectives.rows + StickyDirectives.rows + rows

    static let rows: [Directive<UpstreamDraft>] = ownRows + ExecDirective.rows

    private static let ownRows: [Directive<UpstreamDraft>] = [
        .simple(
            "server", in: [.upstream], .atLeast(1),
            syntax: "address [weight=n] [max_fails=n] [fail_timeout=time] [max_conns=n] "
                + "[slow_start=time] [backup] [down] [drain] [route=name] [resolve] "
                + "[service=name]",
            repeats: true,
            summary: """
                A peer. After `max_fails` failures (1) within `fail_timeout` (10s) it is left out \
                for as long; a `backup` is asked only when no other can be. One that is on `drain` \
                only serves those whom `sticky` has bound to it. With `resolve`, each address that \
                the name has is a peer, for as long as it has it; with `service`, those of its SRV \
                records are.
                """
        ) { upstream, invocation in
            upstream.append(try Peer(invocation, upstream.balancing))
        },
        .simple(
            "keepalive", in: [.upstream], .between(1, 2), syntax: "connections [local]",
            default: "32", summary: "How many idle connections each thread keeps for the group."
        ) { upstream, invocation in
            upstream.keepAlive.idleLimit = try invocation.integer(0, in: 0...1 << 20)
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
    ]
}
