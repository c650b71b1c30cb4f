// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Names of files, of whatever bytes, as text of HTML and XML. Pure.

internal import Memory

/// Makes names fit for a place in a list.
enum ListingText {
    /// How many characters a name has; nil when it is not UTF-8.
    static func characterCount(_ name: Span<UInt8>) -> Int? {
        guard (try? UTF8Span(validating: name)) != nil else { return nil }
        var count = 0
        for index in name.indices where !isContinuation(name[index]) { count += 1 }
        return count
    }

    /// How many bytes the first `count` characters of a name have.
    static func byteCount(ofCharacters count: Int, in name: Span<UInt8>) -> Int {
        var rest = count
        for index in name.indices where !isContinuation(name[index]) {
            if rest == 0 { return index }
            rest -= 1
        }
        return name.count
    }

    private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

    /// A name of UTF-8; what is none becomes replacement characters.
    static func repaired(_ name: Span<UInt8>) -> [UInt8] {
        let bytes = [UInt8](copying: name)
        if characterCount(name) != nil { return bytes }
        return Array(String(decoding: bytes, as: UTF8.self).utf8)
    }

    /// Appends text of HTML or XML.
    ///
    /// A control character would break the line, or the document: XML cannot hold most of them.
    static func appendMarkup(_ text: Span<UInt8>, to page: inout Buffer) {
        for index in text.indices {
            switch text[index] {
            case UInt8(ascii: "<"): page.append("&lt;")
            case UInt8(ascii: ">"): page.append("&gt;")
            case UInt8(ascii: "&"): page.append("&amp;")
            case UInt8(ascii: "\""): page.append("&quot;")
            case 0..<0x20, 0x7F: page.append(byte: UInt8(ascii: "?"))
            default: page.append(byte: text[index])
            }
        }
    }
}
