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
            "ssl_certificate_cache", in: places, .between(1, 3),
            syntax: "off | max=number [inactive=time] [valid=time]", default: "off",
            summary: """
                How many certificates and keys whose files depend on variables are remembered, and \
                for how long: after `inactive` without use (10s) they are forgotten, after `valid` \
                (60s) it is looked whether their files have changed. Keys that a password opens \
                are not remembered.
                """
        ) { $0.settings.tls.certificateCache = try $1.certificateCache() },
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

extension Invocation {
    /// Reads `ssl_certificate_cache` and its like.
    ///
    /// Spec: nginx ngx_http_ssl_certificate_cache.
    func certificateCache() throws(Diagnostic) -> CertificateCache? {
        var rule = CertificateCacheRule(
            countLimit: 0, inactiveTime: 10, validTime: 60)
        for index in arguments.indices {
            let parts = text(index).split(separator: "=", maxSplits: 1).map(String.init)
            switch (parts[0], parts.count) {
            case ("off", 1) where arguments.count == 1: return nil
            case ("max", 2):
                guard let count = Int(parts[1]), count > 0 else {
                    throw invalidParameter(at: index, expected: "expected a number above 0")
                }
                rule.countLimit = count
            case ("inactive", 2): rule.inactiveTime = try duration(parts[1], at: index)
            case ("valid", 2): rule.validTime = try duration(parts[1], at: index)
            default:
                throw invalidParameter(
                    at: index, expected: "expected off, max, inactive or valid")
            }
        }
        guard rule.countLimit > 0 else {
            throw error("\"\(name.text)\" must have the \"max\" parameter")
        }
        return CertificateCache(rule)
    }

    private func duration(_ text: String, at index: Int) throws(Diagnostic) -> Int {
        guard let time = ValueSyntax.seconds(Array(text.utf8)) else {
            throw invalidParameter(at: index, expected: "expected a time, such as 10s")
        }
        return time
    }
}
