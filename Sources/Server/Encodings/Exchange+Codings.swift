// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which content codings the answer to a request may come in.

internal import FileCache
internal import HTTP
internal import Memory
internal import Regex

extension Exchange {
    /// The codings in which the client may get a file of this location.
    func acceptedCodings(_ services: inout Services) -> CodingPreference {
        let offered = services.site.locations[locationIndex].encodings.ofFiles
        if offered.isEmpty { return CodingPreference() }
        let rules = services.site.locations[locationIndex].encodings.rules
        return acceptedCodings(among: offered, rules, &services)
    }

    /// Those among some codings that the client accepts and that nginx's rules allow.
    ///
    /// Spec: nginx ngx_http_gzip_ok, for every coding.
    func acceptedCodings(
        among offered: ContentCodings, _ rules: EncodingRules, _ services: inout Services
    ) -> CodingPreference {
        guard let field = head.fields.first(of: .acceptEncoding),
            head.version.rawValue >= rules.versionMinimum.rawValue,
            !(rules.disablesOldExplorer && isOldExplorer),
            !(rules.disablesAgents && isDisabledAgent(&services)),
            !head.fields.contains(.via) || mayAllowProxied(rules.proxied)
        else { return CodingPreference() }
        return services.codings.preference(of: bytes.span(field.valueRange)).intersection(offered)
    }

    /// Whether the answer to a request with `Via` may be encoded, as far as the request tells.
    private func mayAllowProxied(_ answers: ProxiedAnswers) -> Bool {
        !answers.isEmpty && !answers.contains(.off)
    }

    /// Whether the client is one of the browsers that could not read what they asked for.
    ///
    /// Spec: nginx `gzip_disable msie6`: Internet Explorer 4 to 6, but not 6.0 with SV1.
    var isOldExplorer: Bool {
        guard let field = head.fields.first(of: .userAgent) else { return false }
        let agent = bytes.span(field.valueRange)
        guard let mark = agent.offset(of: "MSIE "), mark + 6 < agent.count,
            agent[mark + 6] == UInt8(ascii: ".")
        else { return false }
        switch agent[mark + 5] {
        case UInt8(ascii: "4"), UInt8(ascii: "5"): return true
        case UInt8(ascii: "6"):
            return agent.offset(of: "SV1") == nil
        default: return false
        }
    }

    private func isDisabledAgent(_ services: inout Services) -> Bool {
        guard let agent = head.fields.first(of: .userAgent) else { return false }
        let regexes = services.site.locations[locationIndex].settings.encodings.disabledAgents
        for regex in regexes.elements {
            // Not the way that keeps captures: those of the location are still wanted.
            let pattern = services.site.regexes[regex].regex
            let result = services.matcher.match(pattern, bytes.span(agent.valueRange))
            if case .matched = result { return true }
        }
        return false
    }
}

extension Span<UInt8> {
    /// Where a text occurs first.
    func offset(of literal: StaticString) -> Int? {
        for start in indices where extracting(start..<count).startsWith(literal) { return start }
        return nil
    }
}
