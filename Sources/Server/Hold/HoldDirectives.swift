// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about requests that wait for a peer to come back.

internal import Configuration

/// The rows of holding.
enum HoldDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "proxy_hold", in: .httpServerLocation, .exactly(1), syntax: "time",
            default: "5s for peers on this host, 0 for others", origin: .beranda,
            summary: """
                How long a request waits while every peer of its group refuses connections, as \
                peers do that are being restarted. Nothing is lost meanwhile; it is passed on as \
                soon as one accepts again. 0 fails at once. While the processes of `exec` start \
                for the first time, the default is what is left of their `start_timeout`.
                """
        ) { $0.settings.proxy.policy.hold.time = try $1.time(0) },
        .simple(
            "proxy_hold_requests", in: .httpServerLocation, .exactly(1), syntax: "number",
            default: "1024", origin: .beranda,
            summary: """
                How many requests to a group may wait so in each thread; what comes on top fails \
                at once.
                """
        ) { $0.settings.proxy.policy.hold.requestLimit = try $1.integer(0) },
    ]
}
