// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Names the character set of a response in its `Content-Type`.

internal import HTTP
internal import Memory

extension Exchange {
    /// Completes `Content-Type` as `charset` says.
    ///
    /// Spec: nginx ngx_http_charset_module. A redirect gets none: old browsers took it for that of
    ///       the page that followed.
    mutating func nameCharset(_ services: inout Services) {
        if response.file.lines != .none {
            // The cache has done it, for all requests at once.
            if services.site.locations[locationIndex].hasFileCharset { return }
            response.takeFileLines()
        }
        guard let line = response.contentType else { return }
        let settings = services.site.locations[locationIndex].settings.charset
        let value = contentType(at: line)
        guard let target = targetCharset(settings, line, value, &services) else { return }
        let source = sourceCharset(settings, line, value, &services)
        var direction: CharsetMap.Direction?
        if let source {
            let isEqual = bytes.span(target.range).equalsIgnoringCase(bytes.span(source.range))
            if !isEqual {
                direction = convert(from: source, to: target, &services)
                guard direction != nil else { return }
            }
        } else if value.typeEnd < line.count {
            return
        }
        if response.status != 301, response.status != 302 {
            setCharset(target, at: line, behind: value.typeEnd)
        }
        if let direction, direction.changesLength { forgetLength() }
    }

    /// Has the content converted.
    ///
    /// Spec: nginx: what is encoded cannot be converted, and names no charset then.
    /// - Returns: nil if it stays as it is.
    private mutating func convert(
        from source: ByteRange, to target: ByteRange, _ services: inout Services
    ) -> CharsetMap.Direction? {
        if let coding = response.value(of: "content-encoding"), coding.count > 0 { return nil }
        let direction = services.site.charsetDirection(
            from: bytes.span(source.range), to: bytes.span(target.range))
        guard let direction else {
            services.logError(
                .error, self, "no \"charset_map\" between the charset of the content and its own")
            return nil
        }
        response.isConverted = true
        if head.method != .head {
            response.filter.add(
                CharsetConverter(direction), services.site.charsetMaps[direction.map])
            response.isFiltered = true
        }
        return direction
    }

    /// Makes the fields say that only the end of the content tells its length.
    private mutating func forgetLength() {
        response.removeField("Accept-Ranges")
        response.removeField("Content-Length")
        response.contentLength = nil
        response.statesLength = false
    }

    /// Puts the name of a charset behind a media type.
    private mutating func setCharset(_ name: ByteRange, at line: Extent, behind typeEnd: Int) {
        var changed = Buffer(capacity: response.fields.count + name.count + 16)
        changed.append(response.fields.span(0..<line.start + typeEnd))
        if !name.isEmpty {
            changed.append("; charset=")
            changed.appendFieldValue(name.range, of: bytes)
        }
        changed.append(response.fields.span(line.end..<response.fields.count))
        response.fields = changed
    }

    /// Only peers name a charset of their own: what `types` and `default_type` say is taken whole.
    private func contentType(at line: Extent) -> ContentTypeValue {
        ContentTypeValue(
            response.fields.span(line.range), findsCharset: response.source == .peer)
    }

    /// The charset that the client is to be told; nil for no change.
    private mutating func targetCharset(
        _ settings: CharsetSettings, _ line: Extent, _ value: ContentTypeValue,
        _ services: inout Services
    ) -> ByteRange? {
        if let name = response.charset {
            if services.site.knowsCharset(bytes.span(name.range)) { return name }
            services.logError(.error, self, "unknown charset to override")
            return nil
        }
        if value.charset != nil {
            guard settings.overrides else { return nil }
        } else {
            let type = response.fields.span(line.start..<line.start + value.typeEnd)
            guard settings.includes(type) else { return nil }
        }
        switch settings.target {
        case .off: return nil
        case .named(let name): return store(name)
        case .variable(let template): return evaluate(template, &services)
        }
    }

    /// The charset that the content is in; nil when nothing says it.
    private mutating func sourceCharset(
        _ settings: CharsetSettings, _ line: Extent, _ value: ContentTypeValue,
        _ services: inout Services
    ) -> ByteRange? {
        if let charset = value.charset {
            let start = bytes.count
            let place = line.start + charset.start..<line.start + charset.end
            bytes.append(place, of: response.fields)
            return ByteRange(start, bytes.count)
        }
        switch settings.source {
        case .off: return nil
        case .named(let name): return store(name)
        case .variable(let template): return evaluate(template, &services)
        }
    }
}

extension Site {
    /// Whether the configuration names a charset anywhere.
    fileprivate func knowsCharset(_ name: Span<UInt8>) -> Bool {
        charsetNames.contains { name.equalsIgnoringCase($0) }
    }
}

extension CharsetSettings {
    /// Whether `charset` is for a media type.
    fileprivate func includes(_ type: Span<UInt8>) -> Bool {
        let types = mediaTypes
        return types.isEmpty || types.contains { type.equalsIgnoringCase($0) }
    }
}

extension Response {
    /// Where the value of `Content-Type` is among the field lines.
    fileprivate var contentType: Extent? {
        var start = 0
        while start < fields.count {
            let rest = fields.span(start..<fields.count)
            let end = rest.firstOffset(of: 0x0D) ?? rest.count
            let line = rest.extracting(0..<end)
            if line.count >= 14, line.extracting(0..<14).equalsIgnoringCase("content-type: ") {
                return end > 14 ? Extent(start + 14, start + end) : nil
            }
            start += end + 2
        }
        return nil
    }

    /// Takes over the field lines of a file, to change them; the length is written when it is sure.
    mutating func takeFileLines() {
        statesLength = false
        var lines = Buffer(capacity: fields.count + 512)
        file.moveLines(to: &lines)
        lines.append(contentsOf: fields)
        fields = lines
    }
}
