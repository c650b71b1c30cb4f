// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives that have authorities asked about the certificates of clients.

internal import Configuration
internal import Memory
internal import OS

/// `ssl_ocsp`: about which certificates of a client authorities are asked.
enum StatusDepth: BitwiseCopyable, Sendable {
    case off
    /// The client's own, and those between it and one that is trusted.
    case all
    /// The client's own.
    case leaf
}

/// The rules by which authorities are asked about clients.
struct ClientStatusRule: Sendable {
    let isForLeafOnly: Bool
    /// `ssl_ocsp_responder`; nil for the one that each certificate names.
    let responder: StatusResponder?
    /// `ssl_ocsp_cache`: a number of `Site.zones`.
    let zone: Int?
}

/// A responder as it is written.
struct ResponderText: Sendable {
    let url: [UInt8]
    let location: SourceLocation

    init(_ invocation: Invocation) {
        url = invocation.bytes(0)
        location = invocation.arguments[0].location
    }
}

/// The rows about statements of authorities.
enum AuthorityDirectives {
    static let rows: [Directive<LevelDraft>] = stapling + clients

    private static let stapling: [Directive<LevelDraft>] = [
        .simple(
            "ssl_stapling", in: places, .flag, default: "off",
            summary: """
                Whether clients are handed what the authority says of the certificate. It is \
                asked in the background, and again before its statement ends.
                """
        ) { $0.settings.tls.staples = try $1.flag() },
        .simple(
            "ssl_stapling_file", in: places, .exactly(1), syntax: "file",
            summary: """
                A file with an OCSP response, as `openssl ocsp -respout` writes it, so that nobody \
                is asked. One that says nothing of the certificate in use is not handed out.
                """
        ) { $0.settings.tls.staplingFile = TLSFile($1) },
        .simple(
            "ssl_stapling_responder", in: places, .exactly(1), syntax: "url",
            summary: "Whom to ask instead of the one that the certificate names: an `http://` URL."
        ) { $0.settings.tls.staplingResponder = ResponderText($1) },
        .simple(
            "ssl_stapling_verify", in: places, .flag, default: "off",
            summary: """
                Whether a statement must be signed by whom `ssl_trusted_certificate` trusts before \
                it is handed out.
                """
        ) { $0.settings.tls.verifiesStaples = try $1.flag() },
    ]

    private static let clients: [Directive<LevelDraft>] = [
        .simple(
            "ssl_ocsp", in: places, .exactly(1), syntax: "on | off | leaf", default: "off",
            summary: """
                Whether authorities are asked if they still vouch for the certificates of clients: \
                `leaf` asks about the client's own only. The request waits for the answer.
                """
        ) {
            $0.settings.tls.statusDepth = try $1.keyword(
                0, ["off": .off, "on": .all, "leaf": .leaf])
        },
        .simple(
            "ssl_ocsp_responder", in: places, .exactly(1), syntax: "url",
            summary: "Whom to ask instead of those that certificates name: an `http://` URL."
        ) { $0.settings.tls.statusResponder = ResponderText($1) },
        .simple(
            "ssl_ocsp_cache", in: places, .exactly(1), syntax: "off | shared:name:size",
            default: "off",
            summary: "Memory that remembers the answers of authorities, also across reloads."
        ) { $0.settings.tls.statusZone = try $0.site.statusZone($1) },
    ]

    private static let places: Contexts = [.http, .server]
}

extension SiteDraft {
    /// Reads `ssl_ocsp_cache`.
    ///
    /// Spec: nginx ngx_http_ssl_ocsp_cache.
    fileprivate func statusZone(_ invocation: Invocation) throws(Diagnostic) -> Int? {
        if invocation.argument(0, is: "off") { return nil }
        let parts = invocation.text(0).split(
            separator: ":", maxSplits: 2, omittingEmptySubsequences: false
        ).map { Array($0.utf8) }
        guard parts.count == 3, parts[0] == Array("shared".utf8), !parts[1].isEmpty,
            let byteCount = ValueSyntax.size(parts[2])
        else {
            throw invocation.error(
                at: 0, "invalid OCSP cache \"\(invocation.text(0))\"",
                expected: "expected off or shared:NAME:SIZE, such as shared:ocsp:1m")
        }
        guard byteCount >= Self.smallestStatusCache else {
            throw invocation.error(
                at: 0, "OCSP cache \"\(invocation.text(0))\" is too small",
                expected: "expected at least 32k")
        }
        guard sessionCaches[parts[1]] == nil else {
            throw invocation.error(
                at: 0,
                "the shared memory zone \"\(String(decoding: parts[1], as: UTF8.self))\" is "
                    + "already declared for a different use",
                expected: "it belongs to \"ssl_session_cache\"")
        }
        return try zones.declareShared(
            SiteZone(
                name: parts[1], use: .statuses, key: Template(literal: []), keyText: [],
                byteCount: byteCount),
            by: invocation.name.text, at: invocation.location)
    }

    /// Spec: nginx: eight pages.
    private static var smallestStatusCache: Int { 32 << 10 }
}

extension TLSSettings {
    /// How authorities are asked about clients; nil where they are not.
    ///
    /// Spec: nginx ngx_http_ssl_merge_srv_conf, ngx_ssl_ocsp.
    func statusRule(at location: SourceLocation) throws(Diagnostic) -> ClientStatusRule? {
        guard statusDepth != .off else { return nil }
        guard verification != .optionalWithoutAuthority else {
            throw Diagnostic(
                "\"ssl_ocsp\" is incompatible with \"ssl_verify_client optional_no_ca\"",
                at: location)
        }
        var responder: StatusResponder?
        if let text = statusResponder {
            do throws(StatusResponder.Flaw) {
                responder = try StatusResponder(parsing: text.url, allowsSockets: true)
            } catch {
                throw Diagnostic(
                    "\(error.message) in \"ssl_ocsp_responder\"", at: text.location,
                    label: "expected http://host[:port][/path]")
            }
        }
        return ClientStatusRule(
            isForLeafOnly: statusDepth == .leaf, responder: responder, zone: statusZone)
    }
}
