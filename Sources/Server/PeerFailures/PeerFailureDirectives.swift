// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about what clients are told of peers.

internal import Configuration

/// The rows of failures and times of peers.
enum PeerFailureDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "proxy_error_details", in: .httpServerLocation, .exactly(1),
            syntax: "on | off | local", default: "off", origin: .beranda,
            summary: """
                Whether the answers that tell of a failed peer say which one failed, how, and what \
                it answered last. With `local` only clients on this machine are told, unless they \
                ask for somebody else.
                """
        ) { $0.settings.proxy.policy.errorDetails = try $1.disclosure() },
        .simple(
            "server_timing", in: .httpServerLocation, .exactly(1),
            syntax: "on | off | local", default: "off", origin: .beranda,
            summary: """
                Whether answers of peers have a `Server-Timing` that says which peers were asked \
                and how long each step took, beside the peer's own. `local` as above.
                """
        ) { $0.settings.proxy.policy.timing = try $1.disclosure() },
    ]
}

extension Invocation {
    fileprivate func disclosure() throws(Diagnostic) -> Disclosure {
        try keyword(0, ["on": .everybody, "off": .nobody, "local": .local])
    }
}
