// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How long a message is and whether its connection lives on: the fields that requests get
// smuggled with.

internal import HTTP
internal import Memory

/// What the field lines seen so far say about framing and persistence.
struct FramingNotes: BitwiseCopyable {
    /// The value of Content-Length.
    private(set) var length: Int?
    private var hasTransferCoding = false
    private var hasUnknownCoding = false
    private var wantsClose = false
    private var wantsKeepAlive = false
    private var listsUpgrade = false

    /// Takes note of a field line; answers what is wrong with it.
    @inline(__always)
    mutating func note(_ field: Field, _ bytes: Span<UInt8>) -> Flaw? {
        switch field.name {
        case .contentLength: return noteLength(bytes.extracting(field.valueRange))
        case .transferEncoding: return noteCoding(bytes.extracting(field.valueRange))
        case .connection:
            noteOptions(bytes.extracting(field.valueRange))
            return nil
        default: return nil
        }
    }

    /// Reads Content-Length.
    ///
    /// Spec: RFC 9110 §8.6, one or more digits; anything else, and a second one, is refused. A list
    ///       of equal numbers, which a recipient may accept, is refused as well.
    private mutating func noteLength(_ value: Span<UInt8>) -> Flaw? {
        guard length == nil, value.count > 0 else { return .contentLength }
        var sum = 0
        for i in 0..<value.count {
            let digit = value[i] &- 48
            guard digit < 10 else { return .contentLength }
            let (product, overflow) = sum.multipliedReportingOverflow(by: 10)
            let (next, carry) = product.addingReportingOverflow(Int(digit))
            guard !overflow, !carry else { return .contentLength }
            sum = next
        }
        length = sum
        return nil
    }

    /// Reads Transfer-Encoding.
    ///
    /// Spec: RFC 9112 §6.1. Only `chunked`, once, is understood; other codings are 501, a list that
    ///       is none or names chunked twice is 400, and so is a second line of any kind.
    private mutating func noteCoding(_ value: Span<UInt8>) -> Flaw? {
        guard !hasTransferCoding, value.count > 0 else { return .transferCoding }
        hasTransferCoding = true
        if value.equalsIgnoringCase("chunked") { return nil }
        let flaw = Self.unknownCoding(value)
        guard flaw == .unknownTransferCoding else { return flaw }
        hasUnknownCoding = true
        return nil
    }

    private static func unknownCoding(_ value: Span<UInt8>) -> Flaw {
        var elementCount = 0
        var chunkedCount = 0
        var list = TokenList()
        while let element = list.next(in: value) {
            elementCount &+= 1
            if value.extracting(element).equalsIgnoringCase("chunked") { chunkedCount &+= 1 }
        }
        var commaCount = 0
        for i in 0..<value.count {
            if value[i] == UInt8(ascii: ",") { commaCount &+= 1 }
            if value[i] >= 0x80 { return .transferCoding }
        }
        let hasEmptyElement = commaCount &+ 1 != elementCount
        return hasEmptyElement || chunkedCount > 1 ? .transferCoding : .unknownTransferCoding
    }

    private mutating func noteOptions(_ value: Span<UInt8>) {
        // Nearly always the value is this one option, which is a field name as well.
        if FieldName.recognise(value) == .keepAlive {
            wantsKeepAlive = true
            return
        }
        var list = TokenList()
        while let element = list.next(in: value) {
            let option = value.extracting(element)
            if option.equalsIgnoringCase("close") {
                wantsClose = true
            } else if option.equalsIgnoringCase("keep-alive") {
                wantsKeepAlive = true
            } else if option.equalsIgnoringCase("upgrade") {
                listsUpgrade = true
            }
        }
    }

    /// Whether a message with these fields offers to switch protocols.
    func offersUpgrade(_ fields: borrowing FieldSection) -> Bool {
        listsUpgrade && fields.contains(.upgrade)
    }

    /// Spec: RFC 9112 §9.3; `close` wins over `keep-alive`.
    func persistence(of version: Version) -> Persistence {
        if wantsClose { return .close }
        return version == .http10 && !wantsKeepAlive ? .close : .keepAlive
    }

    /// How the content of a message ends, or what is wrong with what it says.
    ///
    /// Spec: RFC 9112 §6.3, by its numbers. For a request, `answering` is nil.
    ///  1. HEAD, 1xx, 204, 304: no content.
    ///  2. A 2xx to CONNECT: a tunnel, no content. We never send CONNECT.
    ///  3. Transfer-Encoding and Content-Length: refused, for requests and for responses.
    ///  4. Transfer-Encoding: chunked, as anything else has been refused before. Refused from
    ///     HTTP/1.0, which does not know it.
    ///  5. A Content-Length that is none: refused when its line was read.
    ///  6. Content-Length.
    ///  7. A request with neither: no content.
    ///  8. A response with neither: everything until the connection closes.
    func framing(
        of version: Version, answering: (method: Method, status: Status)?
    ) -> Result<ContentFraming, Flaw> {
        if hasUnknownCoding { return .failure(.unknownTransferCoding) }
        if hasTransferCoding, length != nil { return .failure(.conflictingLength) }
        if hasTransferCoding, version == .http10 { return .failure(.transferCodingInOldVersion) }
        if let (method, status) = answering, method == .head || !status.allowsContent {
            return .success(.none)
        }
        if hasTransferCoding { return .success(.chunked) }
        if let length { return .success(.length(length)) }
        return .success(answering == nil ? .none : .untilClose)
    }
}
