// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Parts of a content: 206 and 416.

internal import FileCache
internal import HTTP
internal import Memory

extension Exchange {
    /// Makes a 206 or 416 of a 200 if the client wants parts and they may be had.
    ///
    /// Call when the response is complete but for this, because If-Range is about the validators
    /// that the client sees.
    ///
    /// Spec: RFC 9110 §14.2. Like nginx we answer HEAD as GET.
    /// - Returns: the step to take instead of completing the response.
    mutating func applyRange(_ services: inout Services) -> ExchangeStep? {
        guard response.status == 200, allowsRanges, let size = response.contentLength,
            let field = head.fields.first(of: .range), isRangeCurrent
        else { return nil }
        let limit = services.site.locations[locationIndex].settings.conditions.rangeLimit
        // A filter that changes no length sees nothing but content.
        let isStream = isFromPeer || response.isFiltered
        switch RangeSet.parse(
            bytes.span(field.valueRange), size: size, limit: isStream ? min(limit, 1) : limit)
        {
        case .ignored: return nil
        case .unsatisfiable: return failRange(size, &services)
        case .single(let range): becomePart(Extent(range.lowerBound, range.upperBound), of: size)
        case .multiple(let ranges): becomeParts(ranges, of: size)
        }
        return nil
    }

    private var isFromPeer: Bool { response.source == .peer }

    private var allowsRanges: Bool {
        switch response.source {
        case .file: response.file.allowsRanges
        case .peer: proxy.allowsRanges
        case .none, .body, .parts: false
        }
    }

    /// Whether If-Range names what the client would get, or there is none.
    private var isRangeCurrent: Bool {
        guard let field = head.fields.first(of: .ifRange) else { return true }
        let tag = sentValue(of: "etag")
        let date = sentValue(of: "last_modified")
        return Preconditions.ifRange(
            bytes.span(field.valueRange), holdsFor: tag?.span,
            date.flatMap { HTTPDate.parse($0.span) })
    }

    /// The value of a field that the response has, by its name as in a variable.
    private func sentValue(of name: String) -> [UInt8]? {
        let name = Array(name.utf8)
        return response.file.values(of: name).first
            ?? FieldLines.values(of: name, in: response.fields.readable).first
    }

    /// Spec: RFC 9110 §15.5.17.
    private mutating func failRange(_ size: Int, _ services: inout Services) -> ExchangeStep {
        // It was not about the page that may come instead.
        head.fields.present.remove(FieldNameSet(.range))
        let step = fail(416, &services)
        if response.status == 416 {
            response.removeField("Content-Range")
            response.fields.append("Content-Range: bytes */")
            response.fields.append(decimal: size)
            response.fields.append("\r\n")
        }
        return step
    }

    private mutating func becomePart(_ part: Extent, of size: Int) {
        become206(.part)
        response.fields.append("Content-Range: bytes ")
        response.fields.append(part, of: size)
        response.fields.append("\r\n")
        response.contentLength = part.count
        if isFromPeer {
            proxy.cut = part
        } else {
            response.offset = part.start
            response.end = part.end
        }
    }

    /// Spec: RFC 9110 §15.3.7.2.
    private mutating func becomeParts(_ ranges: [Range<Int>], of size: Int) {
        let type = sentValue(of: "content_type") ?? []
        let parts = PartPlan(ranges, of: size, mediaType: type)
        let byteCount = parts.byteCount
        if ranges.count > Self.cheapPartLimit, byteCount > size { return }
        become206(.parts)
        response.fields.append("Content-Type: multipart/byteranges; boundary=")
        response.fields.append(parts.boundary)
        response.fields.append("\r\n")
        response.contentLength = byteCount
        response.parts = parts
        response.source = .parts
        response.offset = 0
        response.end = 0
    }

    /// So many parts may be more bytes than the whole would be, for all that goes between them; of
    /// more parts that is an attack or a mistake (RFC 9110 §17.15).
    private static var cheapPartLimit: Int { 16 }

    private mutating func become206(_ lines: FileHold.Lines) {
        response.status = 206
        response.reason = nil
        response.statesLength = false
        response.removeField("Content-Range")
        response.removeField("Accept-Ranges")
        if isFromPeer { return }
        if response.file.lines == .whole {
            response.file.chooseLines(lines)
        } else if lines == .parts {
            // They were taken over by who had to change them.
            response.removeField("Content-Type")
        }
    }

    // MARK: Content

    /// Lets the client ask for a part of what a peer sends, whatever the peer says of that.
    ///
    /// Spec: nginx `proxy_force_ranges`: one part only, of a content whose length is known.
    mutating func offerRanges(ofAtMost settings: ConditionSettings) {
        response.removeField("Accept-Ranges")
        guard response.status == 200, response.contentLength != nil, settings.rangeLimit > 0 else {
            return
        }
        proxy.allowsRanges = true
        response.add("Accept-Ranges", "bytes")
    }

    /// The next piece of the part of a peer's content that the client wants.
    mutating func nextCutPiece(
        _ peers: inout PeerConnections, _ services: inout Services
    ) -> Piece {
        guard let cut = proxy.cut else { return .failed }
        if cut.end == 0, proxy.stage == .receivingContent {
            // The peer may have much more to say.
            proxy.mayReuse = false
            finishPeerContent(&peers, &services)
        }
        let piece = receivePiece(&peers, &services)
        guard case .peer(let slot, let range) = piece else { return piece }
        let unwanted = min(cut.start, range.count)
        guard unwanted > 0 else {
            return .peer(slot: slot, range: Extent(range.start, min(range.end, cut.end)))
        }
        proxy.cut = Extent(cut.start - unwanted, cut.end - unwanted)
        didPass(unwanted, fromPeer: slot, &peers, &services)
        // Nothing of it is for the client; but the turn has had a piece, and may end.
        return .peer(slot: slot, range: Extent(0, 0))
    }

    /// The next piece of a content of several parts: what stands before a part, or the part.
    mutating func nextPartPiece() -> Piece {
        guard let parts = response.parts else { return .failed }
        while response.offset == response.end {
            switch parts.advance(&response.body) {
            case .end: return .end
            case .delimiter:
                response.offset = 0
                response.end = response.body.count
            case .part(let part):
                response.offset = part.start
                response.end = part.end
            }
        }
        let range = Extent(response.offset, response.end)
        return parts.isInDelimiter ? .body(range) : filePiece(range)
    }
}

extension Buffer {
    /// Appends a part as `Content-Range` and the heads of parts write it.
    mutating func append(_ part: Extent, of size: Int) {
        append(decimal: part.start)
        append(byte: UInt8(ascii: "-"))
        append(decimal: part.end &- 1)
        append(byte: UInt8(ascii: "/"))
        append(decimal: size)
    }
}
