// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about where certificates and keys are.

internal import Configuration
internal import TLS

/// The rows of certificates.
enum CertificateDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "ssl_certificate", in: places, .exactly(1), syntax: "file", repeats: true,
            summary: """
                A file with the certificate of the server, and behind it those that lead from it \
                to one that clients know; or behind `data:` the text of such a file. Several of \
                different kinds of keys may stand side by side. A file that changes is taken up \
                at once.
                """
        ) { level, invocation in
            level.settings.tls.certificates.append(
                try CertificateSource(invocation, level.site), at: level.level)
        },
        .simple(
            "ssl_certificate_key", in: places, .exactly(1), syntax: "file", repeats: true,
            summary: """
                A file with the key of the certificate, or behind `data:` the text of such a file.
                """
        ) { level, invocation in
            level.settings.tls.keys.append(
                try CertificateSource(invocation, level.site), at: level.level)
        },
        .simple(
            "ssl_password_file", in: places, .exactly(1), syntax: "file",
            summary: """
                A file with passwords of keys, one a line; each is tried. It may be a pipe.
                """
        ) { $0.settings.tls.passwordFile = TLSFile($1) },
        .simple(
            "ssl_stand_in", in: places, .flag, default: "on", origin: .beranda,
            summary: """
                Whether the server starts when the file of a certificate or its key is not there: \
                a self-signed certificate stands in for it until it is.
                """
        ) { $0.settings.tls.usesStandIn = try $1.flag() },
    ]

    private static let places: Contexts = [.http, .server]
}
