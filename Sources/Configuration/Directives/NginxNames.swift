// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Tells a directive that nginx has and we lack from one that does not exist.
//
// Asked only when something is wrong; a sound configuration never pays for it.

/// What is known about a directive that nginx, or a well-known module for it, has.
struct NginxDirective {
    let name: String
    /// Where it may stand; empty when that is not known.
    let contexts: Contexts
    let origin: DirectiveOrigin

    /// Whether it only concerns mail.
    var isOfMail: Bool {
        name == "mail" || !contexts.isEmpty && contexts.isSubset(of: [.mail, .mailServer])
    }

    /// Whether it is not to be expected in the future either.
    private var isRefusedForGood: Bool {
        NginxFamily.find(name).map { !$0.isToCome } ?? isOfMail
    }

    /// The message for one that we do not have.
    func unsupported(at location: SourceLocation) -> Diagnostic {
        let message =
            switch origin {
            case .nginxPlus: "\"\(name)\" of nginx Plus is not supported yet"
            case .nginxModule: "\"\(name)\" belongs to a module for nginx that is not supported"
            case .nginx, .angie, .beranda:
                "nginx's \"\(name)\" is not supported" + (isRefusedForGood ? "" : " yet")
            }
        return Diagnostic(message, at: location, help: NginxNames.hint(for: self))
    }
}

/// Looks directives up by name.
enum NginxNames {
    /// Finds a directive; nil when nobody is known to have it.
    static func find(_ name: String) -> NginxDirective? {
        if let known = all[name] { return known }
        let isForeign =
            modulePrefixes.contains { name.hasPrefix($0) } || name.includes("_by_lua")
        return isForeign ? NginxDirective(name: name, contexts: [], origin: .nginxModule) : nil
    }

    /// A sentence on what to do instead, for the large families.
    static func hint(for directive: NginxDirective) -> String? {
        if let family = NginxFamily.find(directive.name) { return family.advice }
        return directive.isOfMail ? "there is no mail proxy here" : nil
    }

    /// All names, read from the table when first asked for.
    private static let all: [String: NginxDirective] = {
        var found: [String: NginxDirective] = [:]
        var (contexts, origin): (Contexts, DirectiveOrigin) = ([], .nginx)
        for entry in table.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            if entry.hasSuffix(":") {
                contexts = entry.reduce(into: []) { $0.formUnion(contextLetters[$1] ?? []) }
                origin = entry.contains("+") ? .nginxPlus : .nginx
            } else {
                let name = String(entry)
                found[name] = NginxDirective(name: name, contexts: contexts, origin: origin)
            }
        }
        return found
    }()

    /// How many names there are.
    static var count: Int { all.count }

    /// What the letters of the table mean.
    private static let contextLetters: [Character: Contexts] = [
        "m": .main, "e": .events, "h": .http, "s": .server, "l": .location, "i": .serverIf,
        "j": .locationIf, "u": .upstream, "x": .limitExcept, "S": .stream, "T": .streamServer,
        "U": .streamUpstream, "M": .mail, "N": .mailServer, "o": .other,
    ]

    /// How the names of well-known modules begin that are not part of nginx.
    private static let modulePrefixes = [
        "lua_", "more_", "brotli", "zstd", "modsecurity", "geoip2", "vhost_traffic_status",
        "pagespeed", "passenger", "rtmp", "echo", "auth_ldap", "auth_pam", "fancyindex",
        "subs_filter",
        "set_by_", "srcache_", "redis", "upload_", "nchan_", "naxsi", "cookie_flag", "dav_ext_",
    ]
}
