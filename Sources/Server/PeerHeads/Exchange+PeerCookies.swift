// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Cookies of peers, rewritten for the place that the client knows.

internal import HTTP
internal import Memory
internal import Regex

extension Exchange {
    /// Adds a `Set-Cookie` of the peer, with its domain, its path and its flags rewritten.
    ///
    /// Spec: nginx `proxy_cookie_domain`, `proxy_cookie_path`, `proxy_cookie_flags`. What no rule
    ///       fits stays as it was written, to its blanks.
    mutating func addCookie(
        _ name: Span<UInt8>, _ value: Span<UInt8>, _ services: inout Services
    ) {
        var cookie = SetCookie(bytes, store(value))
        // Without an equals sign it is no cookie.
        if cookie.parts[0].value != nil { rewrite(&cookie, &services) }
        guard cookie.isChanged else { return response.add(name, value) }
        response.fields.append(name)
        response.fields.append(": ")
        cookie.write(bytes, to: &response.fields)
        response.fields.append("\r\n")
    }

    private mutating func rewrite(_ cookie: inout SetCookie, _ services: inout Services) {
        let heads = services.site.locations[locationIndex].settings.proxy.heads
        for index in 1..<max(1, cookie.parts.count) {
            guard case .place(let value)? = cookie.parts[index].value else { continue }
            var rules: [PeerValueRule] = []
            if cookie.equals(cookie.parts[index].name, "domain", bytes) {
                rules = heads.cookieDomains.elements
            } else if cookie.equals(cookie.parts[index].name, "path", bytes) {
                rules = heads.cookiePaths.elements
            }
            if let new = rewritten(value, by: rules, &services) {
                cookie.setValue(of: index, to: new)
            }
        }
        guard case .place(let name) = cookie.parts[0].name else { return }
        let flags = flags(ofCookie: name, heads.cookieFlags.elements, &services)
        if !flags.isEmpty { cookie.apply(flags, bytes) }
    }

    /// What the first rule that fits the name of a cookie asks for.
    private mutating func flags(
        ofCookie name: ByteRange, _ rules: [CookieFlagRule], _ services: inout Services
    ) -> CookieFlags {
        for rule in rules {
            switch rule.name {
            case .equal(let template):
                let wanted = evaluate(template, &services)
                guard bytes.span(wanted.range).equalsIgnoringCase(bytes.span(name.range)) else {
                    continue
                }
            case .match(let regex):
                guard matches(regex, name, &services) == .matched else { continue }
            }
            var flags: CookieFlags = []
            for template in rule.flags {
                let word = evaluate(template, &services)
                if let flag = CookieFlags(bytes.span(word.range)) { flags.formUnion(flag) }
            }
            return flags
        }
        return []
    }
}
