// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The authority of a request: the value of Host, or the part of an absolute target.

/// Where name and port lie within an authority.
///
/// The name is what virtual hosts are chosen by: without port, and without the dot that may end a
/// fully qualified name.
@usableFromInline
package struct HostName: BitwiseCopyable, Equatable, Sendable {
    /// How many of the authority's first bytes are the name.
    @usableFromInline package var nameCount: UInt32 = 0

    /// The port, nil when none is given or nothing follows the colon.
    @usableFromInline package var port: UInt16?

    /// Whether the name contains upper-case letters.
    @usableFromInline package var needsLowercase = false

    /// Whether the name is an address in brackets.
    @usableFromInline package var isLiteral = false

    /// The host of a request that names none.
    @inlinable package init() {}

    /// Checks an authority; nil when it is none.
    ///
    /// Spec: RFC 9110 §7.2 and RFC 3986 §3.2.2, narrowed: no user information, no ',', no '%'
    ///       outside of brackets, at most five digits of port. What remains is what nginx serves.
    package init?(validating authority: Span<UInt8>) {
        self.init(validating: authority, from: 0, to: authority.count)
    }

    /// Checks the authority in `bytes[start..<end]`; nil when it is none.
    package init?(validating bytes: Span<UInt8>, from start: Int, to end: Int) {
        guard start >= 0, start < end, end <= bytes.count else { return nil }
        var i = start
        if bytes[i] == UInt8(ascii: "[") {
            guard let close = Self.literalEnd(bytes, i, end, &needsLowercase) else { return nil }
            isLiteral = true
            nameCount = UInt32(truncatingIfNeeded: close &- start)
            i = close
        } else {
            guard let nameEnd = Self.nameEnd(bytes, i, end, &needsLowercase) else { return nil }
            i = nameEnd
            let hasDot = bytes[nameEnd &- 1] == UInt8(ascii: ".")
            nameCount = UInt32(truncatingIfNeeded: nameEnd &- start &- (hasDot ? 1 : 0))
            guard nameCount > 0 else { return nil }
        }
        if i == end { return }
        guard bytes[i] == UInt8(ascii: ":"), Self.readPort(bytes, i &+ 1, end, &port) else {
            return nil
        }
    }

    /// The end of a registered name or IPv4 address, nil when there is none.
    private static func nameEnd(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ hasUppercase: inout Bool
    ) -> Int? {
        var i = start
        var seen: UInt8 = 0
        var previous: UInt8 = 0
        while i < end {
            let kind = kinds[Int(bytes[i])]
            if kind == 0 { break }
            if kind & previous & dot != 0 { return nil }
            seen |= kind
            previous = kind
            i &+= 1
        }
        guard i > start, i == end || bytes[i] == UInt8(ascii: ":") else { return nil }
        hasUppercase = seen & capital != 0
        return i
    }

    /// The offset after the closing bracket, nil when the literal is none.
    private static func literalEnd(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ hasUppercase: inout Bool
    ) -> Int? {
        var i = start &+ 1
        var previous: UInt8 = 0
        while i < end, bytes[i] != UInt8(ascii: "]") {
            let byte = bytes[i]
            let kind = kinds[Int(byte)]
            guard kind != 0 || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ",") else {
                return nil
            }
            if kind & previous & dot != 0 { return nil }
            if kind == capital { hasUppercase = true }
            previous = kind
            i &+= 1
        }
        return i < end && i > start &+ 1 ? i &+ 1 : nil
    }

    /// Reads the digits of a port; none at all is allowed.
    private static func readPort(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ port: inout UInt16?
    ) -> Bool {
        guard start < end else { return true }
        guard end &- start <= 5 else { return false }
        var value = 0
        for i in start..<end {
            let digit = bytes[i] &- 48
            guard digit < 10 else { return false }
            value = value &* 10 &+ Int(digit)
        }
        guard let number = UInt16(exactly: value) else { return false }
        port = number
        return true
    }

    private static var capital: UInt8 { 2 }
    private static var dot: UInt8 { 4 }

    /// What each byte is in a name: 0 no part of it; `unreserved` and `sub-delims` of RFC
    /// 3986 without ',' are 1, or `capital`, or `dot`.
    private static let kinds: InlineArray<256, UInt8> = [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 4, 0,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0,
        0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
        2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 1,
        0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]
}
