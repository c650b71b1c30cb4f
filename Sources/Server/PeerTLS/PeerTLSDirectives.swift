// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about TLS with peers, of requests and of streams.

internal import Configuration
internal import TLS

/// The rows of TLS with peers.
enum PeerTLSDirectives {
    static var rows: [Directive<LevelDraft>] { trust + identity + handshakes }

    /// Those that only streams have.
    static let streamRows: [Directive<LevelDraft>] = [
        .simple(
            "proxy_ssl", in: [.stream, .streamServer], .flag, default: "off",
            summary: "Whether TLS is spoken with peers."
        ) { $0.settings.peerTLS.isOn = try $1.flag() },
        .simple(
            "proxy_ssl_alpn", in: [.stream, .streamServer], .atLeast(1), syntax: "protocol ...",
            summary: "The protocols that peers are offered (ALPN); empty ones are left out."
        ) { level, invocation in
            var protocols: [Template] = []
            for index in invocation.arguments.indices {
                let template = try invocation.template(index, level.site)
                if let text = template.constant, text.count > 255 {
                    throw invocation.error(at: index, "protocol too long")
                }
                protocols.append(template)
            }
            level.settings.peerTLS.protocols = protocols
        },
    ]

    /// The names of those that both have.
    static var sharedNames: Set<String> { Set(rows.map(\.name)) }

    private static let trust: [Directive<LevelDraft>] = [
        .simple(
            "proxy_ssl_verify", in: .httpServerLocation, .flag, default: "off",
            summary: """
                Whether the certificate of a peer must lead to one of \
                `proxy_ssl_trusted_certificate`, and be one of `proxy_ssl_name`.
                """
        ) { $0.settings.peerTLS.verifies = try $1.flag() },
        .simple(
            "proxy_ssl_verify_depth", in: .httpServerLocation, .exactly(1), syntax: "number",
            default: "1", summary: "How many certificates may stand between the two."
        ) { $0.settings.peerTLS.verifyDepth = try $1.integer(0, in: 0...Int(Int32.max)) },
        .simple(
            "proxy_ssl_trusted_certificate", in: .httpServerLocation, .exactly(1), syntax: "file",
            summary: "A file with the certificates of authorities that peers are believed by."
        ) { $0.settings.peerTLS.trusted = TLSFile($1) },
        .simple(
            "proxy_ssl_crl", in: .httpServerLocation, .exactly(1), syntax: "file",
            summary: "A file with lists of certificates that are not to be believed any more."
        ) { $0.settings.peerTLS.revocations = TLSFile($1) },
        .simple(
            "proxy_ssl_name", in: .httpServerLocation, .exactly(1), syntax: "name",
            default: "$proxy_host",
            summary: """
                The name that the certificate of a peer must have, and that it is asked for with \
                `proxy_ssl_server_name`. A port in it is left out.
                """
        ) { $0.settings.peerTLS.name = try $1.template(0, $0.site) },
        .simple(
            "proxy_ssl_server_name", in: .httpServerLocation, .flag, default: "off",
            summary: """
                Whether a peer is told which name it is asked for (SNI). Peers with more than one \
                certificate, and nearly all on the Internet, need it.
                """
        ) { $0.settings.peerTLS.sendsName = try $1.flag() },
    ]

    private static let identity: [Directive<LevelDraft>] = [
        .simple(
            "proxy_ssl_certificate", in: .httpServerLocation, .exactly(1), syntax: "file",
            summary: """
                A file with the certificate that peers are shown if they ask for one; `data:` \
                stands before a certificate itself. An empty one means none.
                """
        ) { $0.settings.peerTLS.certificate = try PeerTLSValue($1, $0.site) },
        .simple(
            "proxy_ssl_certificate_key", in: .httpServerLocation, .exactly(1), syntax: "file",
            summary: "A file with the key of that certificate; `data:` stands before a key itself."
        ) { $0.settings.peerTLS.key = try PeerTLSValue($1, $0.site) },
        .simple(
            "proxy_ssl_certificate_cache", in: .httpServerLocation, .between(1, 3),
            syntax: "off | max=N [inactive=time] [valid=time]", default: "off",
            summary: """
                How many certificates and keys are kept that variables have named, for how long \
                when nobody needs them (10s), and how long they are taken for unchanged (60s).
                """
        ) { $0.settings.peerTLS.cache = try $1.certificateCache() },
        .simple(
            "proxy_ssl_password_file", in: .httpServerLocation, .exactly(1), syntax: "file",
            summary: "A file with passwords of keys, one a line, which are tried one by one."
        ) { $0.settings.peerTLS.passwords = TLSFile($1) },
    ]

    private static let handshakes: [Directive<LevelDraft>] = [
        .simple(
            "proxy_ssl_protocols", in: .httpServerLocation, .atLeast(1),
            syntax: "[SSLv2] [SSLv3] [TLSv1] [TLSv1.1] [TLSv1.2] [TLSv1.3]",
            default: "TLSv1.2 TLSv1.3", summary: "The versions of TLS that peers are offered."
        ) { $0.settings.peerTLS.versions = try $1.versions() },
        .simple(
            "proxy_ssl_ciphers", in: .httpServerLocation, .exactly(1), syntax: "ciphers",
            default: "DEFAULT",
            summary: "The ciphers that peers are offered up to TLS 1.2, in the language of OpenSSL."
        ) { $0.settings.peerTLS.ciphers = $1.text(0) },
        .simple(
            "proxy_ssl_conf_command", in: .httpServerLocation, .exactly(2), syntax: "name value",
            repeats: true, summary: "Gives OpenSSL a command of its own language."
        ) { level, invocation in
            let command = TLSContext.Command(
                name: invocation.text(0), value: invocation.text(1))
            level.settings.peerTLS.commands.append(command, at: level.level)
        },
        .simple(
            "proxy_ssl_session_reuse", in: .httpServerLocation, .flag, default: "on",
            summary: """
                Whether a handshake goes on where the last one with the same peer has ended, which \
                costs less.
                """
        ) { $0.settings.peerTLS.resumesSessions = try $1.flag() },
    ]
}

extension PeerTLSValue {
    /// Takes the first argument.
    init(_ invocation: Invocation, _ site: SiteDraft) throws(Diagnostic) {
        template = try invocation.template(0, site)
        file = TLSFile(invocation)
    }
}
