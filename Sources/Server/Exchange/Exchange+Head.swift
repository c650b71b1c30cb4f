// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How an exchange comes by its head and content.

internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Takes a head that was parsed from the start of `input`.
    mutating func takeHead(_ input: borrowing Buffer, byteCount: Int) {
        bytes.removeAll()
        bytes.append(input.span(0..<byteCount))
        stage = .idle
    }

    /// Drops field lines that the configuration does not let through.
    ///
    /// Spec: nginx `underscores_in_headers`, `ignore_invalid_headers`.
    mutating func dropFields(_ settings: ClientSettings) {
        guard settings.ignoresInvalidFields else { return }
        head.fields.removeAll(
            having: settings.allowsUnderscores ? .unusualName : [.unusualName, .underscore])
    }

    /// Takes what there is of a head that is none: its first line, for the log.
    ///
    /// It is for the default host, for nobody knows better.
    mutating func takeMalformedHead(_ input: borrowing Buffer, _ site: Site) {
        hostIndex = site.listeners[facts.listener].names.defaultHost
        locationIndex = site.hosts[hostIndex].rootLocation
        // The parser may have seen that no content is expected in any answer.
        let isHead = head.method == .head
        head.reset()
        if isHead { head.method = .head }
        bytes.removeAll()
        let end = input.readable.firstOffset(of: 0x0A) ?? input.count
        bytes.append(input.span(0..<min(end, Self.loggedLineLimit)))
        if bytes.count > 0, bytes.readable[bytes.count - 1] == 0x0D {
            bytes.truncate(to: bytes.count - 1)
        }
        head.lineRange = ByteRange(0, bytes.count)
        head.version = .http11
        method = isHead ? .head : .get
        stage = .idle
    }

    /// What a log keeps of a line that is no request.
    private static var loggedLineLimit: Int { 2 << 10 }

    /// Answers a request that cannot be taken, whatever had been begun.
    mutating func refuse(_ status: Int, _ services: inout Services) -> ExchangeStep {
        response.closes = true
        // Whoever makes the error page must not wait for content that will never be taken, nor pass
        // on what has arrived of it: behind a head without a length it would be a request.
        head.framing = .none
        content.abandon()
        let step = fail(status, &services)
        response.closes = true
        return step
    }

    /// Takes decoded content.
    mutating func appendContent(
        _ new: Span<UInt8>, _ site: Site
    ) -> RequestContent.Outcome {
        content.append(
            new, site.locations[locationIndex].settings, ofKnownLength: head.framing != .chunked)
    }

    /// Whether so much content may still come.
    func allowsContent(ofFurther byteCount: Int, _ site: Site) -> Bool {
        content.allows(byteCount, site.locations[locationIndex].settings)
    }

    /// Ends the content.
    mutating func finishContent(_ site: Site) -> RequestContent.Outcome {
        content.finish(site.locations[locationIndex].settings)
    }

    /// Keeps what the turn lent, because the exchange goes on after it.
    mutating func keep() { response.file.keep() }
}
