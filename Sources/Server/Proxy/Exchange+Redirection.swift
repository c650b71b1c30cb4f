// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Peers that let another place of the same server answer: `X-Accel-Redirect`.

internal import HTTP
internal import Memory

extension Exchange {
    /// Takes note of what a peer tells proxies, unless the configuration ignores it.
    mutating func takeWish(
        _ name: FieldName, _ value: Span<UInt8>, ignoring ignored: PeerFields
    ) {
        switch name {
        case .xAccelCharset where !ignored.contains(.charset): response.charset = store(value)
        case .xAccelBuffering where !ignored.contains(.buffering): takeBufferingWish(value)
        case .xAccelLimitRate where !ignored.contains(.limitRate): takeRate(value)
        case .xAccelRedirect where !ignored.contains(.redirect) && value.count > 0:
            proxy.redirection = store(value)
        default: break
        }
    }

    /// Spec: nginx `X-Accel-Buffering`: "yes" or "no", in any case.
    private mutating func takeBufferingWish(_ value: Span<UInt8>) {
        if value.equalsIgnoringCase("no") { proxy.wishesBuffering = false }
        if value.equalsIgnoringCase("yes") { proxy.wishesBuffering = true }
    }

    /// Serves what the peer has named instead of its own answer.
    ///
    /// Spec: nginx `X-Accel-Redirect`: a path, perhaps with a query, or the name of a location; the
    ///       method becomes GET, and a few fields of the peer are kept.
    mutating func followRedirection(
        _ target: ByteRange, _ peers: inout PeerConnections, _ services: inout Services
    ) -> ExchangeStep {
        if proxy.framing == .none || proxy.framing == .length(0) {
            finishPeerContent(&peers, &services)
        } else {
            proxy.mayReuse = false
            releasePeer(&peers, &services)
            proxy.stage = .finished
        }
        let kept = response.fieldsKeptByRedirection()
        response.clear()
        response.fields.append(contentsOf: kept)
        if bytes.span(target.range).startsWith("@") {
            guard let named = services.site.hosts[hostIndex].named[copy(target)] else {
                services.logError(.error, self, "could not find a named location")
                return fail(500, &services)
            }
            return redirectInternally(toNamed: named, &services)
        }
        let (written, query) = splitQuery(target)
        var path = Buffer(capacity: written.count)
        guard !Self.leavesFolder(bytes.span(written.range)),
            URI.normalize(
                bytes.span(written.range), into: &path,
                mergesSlashes: services.mergesSlashes(facts.listener)),
            !Self.leavesFolder(path.readable)
        else {
            services.logError(.error, self, "unsafe URI in X-Accel-Redirect was detected")
            return fail(404, &services)
        }
        if method != .head { method = .get }
        return redirectInternally(to: store(path.readable), arguments: query, &services)
    }

    /// Whether a segment of a path is `..`.
    private static func leavesFolder(_ path: Span<UInt8>) -> Bool {
        var start = 0
        while start <= path.count {
            let end = path.firstOffset(of: UInt8(ascii: "/"), from: start) ?? path.count
            if path.extracting(start..<end).equals("..") { return true }
            start = end + 1
        }
        return false
    }
}

extension Response {
    /// The field lines that outlive an internal redirection by a peer.
    ///
    /// Spec: nginx keeps these, and the media type, which is that of the file here.
    fileprivate func fieldsKeptByRedirection() -> Buffer {
        var kept = Buffer(capacity: 0)
        var start = 0
        while start < fields.count {
            let rest = fields.span(start..<fields.count)
            let end = rest.firstOffset(of: 0x0A).map { $0 + 1 } ?? rest.count
            let name = rest.extracting(0..<(rest.firstOffset(of: UInt8(ascii: ":")) ?? 0))
            if name.equalsIgnoringCase("Set-Cookie")
                || name.equalsIgnoringCase("Content-Disposition")
                || name.equalsIgnoringCase("Cache-Control") || name.equalsIgnoringCase("Expires")
            {
                kept.append(rest.extracting(0..<end))
            }
            start += end
        }
        return kept
    }
}
