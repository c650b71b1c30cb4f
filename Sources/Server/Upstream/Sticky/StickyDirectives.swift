// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads `sticky`.

internal import Configuration
internal import Memory

/// The row of `sticky`.
enum StickyDirectives {
    static let rows: [Directive<UpstreamDraft>] = [
        .simple(
            "sticky", in: [.upstream], .atLeast(2),
            syntax: "cookie name [expires=time] [domain=domain] [httponly] [samesite=value] "
                + "[secure] [path=path] | route $variable … | learn create=$variable "
                + "lookup=$variable zone=name:size [timeout=time] [header]",
            summary:
                "Keeps clients with the peer that answered them first: by a cookie of ours, by "
                + "what a variable says (`route=` of the peers), or by what the peers say."
        ) { upstream, invocation in
            guard let site = upstream.site else { return }
            switch invocation.text(0) {
            case "cookie": upstream.sticky = try Sticky(cookie: invocation, site)
            case "route":
                var sticky = Sticky(means: .route)
                for index in invocation.arguments.indices.dropFirst() {
                    sticky.lookups.append(try invocation.variable(index, from: 0, site))
                }
                upstream.sticky = sticky
            case "learn": upstream.sticky = try Sticky(learning: invocation, site, upstream.name)
            default:
                throw invocation.error(
                    at: 0, "unknown parameter \"\(invocation.text(0))\"",
                    expected: "expected cookie, route or learn")
            }
        }
    ]
}

extension Sticky {
    fileprivate init(cookie invocation: Invocation, _ site: SiteDraft) throws(Diagnostic) {
        guard !invocation.bytes(1).isEmpty else {
            throw invocation.error(at: 1, "empty cookie name")
        }
        var cookie = StickyCookie(name: invocation.bytes(1))
        var seen: Set<String> = []
        for index in invocation.arguments.indices.dropFirst(2) {
            let (name, value) = invocation.parameter(index) ?? (invocation.text(index), [])
            guard seen.insert(name).inserted else {
                throw invocation.error(at: index, "parameter \"\(name)\" is duplicate")
            }
            try cookie.take(name, value, invocation, index, site)
        }
        self.init(means: .cookie(cookie))
        let variable = Array("cookie_".utf8) + cookie.name
        lookups = [
            Template([
                .variable(site.variables.resolve(variable, at: invocation.arguments[1].location))
            ])
        ]
    }

    fileprivate init(
        learning invocation: Invocation, _ site: SiteDraft, _ group: [UInt8]
    ) throws(Diagnostic) {
        var learning = StickyLearning()
        var lookups: [Template] = []
        var zone: (name: [UInt8], byteCount: Int)?
        for index in invocation.arguments.indices.dropFirst() {
            switch invocation.parameter(index) {
            case ("create", _)?:
                learning.creators.append(
                    try invocation.variable(index, from: "create=".utf8.count, site))
            case ("lookup", _)?:
                lookups.append(try invocation.variable(index, from: "lookup=".utf8.count, site))
            case ("zone", let value)?: zone = try invocation.sessionZone(value, at: index)
            case ("timeout", let value)?:
                guard let timeout = ValueSyntax.milliseconds(value), timeout > 0 else {
                    throw invocation.error(at: index, "invalid timeout")
                }
                learning.timeout = timeout
            case nil where invocation.argument(index, is: "header"):
                learning.learnsFromHead = true
            default:
                throw invocation.error(
                    at: index, "unknown parameter \"\(invocation.text(index))\"",
                    expected: "expected create=, lookup=, zone=, timeout= or header")
            }
        }
        guard !lookups.isEmpty else {
            throw invocation.error("\"lookup\" parameter is not specified")
        }
        guard !learning.creators.isEmpty else {
            throw invocation.error("\"create\" parameter is not specified")
        }
        guard let zone else { throw invocation.error("\"zone\" parameter is not specified") }
        let directive = "sticky learn"
        try site.zones.declare(
            SiteZone(
                name: zone.name, use: .sessions, key: Template([]), keyText: group,
                byteCount: zone.byteCount),
            by: directive, at: invocation.location)
        learning.zone = try site.zones.reference(
            zone.name, by: directive, at: invocation.location)
        self.init(lookups: lookups, means: .learn(learning))
    }
}

extension StickyCookie {
    fileprivate mutating func take(
        _ name: String, _ value: [UInt8], _ invocation: Invocation, _ index: Int, _ site: SiteDraft
    ) throws(Diagnostic) {
        let word = invocation.arguments[index]
        switch name {
        case "domain":
            guard !value.isEmpty else {
                throw invocation.error(at: index, "no value for \"domain\"")
            }
            domain = try invocation.template(index, site).droppingPrefix(name.utf8.count + 1)
        case "path":
            guard !value.isEmpty else {
                throw invocation.error(at: index, "no value for \"path\"")
            }
            path = value
        case "expires":
            if value == Array("max".utf8) {
                expiry = .never
            } else if let seconds = ValueSyntax.seconds(value) {
                expiry = .after(seconds)
            } else {
                throw invocation.error(at: index, "invalid \"expires\" parameter value")
            }
        case "httponly" where word.bytes.count == name.utf8.count: isHTTPOnly = true
        case "secure" where word.bytes.count == name.utf8.count: isSecure = true
        case "samesite":
            let template = try invocation.template(index, site).droppingPrefix(name.utf8.count + 1)
            guard value.contains(UInt8(ascii: "$")) || Self.isSameSite(value.span) else {
                throw invocation.error(
                    at: index, "invalid \"samesite\" parameter value",
                    expected: "expected strict, lax or none")
            }
            sameSite = template
        default:
            throw invocation.error(
                at: index, "unknown parameter \"\(invocation.text(index))\"",
                expected: "expected expires=, domain=, httponly, samesite=, secure or path=")
        }
    }
}

extension Template {
    /// Without the literal bytes at its front that name a parameter.
    fileprivate func droppingPrefix(_ count: Int) -> Template {
        guard case .literal(let text)? = segments.first else { return self }
        let rest = Array(text.dropFirst(count))
        return Template((rest.isEmpty ? [] : [.literal(rest)]) + segments.dropFirst())
    }
}

extension Invocation {
    /// An argument that is one variable, behind a prefix.
    fileprivate func variable(
        _ index: Int, from offset: Int, _ site: SiteDraft
    ) throws(Diagnostic) -> Template {
        let text = bytes(index).dropFirst(offset)
        guard text.first == UInt8(ascii: "$") else {
            throw error(
                at: index, "invalid variable name \"\(String(decoding: text, as: UTF8.self))\"")
        }
        let location = arguments[index].location
        return Template([.variable(site.variables.resolve(Array(text.dropFirst()), at: location))])
    }

    /// The value of `zone=name:size`.
    fileprivate func sessionZone(
        _ value: [UInt8], at index: Int
    ) throws(Diagnostic) -> (name: [UInt8], byteCount: Int) {
        guard let colon = value.firstIndex(of: UInt8(ascii: ":")) else {
            throw error(at: index, "zone size is not specified")
        }
        guard colon > 0 else { throw error(at: index, "zone name is not specified") }
        guard let byteCount = ValueSyntax.size(Array(value[(colon + 1)...])) else {
            throw error(at: index, "invalid zone size")
        }
        guard byteCount >= 32 << 10 else { throw error(at: index, "zone is too small") }
        return (Array(value[..<colon]), byteCount)
    }
}
