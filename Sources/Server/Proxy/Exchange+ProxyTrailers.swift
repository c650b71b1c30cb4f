// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The fields that a peer sends behind its content.

internal import HTTP
internal import HTTP1
internal import Memory

extension Exchange {
    /// Takes the trailer section that ends the chunks of a peer, where somebody wants it.
    ///
    /// Spec: nginx `proxy_pass_trailers`.
    mutating func takeTrailers(
        _ slot: Int, endingAt end: Int, _ peers: inout PeerConnections,
        _ services: inout Services
    ) {
        let start = end - proxy.decoder.trailerByteCount
        let passes = services.site.locations[locationIndex].settings.proxy.policy.passesTrailers
        guard passes || services.site.usesUpstreamTrailers,
            // The empty line alone is no field.
            proxy.decoder.trailerByteCount > 2
        else { return }
        switch peers.connections[slot].input {
        case .some(let input): takeTrailers(input.span(start..<end - 2), passes, services)
        case .none: break
        }
    }

    /// Takes lines whose form has been checked.
    private mutating func takeTrailers(
        _ lines: Span<UInt8>, _ passes: Bool, _ services: borrowing Services
    ) {
        if services.site.usesUpstreamTrailers { proxy.receivedTrailers.append(lines) }
        guard passes else { return }
        var start = 0
        while let end = lines.firstOffset(of: 0x0A, from: start) {
            let line = lines.extracting(start..<end + 1)
            start = end + 1
            guard let colon = line.firstOffset(of: UInt8(ascii: ":")) else { continue }
            let name = line.extracting(0..<colon)
            let known = FieldName.recognise(name)
            let isDropped =
                Self.isForHeadsOnly(known)
                || isHidden(known, name, services.site.locations[locationIndex].settings.proxy)
            if !isDropped { response.trailers.append(line) }
        }
    }

    /// Fields that decide what has been decided before the content.
    ///
    /// Spec: RFC 9110 §6.5.1: framing, routing, who asks, and what the content is.
    private static func isForHeadsOnly(_ name: FieldName) -> Bool {
        switch name {
        case .host, .authorization, .cookie, .setCookie, .contentEncoding, .contentType,
            .contentRange, .location, .upgrade:
            true
        default: isOfPeerConnection(name)
        }
    }
}
