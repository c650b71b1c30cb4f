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

    /// Puts one form of the file together; held for the caller.
    ///
    /// - Parameters:
    ///   - stamp: of the file that the bytes came from: this one or its sibling.
    ///   - isMadeHere: whether the bytes were encoded by us.
    func representation(
        _ coding: ContentCodings, _ stamp: FileStamp, content: consuming HeapBytes?,
        descriptor: consuming FileDescriptor?, isMadeHere: Bool
    ) -> RepresentationRef {
        var facts = FieldLines.Facts(byteCount: stamp.byteCount, mediaType: mediaType)
        switch content {
        case .some(let bytes):
            facts.byteCount = bytes.count
            facts.entityTag = entityTag(bytes.span, coding, stamp, isMadeHere)
        case .none:
            facts.entityTag = entityTag(stamp, isWeak: false)
        }
        facts.coding = coding
        facts.allowsRanges = profile.allowsRanges
        facts.modifiedSeconds = profile.hasLastModified ? lastModified : nil
        facts.cacheControl = cacheControl
        facts.variesByCoding = profile.encodings.hasVary && (!encodable.isEmpty || !coding.isEmpty)
        facts.extra = profile.extraFieldLines
        return RepresentationRef(
            Representation(
                coding: coding, lines: FieldLines(facts), byteCount: facts.byteCount,
                content: content, descriptor: descriptor))
    }

    /// Encodes the content of the file; nil when that does not make it smaller.
    func encoded(
        _ content: Span<UInt8>, _ coding: Coding, level: Int
    ) -> RepresentationRef? {
        guard let bytes = Encoder.encode(content, as: coding, level: level),
            bytes.count < content.count
        else { return nil }
        let set: ContentCodings = coding == .gzip ? .gzip : .brotli
        return representation(
            set, stamp, content: HeapBytes(bytes.span), descriptor: nil, isMadeHere: true)
    }

    // MARK: Entity tags

    private func entityTag(
        _ content: Span<UInt8>, _ coding: ContentCodings, _ stamp: FileStamp, _ isMadeHere: Bool
    ) -> [UInt8] {
        switch profile.entityTags {
        case .none: return []
        // Two encodings made here have the same stamp but not the same bytes.
        case .nginx: return EntityTagText.of(stamp, isWeak: isMadeHere)
        case .content: return EntityTagText.of(content, coding)
        }
    }

    private func entityTag(_ stamp: FileStamp, isWeak: Bool) -> [UInt8] {
        switch profile.entityTags {
        case .none: return []
        case .nginx: return EntityTagText.of(stamp, isWeak: isWeak)
        // Without a time that means something, nothing tells one version from the next.
        case .content:
            return stamp.modifiedSeconds > 1 ? EntityTagText.of(stamp, isWeak: isWeak) : []
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
    static func of(_ stamp: FileStamp, isWeak: Bool) -> [UInt8] {
        let text = hexadecimal(stamp.modifiedSeconds) + [UInt8(ascii: "-")]
        return (isWeak ? Array("W/".utf8) : []) + quoted(text + hexadecimal(stamp.byteCount))
    }

    /// A hash and the length of the bytes themselves, and the coding.
    static func of(_ content: Span<UInt8>, _ coding: ContentCodings) -> [UInt8] {
        let hash = Int(bitPattern: UInt(hash(content)))
        var text = hexadecimal(hash) + [UInt8(ascii: "-")] + hexadecimal(content.count)
        if coding == .gzip { text += Array("-gz".utf8) }
        if coding == .brotli { text += Array("-br".utf8) }
        return quoted(text)
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
        for coding in [ContentCoding.gzip, .brotli] {
            let rule = self[coding]
            if rule.makes, byteCount >= rule.contentByteMinimum, rule.includes(type) {
                codings.insert(ContentCodingSet(coding))
            }
        }
        return codings
    }
}

extension FileEncoding {
    fileprivate func includes(_ type: [UInt8]) -> Bool {
        if types == [[UInt8(ascii: "*")]] { return true }
        let end = type.firstIndex { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: " ") }
        let plain = type[..<(end ?? type.endIndex)]
        return types.contains { $0.elementsEqual(plain) }
    }
}
