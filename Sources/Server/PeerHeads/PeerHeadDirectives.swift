// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives that rewrite the heads between clients and peers.

internal import Configuration
internal import HTTP
internal import Memory

/// The rows of rewritten heads.
enum PeerHeadDirectives {
    static let rows: [Directive<LevelDraft>] = redirects + cookies + requests

    private static let redirects: [Directive<LevelDraft>] = [
        .simple(
            "proxy_redirect", in: .httpServerLocation, .between(1, 2),
            syntax: "default | off | from to", default: "default", repeats: true,
            summary: """
                Rewrites `Location` and `Refresh` of the peer; `from` may be a `~pattern` or \
                `~*pattern`, and the first rule that fits decides. `default` puts the location in \
                the place of the address of `proxy_pass`, which must stand before it.
                """
        ) { try $0.addRedirectRule(&$1) }
    ]

    private static let cookies: [Directive<LevelDraft>] = [
        .simple(
            "proxy_cookie_domain", in: .httpServerLocation, .between(1, 2),
            syntax: "off | domain replacement", default: "off", repeats: true,
            summary: """
                Rewrites the domain of a peer's cookies; `domain` may be a `~pattern`, and the \
                first rule that fits decides.
                """
        ) { level, invocation in
            guard invocation.arguments.count > 1 else {
                return try level.endCookieRules(\.cookieDomains, invocation)
            }
            let rule = try level.domainRule(&invocation)
            try level.addCookieRule(rule, \.cookieDomains, invocation)
        },
        .simple(
            "proxy_cookie_path", in: .httpServerLocation, .between(1, 2),
            syntax: "off | path replacement", default: "off", repeats: true,
            summary: """
                Rewrites the path of a peer's cookies; `path` is the beginning of one, a \
                `~pattern` or a `~*pattern`, and the first rule that fits decides.
                """
        ) { level, invocation in
            guard invocation.arguments.count > 1 else {
                return try level.endCookieRules(\.cookiePaths, invocation)
            }
            let rule = try level.valueRule(&invocation)
            try level.addCookieRule(rule, \.cookiePaths, invocation)
        },
        .simple(
            "proxy_cookie_flags", in: .httpServerLocation, .between(1, 4),
            syntax: "off | cookie [flag ...]", default: "off", repeats: true,
            summary: """
                Adds flags to a peer's cookies or takes them away: `secure`, `httponly`, \
                `samesite=strict`, `samesite=lax`, `samesite=none`, `nosecure`, `nohttponly`, \
                `nosamesite`. `cookie` is a name or a `~pattern`, and the first rule that fits \
                decides.
                """
        ) { level, invocation in
            guard invocation.arguments.count > 1 else {
                return try level.endCookieRules(\.cookieFlags, invocation)
            }
            let rule = try level.flagRule(&invocation)
            try level.addCookieRule(rule, \.cookieFlags, invocation)
        },
    ]

    private static let requests: [Directive<LevelDraft>] = [
        .simple(
            "proxy_method", in: .httpServerLocation, .exactly(1), syntax: "method",
            summary: "The method that peers are asked by, instead of the client's."
        ) { level, invocation in
            let method = try invocation.template(0, level.site)
            if let name = method.constant,
                name.isEmpty || !name.allSatisfy({ ByteClass.isToken($0) })
            {
                throw invocation.invalidValue(at: 0, expected: "expected a method such as POST")
            }
            if method.constant == Array("CONNECT".utf8) {
                throw invocation.error(at: 0, "peers are not asked for tunnels by CONNECT")
            }
            level.settings.proxy.heads.method = method
        },
        .simple(
            "proxy_set_body", in: .httpServerLocation, .exactly(1), syntax: "value",
            summary: "The content that peers are sent, instead of the client's."
        ) { $0.settings.proxy.heads.content = try $1.template(0, $0.site) },
    ]
}

/// What `proxy_redirect default` means in a block.
enum StandardRedirect {
    /// The block's `proxy_pass` has an address, which the location takes the place of.
    case replace(from: [UInt8], to: [UInt8])
    /// It has variables.
    case variable
}

extension ProxyPassDraft {
    /// What `proxy_redirect default` means in a location of this name.
    func standardRedirect(of name: [UInt8]) -> StandardRedirect {
        guard case .address(let address) = destination else { return .variable }
        guard address.path == nil else { return .replace(from: written, to: name) }
        let slash = [UInt8(ascii: "/")]
        return .replace(from: written + slash, to: slash)
    }
}

extension LevelDraft {
    /// Reads the arguments of `proxy_redirect`.
    fileprivate mutating func addRedirectRule(_ invocation: inout Invocation) throws(Diagnostic) {
        let isFirst = !settings.proxy.heads.redirects.isSet(at: level)
        let wasEnded = !isFirst && settings.proxy.heads.keepsRedirects
        if invocation.arguments.count == 1, invocation.argument(0, is: "off") {
            guard isFirst else { throw invocation.duplicate }
            settings.proxy.heads.redirects.clear(at: level)
            settings.proxy.heads.keepsRedirects = true
            return
        }
        guard !wasEnded else { throw invocation.duplicate }
        let rule =
            invocation.arguments.count == 1
            ? try standardRule(invocation) : try valueRule(&invocation)
        settings.proxy.heads.redirects.append(rule, at: level)
        settings.proxy.heads.keepsRedirects = false
    }

    private func standardRule(_ invocation: Invocation) throws(Diagnostic) -> PeerValueRule {
        guard invocation.argument(0, is: "default") else {
            throw invocation.invalidParameter(
                at: 0, expected: "expected \"default\", \"off\" or two arguments")
        }
        switch standardRedirect {
        case .replace(let from, let to):
            return .replace(from: Template(literal: from), to: Template(literal: to))
        case .variable:
            throw invocation.error(
                "\"proxy_redirect default\" cannot be used with \"proxy_pass\" directive with "
                    + "variables", expected: "write out what is to be replaced")
        case nil:
            throw invocation.error(
                "\"proxy_redirect default\" should be placed after the \"proxy_pass\" directive",
                expected: "there is none before it in this block",
                help: "Where nothing else is said, it holds by itself.")
        }
    }

    /// Reads `from to`, where `from` may be a pattern.
    fileprivate func valueRule(_ invocation: inout Invocation) throws(Diagnostic) -> PeerValueRule {
        let to = try invocation.template(1, site)
        guard let regex = try pattern(invocation, isCaseless: false) else {
            return .replace(from: try invocation.template(0, site), to: to)
        }
        return .match(regex: regex, to: to)
    }

    /// Reads a domain and what takes its place.
    ///
    /// Spec: nginx: a dot before either of them means nothing.
    fileprivate func domainRule(
        _ invocation: inout Invocation
    ) throws(Diagnostic) -> PeerValueRule {
        if let regex = try pattern(invocation, isCaseless: true) {
            return .match(regex: regex, to: try invocation.template(1, site))
        }
        return .replaceDomain(
            from: try site.template(invocation.arguments[0].withoutDot),
            to: try site.template(invocation.arguments[1].withoutDot))
    }

    fileprivate func flagRule(_ invocation: inout Invocation) throws(Diagnostic) -> CookieFlagRule {
        var name = CookieFlagRule.Name.equal(Template(literal: []))
        if let regex = try pattern(invocation, isCaseless: true) {
            name = .match(regex: regex)
        } else {
            name = .equal(try invocation.template(0, site))
        }
        var flags: [Template] = []
        for index in 1..<invocation.arguments.count {
            let flag = try invocation.template(index, site)
            if let word = flag.constant, CookieFlags(word.span) == nil {
                let names = CookieFlags.names.map(\.0)
                let near = closestName(to: word, among: names)
                invocation.warn(
                    at: index, "invalid proxy_cookie_flags flag \"\(invocation.text(index))\"",
                    expected: near.map { "did you mean `\($0)`?" } ?? "it has no effect")
            }
            flags.append(flag)
        }
        return CookieFlagRule(name: name, flags: flags)
    }

    /// The number of the regular expression that the first argument is, if it begins with a tilde.
    private func pattern(
        _ invocation: Invocation, isCaseless: Bool
    ) throws(Diagnostic) -> Int? {
        let written = invocation.bytes(0)
        guard written.first == UInt8(ascii: "~") else { return nil }
        let hasMark = !isCaseless && written.dropFirst().first == UInt8(ascii: "*")
        return try site.regex(
            Array(written.dropFirst(hasMark ? 2 : 1)), caseless: isCaseless || hasMark,
            at: invocation.arguments[0].location)
    }

    // MARK: Lists

    fileprivate mutating func addCookieRule<Rule>(
        _ rule: Rule, _ list: WritableKeyPath<PeerHeadSettings, LevelList<Rule>>,
        _ invocation: Invocation
    ) throws(Diagnostic) {
        let rules = settings.proxy.heads[keyPath: list]
        guard !rules.isSet(at: level) || !rules.isEmpty else { throw invocation.duplicate }
        settings.proxy.heads[keyPath: list].append(rule, at: level)
    }

    /// `off`.
    fileprivate mutating func endCookieRules<Rule>(
        _ list: WritableKeyPath<PeerHeadSettings, LevelList<Rule>>, _ invocation: Invocation
    ) throws(Diagnostic) {
        guard invocation.argument(0, is: "off") else {
            throw invocation.invalidParameter(
                at: 0, expected: "expected \"off\" or two arguments")
        }
        guard !settings.proxy.heads[keyPath: list].isSet(at: level) else {
            throw invocation.duplicate
        }
        settings.proxy.heads[keyPath: list].clear(at: level)
    }
}

extension Invocation {
    /// `off` beside anything else.
    fileprivate var duplicate: Diagnostic {
        error(
            "\"\(name.text)\" directive is duplicate", expected: "\"off\" stands alone in a block")
    }
}

extension Word {
    /// The same without a dot at its beginning.
    fileprivate var withoutDot: Word {
        guard bytes.first == UInt8(ascii: ".") else { return self }
        return Word(
            bytes: Array(bytes.dropFirst()), isQuoted: isQuoted, location: location,
            environmentRanges: environmentRanges.map { range in
                max(0, range.lowerBound - 1)..<max(0, range.upperBound - 1)
            })
    }
}
