// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about TLS with clients.

internal import Configuration
internal import TLS

/// The rows of TLS.
enum TLSDirectives {
    /// The names of those that mean the same for sessions of `stream`.
    static var streamNames: Set<String> {
        Set(rows.map(\.name)).subtracting(["ssl_buffer_size", "ssl_early_data"])
    }

    static let rows: [Directive<LevelDraft>] =
        CertificateDirectives.rows + AuthorityDirectives.rows + parameters + handshakes + sessions
        + clients

    static let places: Contexts = [.http, .server]

    private static let parameters: [Directive<LevelDraft>] = [
        .simple(
            "ssl_dhparam", in: places, .exactly(1), syntax: "file",
            summary: """
                A file with the numbers for the exchange of keys by DHE. Without one, no cipher \
                with DHE is offered.
                """
        ) { $0.settings.tls.dhParameters = TLSFile($1) }
    ]

    private static let handshakes: [Directive<LevelDraft>] = [
        .simple(
            "ssl_protocols", in: places, .atLeast(1),
            syntax: "[SSLv2] [SSLv3] [TLSv1] [TLSv1.1] [TLSv1.2] [TLSv1.3]",
            default: "TLSv1.2 TLSv1.3", summary: "The versions of TLS that are spoken."
        ) { $0.settings.tls.versions = try $1.versions() },
        .simple(
            "ssl_ciphers", in: places, .exactly(1), syntax: "ciphers",
            default: "those of Mozilla's \"intermediate\" recommendation",
            summary: "The ciphers that may be used up to TLS 1.2, in the language of OpenSSL."
        ) { $0.settings.tls.ciphers = $1.text(0) },
        .simple(
            "ssl_prefer_server_ciphers", in: places, .flag, default: "off",
            summary: "Whether the order of `ssl_ciphers` counts instead of the client's."
        ) { $0.settings.tls.prefersOwnCiphers = try $1.flag() },
        .simple(
            "ssl_ecdh_curve", in: places, .exactly(1), syntax: "curve", default: "auto",
            summary: """
                The groups in which keys may be exchanged, with colons between them; `auto` means \
                `X25519:prime256v1:secp384r1`.
                """
        ) { $0.settings.tls.curves = $1.text(0) },
        .simple(
            "ssl_conf_command", in: places, .exactly(2), syntax: "name value", repeats: true,
            summary: "A command in OpenSSL's own language of configurations."
        ) { level, invocation in
            level.settings.tls.commands.append(
                TLSContext.Command(name: invocation.text(0), value: invocation.text(1)),
                at: level.level)
        },
        .simple(
            "ssl_buffer_size", in: places, .exactly(1), syntax: "size", default: "16k",
            summary: "How much is encrypted as one record at most."
        ) { level, invocation in
            let size = try invocation.size(0)
            guard size > 0 else {
                throw invocation.invalidValue(at: 0, expected: "expected a size from 1 to 16k")
            }
            level.settings.tls.bufferSize = min(size, 16 << 10)
        },
        .simple(
            "ssl_reject_handshake", in: places, .flag, default: "off",
            summary: "Whether clients that ask for this server are refused before anything is said."
        ) { $0.settings.tls.rejectsHandshakes = try $1.flag() },
    ]
}

extension TLSDirectives {
    private static let clients: [Directive<LevelDraft>] = [
        .simple(
            "ssl_verify_client", in: places, .exactly(1),
            syntax: "on | off | optional | optional_no_ca", default: "off",
            summary: """
                Whether clients are asked for a certificate: `on` refuses those without one, \
                `optional` those with a bad one, and with `optional_no_ca` nobody need vouch for \
                it.
                """
        ) {
            $0.settings.tls.verification = try $1.keyword(
                0,
                [
                    "off": .off, "on": .on, "optional": .optional,
                    "optional_no_ca": .optionalWithoutAuthority,
                ])
        },
        .simple(
            "ssl_verify_depth", in: places, .exactly(1), syntax: "number", default: "1",
            summary: "How many may stand between a client's certificate and one that is known."
        ) { $0.settings.tls.verificationDepth = try $1.integer(0) },
        .simple(
            "ssl_client_certificate", in: places, .exactly(1), syntax: "file",
            summary: "A file with those who vouch for clients; clients are told their names."
        ) { $0.settings.tls.clientAuthorities = TLSFile($1) },
        .simple(
            "ssl_trusted_certificate", in: places, .exactly(1), syntax: "file",
            summary: "A file with those who vouch for clients, of which clients are told nothing."
        ) { $0.settings.tls.authorities = TLSFile($1) },
        .simple(
            "ssl_crl", in: places, .exactly(1), syntax: "file",
            summary: "A file with lists of certificates of clients that are valid no more."
        ) { $0.settings.tls.revocations = TLSFile($1) },
    ]
}

extension TLSFile {
    /// Takes the first argument.
    init(_ invocation: Invocation) {
        path = invocation.bytes(0)
        location = invocation.arguments[0].location
    }
}

extension Invocation {
    /// The versions that the arguments name.
    func versions() throws(Diagnostic) -> TLSVersions {
        let choices: KeyValuePairs<String, TLSVersions> = [
            "SSLv2": .ssl2, "SSLv3": .ssl3, "TLSv1": .tls10, "TLSv1.1": .tls11,
            "TLSv1.2": .tls12, "TLSv1.3": .tls13,
        ]
        var versions: TLSVersions = []
        for index in arguments.indices { versions.formUnion(try keyword(index, choices)) }
        return versions
    }
}
