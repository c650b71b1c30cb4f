// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about passing requests on.

internal import Configuration
internal import Memory

/// The rows of the proxy.
enum ProxyDirectives {
    static var rows: [Directive<LevelDraft>] {
        fields + timeouts + failures + transfer + wishes + BufferingDirectives.rows
            + ignored
    }

    static let locationRows: [Directive<LocationDraft>] = [
        .simple(
            "proxy_pass", in: [.location, .locationIf, .limitExcept], .exactly(1),
            syntax:
                "http://address[:port][/path] | http://upstream[/path] | "
                + "http://unix:/socket[:/path] | https://...",
            summary: """
                Passes requests on to a peer or a group of peers; with `https` over TLS. A path \
                replaces the name of the location; without one the target goes on as it was \
                received.
                """
        ) { location, invocation in
            let pass = try ProxyPassDraft(invocation, location)
            location.proxyPass = pass
            location.level.standardRedirect = pass.standardRedirect(of: location.name)
            location.ownHandler = nil
        }
    ]

    private static let fields: [Directive<LevelDraft>] = [
        .simple(
            "proxy_set_header", in: .httpServerLocation, .exactly(2), syntax: "field value",
            default: "Host $proxy_host", repeats: true,
            summary: """
                Sets a field of the request to the peer; an empty value leaves it out. One here \
                hides those of the blocks around. Framing and `Connection` are always right by \
                themselves, and upgrades work without it.
                """
        ) { level, invocation in
            let field = SetField(
                name: try invocation.fieldName(0), value: try invocation.template(1, level.site))
            level.settings.proxy.setFields.append(field, at: level.level)
        },
        .simple(
            "proxy_hide_header", in: .httpServerLocation, .exactly(1), syntax: "field",
            repeats: true, summary: "Keeps a field of the peer's response from the client."
        ) { level, invocation in
            let name = invocation.wantedFieldName(0)
            level.settings.proxy.hiddenFields.append(name, at: level.level)
        },
        .simple(
            "proxy_pass_header", in: .httpServerLocation, .exactly(1), syntax: "field",
            repeats: true, summary: "Passes on a field that is kept from clients otherwise."
        ) { level, invocation in
            let name = invocation.wantedFieldName(0)
            level.settings.proxy.passedFields.append(name, at: level.level)
        },
        .simple(
            "proxy_http_version", in: .httpServerLocation, .exactly(1), syntax: "1.0 | 1.1",
            default: "1.1", summary: "The version of HTTP that peers are spoken to in."
        ) { level, invocation in
            if invocation.argument(0, is: "2") || invocation.argument(0, is: "2.0") {
                throw invocation.error(at: 0, "HTTP/2 to peers is not supported yet")
            }
            level.settings.proxy.policy.usesHTTP10 = try invocation.keyword(
                0, ["1.0": true, "1.1": false])
        },
    ]

    private static let timeouts: [Directive<LevelDraft>] = [
        .simple(
            "proxy_connect_timeout", in: .httpServerLocation, .exactly(1), syntax: "time",
            default: "60s", summary: "How long a connection to a peer may take to open."
        ) { $0.settings.proxy.policy.connectTimeout = try $1.time(0) },
        .simple(
            "proxy_send_timeout", in: .httpServerLocation, .exactly(1), syntax: "time",
            default: "60s", summary: "How long a peer may take none of a request."
        ) { $0.settings.proxy.policy.sendTimeout = try $1.time(0) },
        .simple(
            "proxy_read_timeout", in: .httpServerLocation, .exactly(1), syntax: "time",
            default: "60s",
            summary: "How long a peer may pause within its response, or either side of a tunnel."
        ) { $0.settings.proxy.policy.readTimeout = try $1.time(0) },
    ]

    private static let failures: [Directive<LevelDraft>] = [
        .simple(
            "proxy_next_upstream", in: .httpServerLocation, .atLeast(1),
            syntax:
                "error | timeout | invalid_header | http_500 | http_502 | http_503 | http_504 | "
                + "http_403 | http_404 | http_429 | non_idempotent | off ...",
            default: "error timeout", repeats: true,
            summary: "When a request is passed to the next peer of its group."
        ) { $0.addRetryConditions(try $1.retryConditions()) },
        .simple(
            "proxy_next_upstream_tries", in: .httpServerLocation, .exactly(1), syntax: "number",
            default: "0", summary: "How many peers a request is passed to at most; 0 for all."
        ) { $0.settings.proxy.policy.triesLimit = try $1.integer(0) },
        .simple(
            "proxy_next_upstream_timeout", in: .httpServerLocation, .exactly(1), syntax: "time",
            default: "0", summary: "How long after the first try there may be another; 0 for ever."
        ) { $0.settings.proxy.policy.triesTimeout = try $1.time(0) },
        .simple(
            "proxy_intercept_errors", in: .httpServerLocation, .flag, default: "off",
            summary: "Whether `error_page` holds for statuses of peers from 300 on."
        ) { $0.settings.proxy.policy.interceptsErrors = try $1.flag() },
        .simple(
            "proxy_ignore_client_abort", in: .httpServerLocation, .flag, default: "off",
            summary: "Whether a request to a peer goes on after its client has left."
        ) { $0.settings.proxy.policy.ignoresClientAbort = try $1.flag() },
        .simple(
            "proxy_pass_trailers", in: .httpServerLocation, .flag, default: "off",
            summary: """
                Whether fields that a peer sends behind its content are passed on. Some peers want \
                to be asked by `proxy_set_header TE trailers`.
                """
        ) { $0.settings.proxy.policy.passesTrailers = try $1.flag() },
    ]

    private static let transfer: [Directive<LevelDraft>] = [
        .simple(
            "proxy_pass_request_headers", in: .httpServerLocation, .flag, default: "on",
            summary: "Whether the fields of a request are passed on."
        ) { $0.settings.proxy.policy.passesFields = try $1.flag() },
        .simple(
            "proxy_pass_request_body", in: .httpServerLocation, .flag, default: "on",
            summary: """
                Whether the content of a request is passed on. Without it, the peer is told of no \
                content.
                """
        ) { $0.settings.proxy.policy.passesContent = try $1.flag() },
        .simple(
            "proxy_request_buffering", in: .httpServerLocation, .flag,
            summary: """
                Whether the content of a request is received before a peer is asked. Unless set, \
                content that is known to fit `client_body_buffer_size` is, and other content is \
                passed on as it comes.
                """
        ) { $0.settings.proxy.policy.requestBuffering = try $1.flag() ? .always : .never },
        .simple(
            "proxy_force_ranges", in: .httpServerLocation, .flag, default: "off",
            summary: """
                Cuts the part that a client wants out of a peer's answer of known length, whatever \
                the peer says of ranges.
                """
        ) { $0.settings.proxy.policy.forcesRanges = try $1.flag() },
    ]

    private static let wishes: [Directive<LevelDraft>] = [
        .simple(
            "proxy_ignore_headers", in: .httpServerLocation, .atLeast(1), syntax: "field ...",
            summary: """
                The fields of a peer that are not obeyed: `X-Accel-Redirect`, `X-Accel-Buffering`, \
                `X-Accel-Limit-Rate` and `X-Accel-Charset`. The others that nginx names are never \
                obeyed.
                """
        ) { level, invocation in
            for index in invocation.arguments.indices {
                level.settings.proxy.policy.ignoredFields.formUnion(
                    try invocation.peerFields(index))
            }
        },
        .simple(
            "proxy_limit_rate", in: .httpServerLocation, .exactly(1), syntax: "rate",
            default: "0",
            summary: "How many bytes of a peer's response are taken each second; 0 for no limit."
        ) { $0.settings.proxy.limitRate = try $1.sizeTemplate(0, $0.site) },
    ]

    private static let ignored: [Directive<LevelDraft>] = {
        let cache = "there is no cache of peers' responses"
        let everywhere = Contexts.httpServerLocation
        return [
            .ignored(
                "proxy_headers_hash_max_size", in: everywhere, .exactly(1),
                why: "tables grow by themselves"),
            .ignored(
                "proxy_headers_hash_bucket_size", in: everywhere, .exactly(1),
                why: "tables grow by themselves"),
            .ignored("proxy_cache_bypass", in: everywhere, .atLeast(1), why: cache),
            .ignored("proxy_no_cache", in: everywhere, .atLeast(1), why: cache),
        ]
    }()
}

extension ProxyPassDraft {
    /// Reads the argument of `proxy_pass`.
    fileprivate init(
        _ invocation: Invocation, _ place: LocationDraft
    ) throws(Diagnostic) {
        guard place.proxyPass == nil else {
            throw invocation.error("\"proxy_pass\" directive is duplicate")
        }
        written = invocation.bytes(0)
        location = invocation.arguments[0].location
        let template = try invocation.template(0, place.level.site)
        guard template.constant != nil else {
            destination = .template(template)
            mayBeSecure = true
            return
        }
        guard let scheme = PeerScheme(of: written) else {
            let hasScheme = invocation.text(0).includes("://")
            throw invocation.error(
                at: 0, "invalid URL prefix",
                expected: hasScheme
                    ? "expected an address with http:// or https://"
                    : "expected `http://\(invocation.text(0))`")
        }
        let address: UpstreamURL
        do throws(UpstreamURL.Flaw) {
            address = try UpstreamURL(
                parsing: Array(written.dropFirst(scheme.text.utf8CodeUnitCount)),
                defaultPort: scheme.port)
        } catch {
            throw invocation.error(at: 0, "\(error.message) in upstream \"\(invocation.text(0))\"")
        }
        if address.path != nil, place.isInner || !place.match.canReplaceName {
            throw invocation.error(
                at: 0,
                "\"proxy_pass\" cannot have URI part in location given by regular expression, or "
                    + "inside named location, or inside \"if\" statement, or inside "
                    + "\"limit_except\" block",
                expected: "leave out the path, even a lone slash")
        }
        destination = .address(address)
        mayBeSecure = scheme == .https
    }
}

extension LocationDraft.Match {
    /// Whether a path has a known part that another one can replace.
    fileprivate var canReplaceName: Bool {
        switch self {
        case .server, .exact, .prefix: true
        case .pattern, .named: false
        }
    }
}

extension LevelDraft {
    /// Adds conditions to those of this very block; the first ones hide what was inherited.
    fileprivate mutating func addRetryConditions(_ conditions: RetryConditions) {
        if retryConditionsLevel != level { settings.proxy.policy.nextUpstream = [] }
        retryConditionsLevel = level
        settings.proxy.policy.nextUpstream.formUnion(conditions)
    }
}

extension Invocation {
    /// A field of `proxy_ignore_headers`.
    fileprivate func peerFields(_ index: Int) throws(Diagnostic) -> PeerFields {
        let names: KeyValuePairs<String, PeerFields> = [
            "X-Accel-Redirect": .redirect, "X-Accel-Expires": [],
            "X-Accel-Limit-Rate": .limitRate, "X-Accel-Buffering": .buffering,
            "X-Accel-Charset": .charset, "Expires": [], "Cache-Control": [], "Set-Cookie": [],
            "Vary": [],
        ]
        let word = bytes(index)
        for (name, fields) in names where word.span.equalsIgnoringCase(Array(name.utf8)) {
            return fields
        }
        return try keyword(index, names)
    }

    /// All arguments as conditions of `proxy_next_upstream`.
    fileprivate func retryConditions() throws(Diagnostic) -> RetryConditions {
        var conditions: RetryConditions = []
        for index in arguments.indices {
            let condition: RetryConditions = try keyword(
                index,
                [
                    "error": .error, "timeout": .timeout, "invalid_header": .invalidHeader,
                    "http_500": .http500, "http_502": .http502, "http_503": .http503,
                    "http_504": .http504, "http_403": .http403, "http_404": .http404,
                    "http_429": .http429, "non_idempotent": .nonIdempotent, "off": .off,
                    "updating": [],
                ])
            conditions.formUnion(condition)
        }
        return conditions
    }
}
