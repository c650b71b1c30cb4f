// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a profile says about one file: its type, its validators, how it may be cached and encoded.
// Opens nothing.

internal import Compression
internal import HTTP
internal import Memory
internal import OS

/// What a profile says about one file.
struct FileDescription {
    private let profile: FileProfile
    private let stamp: FileStamp
    /// With its parameters.
    let mediaType: [UInt8]
    /// Which codings may be made of it.
    let encodable: ContentCodings
    private let cacheControl: StaticString?

    init(_ profile: FileProfile, _ path: [UInt8], _ stamp: FileStamp) {
        self.profile = profile
        self.stamp = stamp
        let type = profile.mediaTypes.type(ofPath: path.span) ?? profile.defaultType
        mediaType = profile.withCharset(type)
        encodable = profile.encodings.makeable(type, byteCount: stamp.byteCount)
        cacheControl = Self.cacheControl(profile, path)
    }

    /// Whether it is a page that browsers show.
    var isPage: Bool {
        let name = mediaType.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        return Array(name).span.equalsIgnoringCase("text/html")
    }

    /// When it was changed, unless that means nothing.
    ///
    /// Why: images that are built reproducibly give every file the first or second moment of 1970,
    ///      in every version of the image.
    var lastModified: Int? {
        stamp.modifiedSeconds > 1 ? stamp.modifiedSeconds : nil
    }

    /// One form of the file.
    struct Form: ~Copyable {
        var coding = ContentCoding.identity
        var byteCount: Int
        /// Its bytes, or the descriptor that they are behind.
        var content: HeapBytes?
        var descriptor: FileDescriptor?
        var entityTag: [UInt8]
        /// Whether other clients may get another form.
        var varies: Bool
        var isMadeHere = false
    }

    /// Puts one form of the file together; held for the caller.
    func representation(_ form: consuming Form) -> RepresentationRef {
        var facts = FieldLines.Facts(byteCount: form.byteCount, mediaType: mediaType)
        facts.entityTag = form.entityTag
        facts.coding = form.coding
        facts.allowsRanges = profile.allowsRanges
        facts.saysRanges = !form.isMadeHere
        facts.modifiedSeconds = profile.hasLastModified ? lastModified : nil
        facts.cacheControl = cacheControl
        facts.variesByCoding = profile.encodings.hasVary && form.varies
        facts.extra = profile.extraFieldLines
        return RepresentationRef(
            Representation(
                coding: form.coding, lines: FieldLines(facts), byteCount: form.byteCount,
                content: form.content.take(), descriptor: form.descriptor.take()))
    }

    /// Puts a form that is in memory together; held for the caller.
    func representation(
        _ coding: ContentCoding, _ stamp: FileStamp, content: consuming HeapBytes, varies: Bool
    ) -> RepresentationRef {
        let tag = entityTag(of: content.span, coding, stamp)
        return representation(
            Form(
                coding: coding, byteCount: content.count, content: content, descriptor: nil,
                entityTag: tag, varies: varies))
    }

    /// Encodes the content of the file; nil when that does not make it smaller.
    ///
    /// - Parameter isBest: whether to take the time for the best there is.
    func encoded(
        _ content: Span<UInt8>, _ coding: ContentCoding, isBest: Bool,
        of identity: RepresentationRef
    ) -> RepresentationRef? {
        guard let encoder = coding.encoder,
            let bytes = Encoder.encode(
                content, as: encoder, level: isBest ? encoder.bestLevel : encoder.quickLevel),
            bytes.count < content.count
        else { return nil }
        return representation(
            Form(
                coding: coding, byteCount: bytes.count, content: HeapBytes(bytes.span),
                descriptor: nil,
                entityTag: EntityTagText.of(identity.entityTag, coding, isWeak: !isBest),
                varies: true, isMadeHere: true))
    }

    // MARK: Entity tags

    /// The tag of bytes that came from a file, or from a sibling of it.
    func entityTag(of content: Span<UInt8>, _ coding: ContentCoding, _ stamp: FileStamp) -> [UInt8]
    {
        switch profile.entityTags {
        case .none: []
        case .nginx: EntityTagText.of(stamp)
        case .content: EntityTagText.of(content, coding)
        }
    }

    /// The tag of bytes that stay in their file.
    func entityTag(of stamp: FileStamp, _ coding: ContentCoding) -> [UInt8] {
        switch profile.entityTags {
        case .none: []
        case .nginx: EntityTagText.of(stamp)
        // Without a time that means something, nothing tells one version from the next.
        case .content: stamp.modifiedSeconds > 1 ? EntityTagText.of(stamp) : []
        }
    }

    // MARK: Caching

    private static func cacheControl(_ profile: FileProfile, _ path: [UInt8]) -> StaticString? {
        guard profile.hasAutomaticCacheControl else { return nil }
        if BuildHash.isHashed(path.span) { return "public, max-age=31536000, immutable" }
        return "no-cache"
    }
}

/// The text of entity tags.
enum EntityTagText {
    /// `"seconds-size"` in hexadecimal, as nginx writes it.
    static func of(_ stamp: FileStamp) -> [UInt8] {
        let text = hexadecimal(stamp.modifiedSeconds) + [UInt8(ascii: "-")]
        return quoted(text + hexadecimal(stamp.byteCount))
    }

    /// A hash and the length of the bytes themselves, and the coding.
    static func of(_ content: Span<UInt8>, _ coding: ContentCoding) -> [UInt8] {
        let hash = Int(bitPattern: UInt(hash(content)))
        let text = hexadecimal(hash) + [UInt8(ascii: "-")] + hexadecimal(content.count)
        return quoted(text + suffix(of: coding))
    }

    /// The tag of an encoding made here: that of the file itself, and the coding.
    ///
    /// Why: so it is known before the encoding is there, and stays when a better one takes its
    ///      place. The bytes change then, so only the last one's tag is strong.
    static func of(_ tag: Span<UInt8>, _ coding: ContentCoding, isWeak: Bool) -> [UInt8] {
        guard let last = tag.indices.last, tag[last] == UInt8(ascii: "\"") else { return [] }
        var text: [UInt8] = isWeak && !tag.startsWith("W/") ? Array("W/".utf8) : []
        for i in 0..<last { text.append(tag[i]) }
        return text + suffix(of: coding) + [UInt8(ascii: "\"")]
    }

    private static func suffix(of coding: ContentCoding) -> [UInt8] {
        switch coding {
        case .identity: []
        case .gzip: Array("-gz".utf8)
        case .brotli: Array("-br".utf8)
        case .zstd: Array("-zst".utf8)
        }
    }

    private static func hexadecimal(_ value: Int) -> [UInt8] {
        Array(String(UInt(bitPattern: value), radix: 16).utf8)
    }

    private static func quoted(_ text: [UInt8]) -> [UInt8] {
        [UInt8(ascii: "\"")] + text + [UInt8(ascii: "\"")]
    }
}

// MARK: Types

extension FileProfile {
    func withCharset(_ type: [UInt8]) -> [UInt8] {
        guard !charset.isEmpty, !type.isEmpty,
            charsetTypes.isEmpty
                || charsetTypes.contains(where: { type.span.equalsIgnoringCase($0) })
        else { return type }
        return type + charset
    }
}

extension FileEncodings {
    /// Which codings may be made of contents of this type and size.
    func makeable(_ type: [UInt8], byteCount: Int) -> ContentCodings {
        var codings: ContentCodings = []
        if excludes(type) { return codings }
        for coding in ContentCoding.allCases {
            let rule = self[coding]
            if rule.makes, byteCount >= rule.contentByteMinimum, rule.includes(type) {
                codings.insert(ContentCodingSet(coding))
            }
        }
        return codings
    }
}

extension FileEncodings {
    /// Whether contents of this type have no encodings.
    func excludes(_ type: [UInt8]) -> Bool { excludedTypes.includeType(type) }
}

extension FileEncoding {
    fileprivate func includes(_ type: [UInt8]) -> Bool { types.includeType(type) }
}

extension [[UInt8]] {
    /// Whether a media type, which may have parameters, is among these; `*` alone stands for all.
    fileprivate func includeType(_ type: [UInt8]) -> Bool {
        if self == [[UInt8(ascii: "*")]] { return true }
        let end = type.firstIndex { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: " ") }
        let plain = type[..<(end ?? type.endIndex)]
        return contains { $0.elementsEqual(plain) }
    }
}
