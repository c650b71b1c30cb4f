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
        proxy.keptFields = response.fieldsKeptByRedirection()
        response.clear()
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
                mergesSlashes: services.mergesSlashes(facts.listener))
        else {
            services.logError(.error, self, "unsafe URI in X-Accel-Redirect was detected")
            return fail(404, &services)
        }
        if method != .head { method = .get }
        return redirectInternally(to: store(path.readable), arguments: query, &services)
    }

    /// Whether a segment of a path is `..`, plainly or in disguise.
    private static func leavesFolder(_ path: Span<UInt8>) -> Bool {
        var decoded = Buffer(capacity: path.count)
        URI.unescape(path, into: &decoded)
        var start = 0
        while start <= decoded.count {
            let end = decoded.readable.firstOffset(of: UInt8(ascii: "/"), from: start)
            let segment = decoded.span(start..<(end ?? decoded.count))
            if segment.equals("..") { return true }
            start = (end ?? decoded.count) + 1
        }
        return false
    }

    /// Adds what a peer has said that let another place answer.
    ///
    /// Spec: nginx: the peer knows better than `types` what its file is. Pages for errors, and
    ///       what another peer answers, have a type of their own.
    mutating func addKeptFields() {
        let isOwn = response.source != .peer && (200..<300).contains(response.status)
        let takesType = isOwn && response.status != 204
        let takesRanges = isOwn && !response.file.allowsRanges
        var kept = Buffer(capacity: 0)
        swap(&kept, &proxy.keptFields)
        var start = 0
        while start < kept.count {
            let rest = kept.span(start..<kept.count)
            let count = rest.firstOffset(of: 0x0A).map { $0 + 1 } ?? rest.count
            let line = start..<start + count
            start += count
            switch FieldName.recognise(
                rest.extracting(0..<(rest.firstOffset(of: UInt8(ascii: ":")) ?? 0)))
            {
            case .contentType:
                guard takesType else { continue }
                if response.file.lines != .none { response.takeFileLines() }
                response.removeField("Content-Type")
            case .acceptRanges: guard takesRanges else { continue }
            default: break
            }
            response.fields.append(line, of: kept)
        }
    }
}

extension Response {
    /// The field lines that outlive an internal redirection by a peer.
    ///
    /// Spec: nginx ngx_http_upstream_process_headers.
    fileprivate func fieldsKeptByRedirection() -> Buffer {
        var kept = Buffer(capacity: 0)
        var start = 0
        while start < fields.count {
            let rest = fields.span(start..<fields.count)
            let end = rest.firstOffset(of: 0x0A).map { $0 + 1 } ?? rest.count
            let name = rest.extracting(0..<(rest.firstOffset(of: UInt8(ascii: ":")) ?? 0))
            switch FieldName.recognise(name) {
            case .contentType, .setCookie, .cacheControl, .expires, .acceptRanges:
                kept.append(rest.extracting(0..<end))
            default:
                if name.equalsIgnoringCase("Content-Disposition") {
                    kept.append(rest.extracting(0..<end))
                }
            }
            start += end
        }
        return kept
    }
}
