// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The scripts and styles that a page names in its own HTML, as the field that tells a browser to
// fetch them before it has read the page. Pure.
//
// A wrong hint costs a visitor bytes, a missing one next to nothing. So in doubt there is none.

internal import Memory

/// Makes a `Link` field of the scripts and styles of a page.
///
/// Only of those of the same origin, and only where the fetch that the field leads to is the very
/// fetch that the page will make: what is fetched in another way is fetched twice.
/// Spec: RFC 8288 §3, RFC 8297; WHATWG HTML §4.6.7 (`modulepreload`, `preload`, `stylesheet`).
package enum PageLinks {
    /// The field line for a page, with its line end; empty when there is nothing to say.
    ///
    /// Limits: what comes after the first `pageByteLimit` bytes is not looked at; at most
    ///         `linkLimit` links, and a line of `lineByteLimit` bytes.
    package static func fieldLine(for page: Span<UInt8>) -> [UInt8] {
        let page = page.extracting(0..<min(page.count, pageByteLimit))
        guard let links = links(in: page) else { return [] }
        var line = Buffer(capacity: 256)
        for link in links {
            let end = line.count
            line.append(end == 0 ? "Link: " : ", ")
            link.append(of: page, to: &line)
            if line.count + 2 > lineByteLimit {
                line.truncate(to: end)
                break
            }
        }
        guard line.count > 0 else { return [] }
        line.append("\r\n")
        let bytes = line.readable
        return [UInt8](capacity: bytes.count) { output in
            for index in bytes.indices { output.append(bytes[index]) }
        }
    }

    package static var pageByteLimit: Int { 64 << 10 }
    package static var linkLimit: Int { 16 }
    package static var lineByteLimit: Int { 4 << 10 }
    static var addressByteLimit: Int { 1 << 10 }

    /// The links of a page, nil when none of its addresses means what it seems to mean.
    private static func links(in page: Span<UInt8>) -> [PageLink]? {
        var links: [PageLink] = []
        var tags = HTMLTagList()
        var templateDepth = 0
        var hasImportMap = false
        while let tag = tags.next(in: page) {
            let name = page.extracting(tag.name.range)
            if name.equalsIgnoringCase("template") {
                templateDepth = max(0, templateDepth + (tag.isEnd ? -1 : 1))
            }
            // What is in a template is there for scripts to use, or not.
            if tag.isEnd || templateDepth > 0 { continue }
            if name.equalsIgnoringCase("base"), tag[.href] != nil { return nil }
            if name.equalsIgnoringCase("script"), tag.has(.type, "importmap", page) {
                hasImportMap = true
            }
            guard links.count < linkLimit, let link = PageLink(tag, name, page),
                !links.contains(where: { $0.isSame(as: link, in: page) })
            else { continue }
            links.append(link)
        }
        // Once a module is on its way, a browser takes no import map any more.
        return hasImportMap ? links.filter { $0.kind != .module } : links
    }
}

extension HTMLTag {
    /// Whether an attribute has this value.
    fileprivate func has(
        _ attribute: Attribute, _ value: StaticString, _ page: Span<UInt8>
    ) -> Bool {
        guard let place = self[attribute] else { return false }
        return page.extracting(place.range).equalsIgnoringCase(value)
    }

    /// Whether an attribute has this among its values, which blanks separate.
    fileprivate func lists(
        _ attribute: Attribute, _ value: StaticString, _ page: Span<UInt8>
    ) -> Bool {
        guard let place = self[attribute] else { return false }
        var start = place.lowerBound
        for offset in place.lowerBound...place.upperBound {
            guard offset == place.upperBound || HTMLTagList.isSpace(page[offset]) else { continue }
            if page.extracting(start..<offset).equalsIgnoringCase(value) { return true }
            start = offset + 1
        }
        return false
    }
}

/// One thing that a page names.
private struct PageLink: BitwiseCopyable {
    enum Kind: BitwiseCopyable {
        case module, script, style, font
    }

    enum CrossOrigin: BitwiseCopyable {
        case none, anonymous, credentials
    }

    let kind: Kind
    let address: ByteRange
    let crossOrigin: CrossOrigin

    /// What a tag names; nil when that is nothing that is worth a hint, or that is safe.
    init?(_ tag: HTMLTag, _ name: Span<UInt8>, _ page: Span<UInt8>) {
        // The fetch of a hint would have none of these, and would not be the page's own.
        if tag[.integrity] != nil || tag[.nonce] != nil { return nil }
        let found: (Kind, HTMLTag.Attribute)?
        if name.equalsIgnoringCase("script") {
            found = Self.kind(ofScript: tag, page).map { ($0, .src) }
        } else if name.equalsIgnoringCase("link") {
            found = Self.kind(ofLink: tag, page).map { ($0, .href) }
        } else {
            found = nil
        }
        guard let (kind, attribute) = found, let place = tag[attribute],
            let address = Self.address(place, page)
        else { return nil }
        self.kind = kind
        self.address = address
        if tag.has(.crossOrigin, "use-credentials", page) {
            crossOrigin = .credentials
        } else {
            crossOrigin = tag[.crossOrigin] == nil ? .none : .anonymous
        }
    }

    private static func kind(ofScript tag: HTMLTag, _ page: Span<UInt8>) -> Kind? {
        if tag[.noModule] != nil { return nil }
        guard let type = tag[.type], !type.isEmpty else { return .script }
        if tag.has(.type, "module", page) { return .module }
        let isScript =
            tag.has(.type, "text/javascript", page)
            || tag.has(.type, "application/javascript", page)
            || tag.has(.type, "application/x-javascript", page)
        return isScript ? .script : nil
    }

    private static func kind(ofLink tag: HTMLTag, _ page: Span<UInt8>) -> Kind? {
        if tag[.disabled] != nil { return nil }
        if tag[.media] != nil, !tag.has(.media, "all", page), !tag.has(.media, "screen", page) {
            return nil
        }
        if tag.lists(.rel, "modulepreload", page) {
            return tag[.destination] == nil || tag.has(.destination, "script", page) ? .module : nil
        }
        if tag.lists(.rel, "stylesheet", page) {
            return tag.lists(.rel, "alternate", page) ? nil : .style
        }
        guard tag.lists(.rel, "preload", page) else { return nil }
        if tag.has(.destination, "script", page) { return .script }
        if tag.has(.destination, "style", page) { return .style }
        return tag.has(.destination, "font", page) ? .font : nil
    }

    // MARK: Addresses

    /// An address of the same origin, without the blanks around it.
    private static func address(_ place: ByteRange, _ page: Span<UInt8>) -> ByteRange? {
        var (start, end) = (place.lowerBound, place.upperBound)
        while start < end, HTMLTagList.isSpace(page[start]) { start += 1 }
        while end > start, HTMLTagList.isSpace(page[end - 1]) { end -= 1 }
        guard start < end, end - start <= PageLinks.addressByteLimit else { return nil }
        let text = page.extracting(start..<end)
        if text.startsWith("//") || text[0] == UInt8(ascii: "#") { return nil }
        for offset in text.indices where !isPlain(text, at: offset) { return nil }
        return hasScheme(text) ? nil : ByteRange(start, end)
    }

    /// Whether a byte stands for itself in a field and in HTML.
    private static func isPlain(_ text: Span<UInt8>, at offset: Int) -> Bool {
        switch text[offset] {
        case UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\\"),
            UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "|"),
            UInt8(ascii: "}"):
            return false
        case UInt8(ascii: "&"): return !isReference(text, at: offset)
        case let byte: return byte > 0x20 && byte < 0x7F
        }
    }

    /// Whether an ampersand begins a reference to a character, other than to itself.
    private static func isReference(_ text: Span<UInt8>, at offset: Int) -> Bool {
        let rest = text.extracting(offset + 1..<text.count)
        if rest.startsWith("amp;") { return false }
        if rest.startsWith("#") { return true }
        var end = 0
        while end < rest.count, ByteClass.isLetter(rest[end]) || ByteClass.isDigit(rest[end]) {
            end += 1
        }
        return end > 0 && (end == rest.count || rest[end] != UInt8(ascii: "="))
    }

    /// Whether an address begins with a scheme, and so names its host or has none.
    private static func hasScheme(_ text: Span<UInt8>) -> Bool {
        for offset in text.indices {
            let byte = text[offset]
            if byte == UInt8(ascii: ":") { return true }
            let isOfScheme =
                ByteClass.isLetter(byte) || ByteClass.isDigit(byte) || byte == UInt8(ascii: "+")
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            if !isOfScheme { return false }
        }
        return false
    }

    /// Whether both name the same thing.
    func isSame(as other: PageLink, in page: Span<UInt8>) -> Bool {
        page.extracting(address.range).equals(page.extracting(other.address.range))
    }

    // MARK: The field

    /// Appends it as an element of a `Link` field.
    func append(of page: Span<UInt8>, to line: inout Buffer) {
        line.append("<")
        var offset = address.lowerBound
        while offset < address.upperBound {
            line.append(byte: page[offset])
            let isAmpersand = page[offset] == UInt8(ascii: "&")
            let rest = page.extracting(offset + 1..<address.upperBound)
            offset += isAmpersand && rest.startsWith("amp;") ? 5 : 1
        }
        switch kind {
        case .module: line.append(">; rel=modulepreload")
        case .script: line.append(">; rel=preload; as=script")
        case .style: line.append(">; rel=preload; as=style")
        case .font: line.append(">; rel=preload; as=font")
        }
        switch crossOrigin {
        case .none: break
        case .anonymous: line.append("; crossorigin")
        case .credentials: line.append("; crossorigin=\"use-credentials\"")
        }
    }
}
