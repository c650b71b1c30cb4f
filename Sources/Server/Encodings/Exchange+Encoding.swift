// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Lets the content of a response pass an encoder, and makes its fields say so.

internal import Compression
internal import EventLoop
internal import FileCache
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Puts the content into a coding where the configuration and the client want that.
    ///
    /// Call when all fields are there, for they decide it.
    /// Spec: nginx ngx_http_gzip_filter_module, for every coding; and RFC 9110 §7.7: what says
    ///       `no-transform` is left alone.
    mutating func encodeContent(_ services: inout Services) {
        switch response.status {
        case 200, 403, 404: break
        case 304: return response.fileCoding == .identity ? () : takeEncodedFileLines()
        default: return
        }
        guard response.source != .none else { return }
        let coding =
            response.source == .file && !response.isConverted
            ? response.fileCoding : codingOfContent(&services)
        guard coding != .identity else { return }
        if head.method != .head, !beginFilter(coding, &services) { return }
        sayEncoded(coding)
    }

    // MARK: Whether

    /// The coding for content that does not come from a file; identity for none.
    private mutating func codingOfContent(_ services: inout Services) -> ContentCoding {
        let type = response.mediaType
        let plan = services.site.locations[locationIndex].encodings
        var fit: ContentCodings = []
        for coding in ContentCoding.allCases where plan.passing.contains(ContentCodings(coding)) {
            if let length = response.contentLength, length < plan[coding].contentByteMinimum {
                continue
            }
            if services.site.locations[locationIndex].settings.encodings.includes(
                response.fields.span(type.range), for: coding)
            {
                fit.insert(ContentCodings(coding))
            }
        }
        guard !fit.isEmpty else { return .identity }
        if let value = response.value(of: "content-encoding"), value.count > 0 { return .identity }
        if cacheControl(says: "no-transform") { return .identity }
        if plan.varies, !variesByCoding { response.add("Vary", "Accept-Encoding") }
        let accepted = acceptedCodings(among: fit, plan.rules, &services)
        guard !head.fields.contains(.via) || allowsProxied(plan.rules.proxied, services) else {
            return .identity
        }
        return accepted.best(of: fit)
    }

    private var variesByCoding: Bool {
        guard let value = response.value(of: "vary") else { return false }
        return TokenList.contains(response.fields.span(value.range), "accept-encoding")
    }

    private func cacheControl(says token: StaticString) -> Bool {
        var start = 0
        while let value = response.value(of: "cache-control", from: start) {
            if TokenList.contains(response.fields.span(value.range), token) { return true }
            start = value.end
        }
        return false
    }

    /// Whether `gzip_proxied` allows this answer to a request of another proxy.
    ///
    /// Spec: nginx ngx_http_gzip_ok.
    private func allowsProxied(
        _ answers: ProxiedAnswers, _ services: borrowing Services
    ) -> Bool {
        if answers.isEmpty || answers.contains(.off) { return false }
        if answers.contains(.any) { return true }
        if answers.contains(.authorized), head.fields.contains(.authorization) { return true }
        if let expires = response.value(of: "expires") {
            guard answers.contains(.expired),
                let end = HTTPDate.parse(response.fields.span(expires.range))
            else { return false }
            guard let date = response.value(of: "date") else {
                return end < services.clock.wallMilliseconds / 1000
            }
            guard let now = HTTPDate.parse(response.fields.span(date.range)) else { return false }
            return end < now
        }
        if response.value(of: "cache-control") != nil {
            return answers.contains(.noCache) && cacheControl(says: "no-cache")
                || answers.contains(.noStore) && cacheControl(says: "no-store")
                || answers.contains(.isPrivate) && cacheControl(says: "private")
        }
        if answers.contains(.noLastModified), response.value(of: "last-modified") != nil {
            return false
        }
        return !(answers.contains(.noEntityTag) && response.value(of: "etag") != nil)
    }

    // MARK: How

    /// - Returns: false if there is no memory for an encoder: the content goes out as it is.
    private mutating func beginFilter(
        _ coding: ContentCoding, _ services: inout Services
    ) -> Bool {
        guard let name = coding.encoder else { return false }
        let level = services.site.locations[locationIndex].encodings[coding].level
        let place = services.encoders.take()
        let weight = place.weight
        do throws(EncoderFailure) {
            let encoder = try Encoder(
                name, level: level, weight: weight, expectedByteCount: response.contentLength)
            response.filter.add(encoder, place)
            response.isFiltered = true
            return true
        } catch {
            services.logError(.alert, self, "there is no memory to compress a response")
            return false
        }
    }

    /// Spec: RFC 9110 §8.8.1: bytes made anew for each client have no strong validator.
    private mutating func sayEncoded(_ coding: ContentCoding) {
        takeEncodedFileLines()
        response.removeField("Content-Length")
        response.removeField("Accept-Ranges")
        response.weakenTag()
        response.add("Content-Encoding", coding.spelling)
        response.contentLength = nil
        response.statesLength = false
    }

    /// Takes over the field lines of a file, with the tag of its encoding.
    private mutating func takeEncodedFileLines() {
        if response.file.lines != .none { response.takeFileLines() }
        guard response.fileCoding != .identity, let file = response.file.representation,
            let old = response.value(of: "etag"),
            response.fields.span(old.range).equals(file.entityTag)
        else { return }
        let tag = streamedTag
        response.replace(old, with: tag.readable)
    }

    /// The tag of a file in the coding that it is put into while it is sent; empty for none.
    ///
    /// It is that of the encoding that the cache makes, but weak: so a client that has the one
    /// needs not be sent the other, and parts of the two are never put together.
    var streamedTag: Buffer {
        var tag = Buffer(capacity: 64)
        if response.fileCoding != .identity {
            response.file.representation?.appendEntityTag(
                streamedAs: response.fileCoding, to: &tag)
        }
        return tag
    }
}

extension ContentCoding {
    /// What makes it.
    fileprivate var encoder: Coding? {
        switch self {
        case .identity: nil
        case .gzip: .gzip
        case .brotli: .brotli
        case .zstd: .zstd
        }
    }
}

extension EncodingSettings {
    /// Whether contents of this type, which has no parameters, are worth a coding.
    ///
    /// Why: asked where the settings are; a copy of them would count references.
    fileprivate func includes(_ type: Span<UInt8>, for coding: ContentCoding) -> Bool {
        switch coding {
        case .gzip: gzip.includes(type)
        case .brotli: brotli.includes(type)
        case .zstd: zstd.includes(type)
        case .identity: false
        }
    }
}

extension CodingSettings {
    /// Spec: nginx ngx_http_test_content_type.
    fileprivate func includes(_ type: Span<UInt8>) -> Bool {
        if type.equalsIgnoringCase("text/html") { return true }
        for index in types.elements.indices {
            if type.equalsIgnoringCase(types.elements[index]) { return true }
        }
        return includesAllTypes
    }
}

extension Response {
    /// Where the value of a field is among the field lines.
    ///
    /// - Parameter start: the end of a value that was found before, to find the next one.
    func value(of name: StaticString, from start: Int = 0) -> Extent? {
        var start = start
        if start > 0 { start = (fields.readable.firstOffset(of: 0x0A, from: start) ?? start) + 1 }
        while start < fields.count {
            let end = fields.readable.firstOffset(of: 0x0A, from: start) ?? fields.count
            let line = fields.span(start..<max(start, end - 1))
            if let colon = line.firstOffset(of: UInt8(ascii: ":")),
                line.extracting(0..<colon).equalsIgnoringCase(name)
            {
                var first = colon + 1
                while first < line.count, line[first] == 32 || line[first] == 9 { first += 1 }
                return Extent(start + first, start + line.count)
            }
            start = end + 1
        }
        return nil
    }

    /// Where the media type is, without its parameters; empty when there is none.
    fileprivate var mediaType: Extent {
        guard let value = value(of: "content-type") else { return Extent(0, 0) }
        let text = fields.span(value.range)
        var count = text.firstOffset(of: UInt8(ascii: ";")) ?? text.count
        while count > 0, text[count - 1] == 32 { count -= 1 }
        return Extent(value.start, value.start + count)
    }

    /// Puts another value in the place of one.
    mutating func replace(_ value: Extent, with new: Span<UInt8>) {
        var changed = Buffer(capacity: fields.count + new.count)
        changed.append(0..<value.start, of: fields)
        changed.append(new)
        changed.append(value.end..<fields.count, of: fields)
        fields = changed
    }

    /// Makes the entity tag weak, and drops what is none.
    ///
    /// Spec: nginx ngx_http_weak_etag.
    mutating func weakenTag() {
        guard let value = value(of: "etag") else { return }
        if fields.span(value.range).startsWith("W/") { return }
        let isTag = fields.span(value.range).startsWith("\"")
        guard isTag else { return removeField("ETag") }
        replace(
            Extent(value.start, value.start), with: [UInt8(ascii: "W"), UInt8(ascii: "/")].span)
    }
}
