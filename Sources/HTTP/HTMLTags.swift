// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The tags of a page, as far as one must know HTML to find the scripts and styles that it names.
//
// It reads what browsers read, faults included, but makes no tree: bytes in, places out.

internal import Memory

/// One tag of a page.
struct HTMLTag: BitwiseCopyable {
    /// The attributes that are looked at.
    enum Attribute: Int {
        case src, href, rel, type, destination, crossOrigin, media, noModule, disabled, integrity,
            nonce
    }

    var name = ByteRange()
    /// Whether it is `</name>`.
    var isEnd = false
    private var places = InlineArray<11, ByteRange?>(repeating: nil)

    /// Where the value of an attribute lies; nil where the tag does not have it.
    subscript(attribute: Attribute) -> ByteRange? { places[attribute.rawValue] }

    /// Takes note of an attribute; of two with a name, the first one holds.
    fileprivate mutating func add(_ name: Span<UInt8>, _ value: ByteRange) {
        guard let attribute = Attribute(name), places[attribute.rawValue] == nil else { return }
        places[attribute.rawValue] = value
    }
}

extension HTMLTag.Attribute {
    fileprivate init?(_ name: Span<UInt8>) {
        if name.equalsIgnoringCase("src") {
            self = .src
        } else if name.equalsIgnoringCase("href") {
            self = .href
        } else if name.equalsIgnoringCase("rel") {
            self = .rel
        } else if name.equalsIgnoringCase("type") {
            self = .type
        } else if name.equalsIgnoringCase("as") {
            self = .destination
        } else if name.equalsIgnoringCase("crossorigin") {
            self = .crossOrigin
        } else if name.equalsIgnoringCase("media") {
            self = .media
        } else if name.equalsIgnoringCase("nomodule") {
            self = .noModule
        } else if name.equalsIgnoringCase("disabled") {
            self = .disabled
        } else if name.equalsIgnoringCase("integrity") {
            self = .integrity
        } else if name.equalsIgnoringCase("nonce") {
            self = .nonce
        } else {
            return nil
        }
    }
}

/// Walks the tags of a page.
///
/// Comments, and what is text although it may look like tags (in scripts, styles and the like), are
/// passed over. A tag that the page does not end is none.
/// Spec: WHATWG HTML §13.2.5, without the escapes within scripts.
struct HTMLTagList: BitwiseCopyable {
    private var offset = 0

    /// The next tag, nil after the last.
    mutating func next(in page: Span<UInt8>) -> HTMLTag? {
        while let start = page.firstOffset(of: UInt8(ascii: "<"), from: offset) {
            offset = start &+ 1
            guard offset < page.count else { break }
            if Self.isLetter(page[offset]) { return readTag(in: page, isEnd: false) }
            switch page[offset] {
            case UInt8(ascii: "!"): skipMarkup(in: page)
            case UInt8(ascii: "?"): skip(past: UInt8(ascii: ">"), in: page)
            case UInt8(ascii: "/"):
                offset &+= 1
                guard offset < page.count else { break }
                if Self.isLetter(page[offset]) { return readTag(in: page, isEnd: true) }
                skip(past: UInt8(ascii: ">"), in: page)
            default: break
            }
        }
        offset = page.count
        return nil
    }

    // MARK: What is no tag

    /// Passes over a comment, a doctype or what looks like one of these.
    private mutating func skipMarkup(in page: Span<UInt8>) {
        guard page.extracting(offset..<page.count).startsWith("!--") else {
            return skip(past: UInt8(ascii: ">"), in: page)
        }
        offset &+= 3
        let rest = page.extracting(offset..<page.count)
        if rest.startsWith(">") || rest.startsWith("->") { return skip(past: 0x3E, in: page) }
        while let end = page.firstOffset(of: UInt8(ascii: ">"), from: offset) {
            let text = page.extracting(offset..<end)
            offset = end &+ 1
            if Self.ends(text, with: "--") || Self.ends(text, with: "--!") { return }
        }
        offset = page.count
    }

    private static func ends(_ text: Span<UInt8>, with mark: StaticString) -> Bool {
        let start = text.count &- mark.utf8CodeUnitCount
        return start >= 0 && text.extracting(start..<text.count).equals(mark)
    }

    private mutating func skip(past byte: UInt8, in page: Span<UInt8>) {
        offset = page.firstOffset(of: byte, from: offset).map { $0 &+ 1 } ?? page.count
    }

    /// Passes over the text of an element that can have no tags within it.
    private mutating func skipText(of name: Span<UInt8>, in page: Span<UInt8>) {
        while let start = page.firstOffset(of: UInt8(ascii: "<"), from: offset) {
            offset = start &+ 1
            let end = offset &+ 1 &+ name.count
            guard end < page.count else { break }
            let isEnd =
                page[offset] == UInt8(ascii: "/") && Self.endsName(page[end])
                && page.extracting(offset &+ 1..<end).equalsIgnoringCase(name)
            if isEnd {
                offset = start
                return
            }
        }
        offset = page.count
    }

    private static func isText(_ name: Span<UInt8>) -> Bool {
        name.equalsIgnoringCase("script") || name.equalsIgnoringCase("style")
            || name.equalsIgnoringCase("title") || name.equalsIgnoringCase("textarea")
            || name.equalsIgnoringCase("noscript") || name.equalsIgnoringCase("iframe")
            || name.equalsIgnoringCase("noembed") || name.equalsIgnoringCase("noframes")
            || name.equalsIgnoringCase("xmp") || name.equalsIgnoringCase("plaintext")
    }

    // MARK: Tags

    /// Reads a tag from its name on; nil where the page ends before it.
    private mutating func readTag(in page: Span<UInt8>, isEnd: Bool) -> HTMLTag? {
        var tag = HTMLTag()
        tag.isEnd = isEnd
        let start = offset
        while offset < page.count, !Self.endsName(page[offset]) { offset &+= 1 }
        tag.name = ByteRange(start, offset)
        while offset < page.count {
            if page[offset] == UInt8(ascii: ">") {
                offset &+= 1
                let name = page.extracting(tag.name.range)
                if !isEnd, Self.isText(name) { skipText(of: name, in: page) }
                return tag
            }
            if Self.isSpace(page[offset]) || page[offset] == UInt8(ascii: "/") {
                offset &+= 1
            } else {
                readAttribute(in: page, of: &tag)
            }
        }
        return nil
    }

    private mutating func readAttribute(in page: Span<UInt8>, of tag: inout HTMLTag) {
        let start = offset
        // A name may even begin with "=".
        offset &+= 1
        while offset < page.count, page[offset] != UInt8(ascii: "="), !Self.endsName(page[offset]) {
            offset &+= 1
        }
        let name = page.extracting(start..<offset)
        var next = offset
        while next < page.count, Self.isSpace(page[next]) { next &+= 1 }
        guard next < page.count, page[next] == UInt8(ascii: "=") else {
            tag.add(name, ByteRange())
            return
        }
        offset = next &+ 1
        while offset < page.count, Self.isSpace(page[offset]) { offset &+= 1 }
        tag.add(name, readValue(in: page))
    }

    private mutating func readValue(in page: Span<UInt8>) -> ByteRange {
        guard offset < page.count else { return ByteRange() }
        let quote = page[offset]
        if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            let start = offset &+ 1
            let end = page.firstOffset(of: quote, from: start) ?? page.count
            offset = min(end &+ 1, page.count)
            return ByteRange(start, end)
        }
        let start = offset
        while offset < page.count, !Self.isSpace(page[offset]), page[offset] != UInt8(ascii: ">") {
            offset &+= 1
        }
        return ByteRange(start, offset)
    }

    private static func endsName(_ byte: UInt8) -> Bool {
        isSpace(byte) || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ">")
    }

    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 32 || byte == 9 || byte == 10 || byte == 12 || byte == 13
    }

    private static func isLetter(_ byte: UInt8) -> Bool { ByteClass.isLetter(byte) }
}
