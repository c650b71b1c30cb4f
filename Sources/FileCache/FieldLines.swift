// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Writes the field lines that belong to one representation of a file. Bytes in, bytes out: it opens
// nothing and reads no clock.

internal import HTTP
internal import Memory

/// The field lines of one representation, in an order that makes every shorter list a suffix.
///
///     Accept-Ranges │ Content-Length │ Content-Type │ Content-Encoding │ Last-Modified │ ETag …
///             lengthOffset      partOffset     codingOffset    notModifiedOffset   tagOffset
///
/// Spec: RFC 9110 §15.4.5: which of them a 304 repeats. RFC 9110 §15.3.7: which a 206 has.
struct FieldLines: ~Copyable {
    let bytes: HeapBytes
    let lengthOffset: Int
    let partOffset: Int
    let codingOffset: Int
    let notModifiedOffset: Int
    let tagOffset: Int
    /// Where `Cache-Control` is.
    let caching: Range<Int>
    let entityTag: HeapBytes
    let allowsRanges: Bool

    /// What the lines say.
    struct Facts {
        var byteCount: Int
        /// Whether parts may be asked for, if they could be put together again.
        var allowsRanges = true
        /// Whether it says so: nginx never does of what it encodes, and clients ask all the same.
        var saysRanges = true
        var mediaType: [UInt8]
        var coding = ContentCoding.identity
        /// Seconds since 1970, nil for no `Last-Modified`.
        var modifiedSeconds: Int?
        var entityTag: [UInt8] = []
        var cacheControl: StaticString?
        var variesByCoding = false
        var extra: [UInt8] = []
    }

    init(_ facts: Facts) {
        var lines = Buffer(capacity: 512)
        // Spec: RFC 9110 §13.1.5: parts of a weakly tagged representation could not be put
        //       together.
        allowsRanges = facts.allowsRanges && !facts.entityTag.starts(with: Self.weakMark)
        if allowsRanges, facts.saysRanges { lines.append("Accept-Ranges: bytes\r\n") }
        lengthOffset = lines.count
        lines.append("Content-Length: ")
        lines.append(decimal: facts.byteCount)
        lines.append("\r\n")
        partOffset = lines.count
        Self.append("Content-Type: ", facts.mediaType, to: &lines)
        codingOffset = lines.count
        if facts.coding != .identity {
            lines.append("Content-Encoding: ")
            lines.append(facts.coding.spelling)
            lines.append("\r\n")
        }
        notModifiedOffset = lines.count
        if let seconds = facts.modifiedSeconds {
            lines.append("Last-Modified: ")
            let date = HTTPDate.text(seconds: seconds)
            lines.append(date.span)
            lines.append("\r\n")
        }
        tagOffset = lines.count
        Self.append("ETag: ", facts.entityTag, to: &lines)
        let cachingOffset = lines.count
        if let cacheControl = facts.cacheControl {
            lines.append("Cache-Control: ")
            lines.append(cacheControl)
            lines.append("\r\n")
        }
        caching = cachingOffset..<lines.count
        if facts.variesByCoding { lines.append("Vary: Accept-Encoding\r\n") }
        lines.append(facts.extra.span)
        bytes = HeapBytes(lines.readable)
        entityTag = HeapBytes(facts.entityTag.span)
    }

    /// One line, unless there is nothing to say.
    private static func append(_ name: StaticString, _ value: [UInt8], to lines: inout Buffer) {
        if value.isEmpty { return }
        lines.append(name)
        lines.append(value.span)
        lines.append("\r\n")
    }

    private static let weakMark: [UInt8] = [UInt8(ascii: "W"), UInt8(ascii: "/")]
}
