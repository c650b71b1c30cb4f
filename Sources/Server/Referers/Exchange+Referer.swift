// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `$invalid_referer`.

internal import HTTP
internal import Memory
internal import Regex

extension Exchange {
    /// "1" when the page that led here may not, else nothing; found out once for each request.
    ///
    /// A `set` may say something else.
    mutating func invalidReferer(_ services: inout Services) -> ByteRange {
        if let verdict = checked.refererVerdict { return verdict }
        let verdict = store(isRefererValid(&services) ? "" : "1")
        checked.refererVerdict = verdict
        return verdict
    }

    /// Spec: nginx ngx_http_referer_variable.
    private func isRefererValid(_ services: inout Services) -> Bool {
        let settings = services.site.locations[locationIndex].settings.referers
        if settings.isEmpty { return true }
        guard let place = field(.referer) else { return settings.allowsNone }
        let value = bytes.span(place.range)
        guard let start = Self.schemeEnd(value) else { return settings.allowsBlocked }
        let rest = value.extracting(start...)
        var host: [UInt8] = []
        for index in rest.indices {
            let byte = rest[index].asciiLowercased
            if byte == UInt8(ascii: "/") || byte == UInt8(ascii: ":") { break }
            guard host.count < Self.refererHostLimit else { return false }
            host.append(byte)
        }
        if let number = settings.hosts.host(named: host.span) {
            let start = rest.firstOffset(of: UInt8(ascii: "/"), from: host.count) ?? rest.count
            let path = settings.paths[number]
            return rest.extracting(start...).startsWith(path.span)
        }
        for regex in settings.hostPatterns
        where isMatch(regex, host.span, &services) {
            return true
        }
        for regex in settings.patterns where isMatch(regex, rest, &services) { return true }
        return false
    }

    /// Tries a pattern without taking its captures.
    private func isMatch(_ regex: Int, _ text: Span<UInt8>, _ services: inout Services) -> Bool {
        let pattern = services.site.regexes[regex]
        if case .matched = services.matcher.match(pattern.regex, text) { return true }
        return false
    }

    /// Where the host begins; nil when there is no scheme, or hardly anything behind it.
    private static func schemeEnd(_ value: Span<UInt8>) -> Int? {
        guard value.count >= shortestReferer else { return nil }
        for scheme in ["http://", "https://"] as [StaticString] {
            let scheme = Array(scheme.description.utf8)
            if value.extracting(0..<scheme.count).equalsIgnoringCase(scheme.span) {
                return scheme.count
            }
        }
        return nil
    }

    private static var shortestReferer: Int { "http://i.ru".utf8.count }
    private static var refererHostLimit: Int { 256 }
}
