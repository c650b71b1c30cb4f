// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `rewrite`: a new path, or an address to send the client to.

internal import HTTP
internal import Memory
internal import Regex

/// What came of a `rewrite`.
enum RewriteOutcome: BitwiseCopyable {
    case noMatch
    /// The path is another one; the script goes on.
    case changed
    /// The path is another one; the script has ended.
    case ended
    case answered(ExchangeStep)
}

extension Exchange {
    /// Tries a rule, and obeys it where it matches.
    ///
    /// Spec: nginx `rewrite`.
    mutating func rewrite(_ rule: RewriteRule, _ services: inout Services) -> RewriteOutcome {
        switch match(rule.regex, rule.pattern, uri, &services) {
        case .noMatch: return .noMatch
        case .limit: return .answered(fail(500, &services))
        case .matched: break
        }
        isInternal = true
        isReceivedTarget = false
        if case .redirect(let status) = rule.ending {
            return .answered(redirect(rule, status, &services))
        }
        let old = arguments.flatMap { rule.keepsArguments && !$0.isEmpty ? $0 : nil }
        let path = evaluate(rule.path, &services)
        if let template = rule.arguments {
            var new = evaluate(template, escapingCaptures: true, &services)
            if let old { new = joined(new, "&", old) }
            arguments = new.isEmpty ? nil : new
        } else if !rule.keepsArguments {
            arguments = nil
        }
        logRewrite(path, &services)
        guard !path.isEmpty else {
            services.logError(.error, self, "the rewritten URI has a zero length")
            return .answered(fail(500, &services))
        }
        uri = path
        switch rule.ending {
        case .stays:
            isPathChanged = false
            nameStands = false
            return .ended
        case .last:
            isPathChanged = true
            return .ended
        case .goesOn, .redirect:
            isPathChanged = true
            return .changed
        }
    }

    private mutating func redirect(
        _ rule: RewriteRule, _ status: Int, _ services: inout Services
    ) -> ExchangeStep {
        let written = evaluate(rule.path, escapingCaptures: true, &services)
        var address = Buffer(capacity: written.count)
        RedirectAddress.unescape(bytes.span(written.range), into: &address)
        if rule.keepsArguments, let arguments, !arguments.isEmpty {
            address.append(byte: UInt8(ascii: rule.hasQuery ? "&" : "?"))
            address.append(arguments.range, of: bytes)
        }
        let place = store(address.readable)
        if services.logsRewrites(self) {
            services.logError(.notice, self, "rewritten redirect: \"\(logged(place))\"")
        }
        return fail(status, location: place, &services)
    }

    /// Two places with a byte between them, as one.
    private mutating func joined(
        _ first: ByteRange, _ separator: StaticString, _ second: ByteRange
    ) -> ByteRange {
        let start = bytes.count
        bytes.append(copyOf: first.range)
        bytes.append(separator)
        bytes.append(copyOf: second.range)
        return ByteRange(start, bytes.count)
    }

    private mutating func logRewrite(_ path: ByteRange, _ services: inout Services) {
        guard services.logsRewrites(self) else { return }
        let query = logged(arguments ?? ByteRange())
        services.logError(
            .notice, self, "rewritten data: \"\(logged(path))\", args: \"\(query)\"")
    }

    // MARK: Patterns

    /// Tries a pattern of the rewrite phase, and logs what came of it.
    mutating func match(
        _ regex: Int, _ pattern: String, _ subject: ByteRange, _ services: inout Services
    ) -> RegexResult {
        let result = matches(regex, subject, &services)
        switch result {
        case .limit: services.logRegexLimit(self, pattern, logged(subject))
        case .matched:
            if services.logsRewrites(self) {
                services.logError(
                    .notice, self, "\"\(pattern)\" matches \"\(logged(subject))\"")
            }
        case .noMatch:
            if services.logsRewrites(self) {
                services.logError(
                    .notice, self, "\"\(pattern)\" does not match \"\(logged(subject))\"")
            }
            forgetCaptures()
        }
        return result
    }

    /// A place as it may stand in a log.
    func logged(_ place: ByteRange) -> String {
        // Decoded, a path may hold anything: it must not be able to begin a line of its own.
        LogEscape.text(bytes.span(place.range))
    }
}

extension Services {
    /// `rewrite_log`.
    func logsRewrites(_ exchange: borrowing Exchange) -> Bool {
        isTraced || site.locations[exchange.locationIndex].settings.rewrite.isLogged
    }

    /// Writes that a pattern would have cost too much.
    mutating func logRegexLimit(
        _ exchange: borrowing Exchange, _ pattern: String, _ subject: String
    ) {
        logError(
            .alert, exchange,
            "pcre2_match() failed: the limit of its work is reached on \"\(subject)\" using "
                + "\"\(pattern)\"")
    }
}

/// Addresses as `rewrite` writes them.
enum RedirectAddress {
    /// Appends an address, with what need not be escaped in its path decoded.
    ///
    /// Spec: nginx NGX_UNESCAPE_REDIRECT: bytes between "%" and DEL are; from the question mark on
    ///       nothing is touched.
    static func unescape(_ address: Span<UInt8>, into buffer: inout Buffer) {
        var offset = 0
        while offset < address.count {
            let byte = address[offset]
            if byte == UInt8(ascii: "?") { break }
            offset += 1
            guard byte == UInt8(ascii: "%") else {
                buffer.append(byte: byte)
                continue
            }
            guard offset < address.count else { return }
            guard let high = ByteClass.hexValue(address[offset]) else {
                buffer.append(byte: address[offset])
                offset += 1
                continue
            }
            guard offset + 1 < address.count,
                let low = ByteClass.hexValue(address[offset + 1])
            else {
                offset += min(2, address.count - offset)
                continue
            }
            let decoded = high << 4 | low
            offset += 2
            if decoded > UInt8(ascii: "%"), decoded < 0x7F {
                buffer.append(byte: decoded)
            } else {
                buffer.append(byte: byte)
                buffer.append(address.extracting(offset - 2..<offset))
            }
            // A question mark with a letter among its digits ends the path, as nginx has it.
            if decoded == UInt8(ascii: "?") { break }
        }
        buffer.append(address.extracting(offset..<address.count))
    }
}
