// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// From a request target to a normalised path, and from an authority to a virtual host.

internal import HTTP
internal import Memory
internal import Regex

extension Exchange {
    /// Finds path, query and host of a parsed head.
    ///
    /// - Returns: the status to refuse it with, or nil.
    mutating func resolveTarget(_ services: inout Services) -> Int? {
        method = head.method
        guard chooseHost(&services) else { return 500 }
        if method == .connect || method == .trace {
            response.closes = true
            uri = store("/")
            // An error page must not pass such a method on.
            hasErrorPage = true
            return 405
        }
        guard setPath(head.pathRange, mergesSlashes: services.mergesSlashes(facts.listener)) else {
            return 400
        }
        arguments = head.queryRange
        return nil
    }

    /// Decodes and normalises an escaped path that lies in `bytes`.
    private mutating func setPath(_ path: ByteRange, mergesSlashes: Bool) -> Bool {
        if path.isEmpty || head.targetForm == .asterisk {
            // `OPTIONS *` asks about the server as a whole.
            uri = store("/")
            return true
        }
        if URI.isPlain(bytes.span(path.range)) {
            uri = path
            return true
        }
        let escaped = copy(path)
        var decoded = Buffer(capacity: escaped.count)
        guard URI.normalize(escaped.span, into: &decoded, mergesSlashes: mergesSlashes) else {
            return false
        }
        uri = store(decoded.readable)
        return true
    }

    /// Chooses the virtual host by listener and host name.
    ///
    /// - Returns: false when a pattern met its limits.
    private mutating func chooseHost(_ services: inout Services) -> Bool {
        if let authority = head.authorityRange {
            let name = ByteRange(
                authority.lowerBound, authority.lowerBound &+ Int(head.host.nameCount))
            host = head.host.needsLowercase ? lowercased(name) : name
        }
        let site = services.site
        let listener = facts.listener
        hostIndex = site.listeners[listener].names.defaultHost
        if site.listeners[listener].names.isTrivial { return true }
        if host.isEmpty, facts.isSecure,
            let name = services.secured.chosenName(of: facts.secured),
            let found = services.host(named: name, listener)
        {
            // Spec: nginx: who names no host is answered by the one whose certificate was shown.
            hostIndex = found
            return true
        }
        if let found = site.listeners[listener].names.host(named: bytes.span(host.range)) {
            hostIndex = found
            return true
        }
        for pattern in site.listeners[listener].names.patterns {
            switch matches(pattern.regex, host, &services) {
            case .matched:
                hostIndex = pattern.host
                return true
            case .noMatch: continue
            case .limit:
                locationIndex = site.hosts[hostIndex].rootLocation
                let name = site.hosts[pattern.host].name
                services.logRegexLimit(self, String(decoding: name, as: UTF8.self), logged(host))
                return false
            }
        }
        return true
    }

    private mutating func lowercased(_ range: ByteRange) -> ByteRange {
        let start = bytes.count
        for index in range.range {
            let lower = bytes.readable[index].asciiLowercased
            bytes.append(byte: lower)
        }
        return ByteRange(start, bytes.count)
    }

    /// Tries a regular expression, and takes its captures if it matches.
    ///
    /// Limits: match and depth limits of the matcher; a pattern that needs more does not match,
    ///         and `.limit` says so.
    mutating func matches(
        _ regex: Int, _ subject: ByteRange, _ services: inout Services
    ) -> RegexResult {
        let pattern = services.site.regexes[regex]
        let result = services.matcher.match(pattern.regex, bytes.span(subject.range))
        guard case .matched = result else { return result }
        for number in 0..<10 {
            captures[number] = services.matcher.capture(number).map { range in
                ByteRange(
                    subject.lowerBound &+ range.lowerBound, subject.lowerBound &+ range.upperBound)
            }
        }
        for name in pattern.names {
            values[name.variable] = services.matcher.capture(name.number).map { range in
                ByteRange(
                    subject.lowerBound &+ range.lowerBound, subject.lowerBound &+ range.upperBound)
            }
        }
        return .matched
    }
}
