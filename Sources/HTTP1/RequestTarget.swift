// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The second part of a request line: its form, and where path, query and authority lie in it.

internal import HTTP
internal import Memory

/// Takes a request target apart.
///
/// Spec: RFC 9112 §3.2. Bytes above ASCII and a fragment are no part of a target, yet nginx takes
///       them: the bytes are kept as they are, the fragment is cut from path and query.
enum RequestTarget {
    /// The offset of the first byte that cannot be part of a target.
    @inline(__always)
    static func end(_ bytes: Span<UInt8>, _ start: Int) -> Int {
        var i = start
        while i &+ 8 <= bytes.count {
            let found = ByteClass.controls(bytes.word(at: i), below: 33)
            if found != 0 { return i &+ (found.trailingZeroBitCount >> 3) }
            i &+= 8
        }
        while i < bytes.count, ByteClass.isTarget(bytes[i]) { i &+= 1 }
        return i
    }

    /// Notes the parts of the target in `head.targetRange`; answers what is wrong with it.
    @inline(__always)
    static func split(_ bytes: Span<UInt8>, _ head: inout RequestHead) -> Flaw? {
        let start = head.targetRange.lowerBound
        let end = head.targetRange.upperBound
        if bytes[start] == UInt8(ascii: "/"), head.method != .connect {
            head.targetForm = .origin
            splitPath(bytes, start, end, &head)
            return nil
        }
        return splitOther(bytes, start, end, &head)
    }

    private static func splitOther(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ head: inout RequestHead
    ) -> Flaw? {
        if head.method == .connect {
            // Spec: RFC 9110 §9.3.6: there is no default port.
            guard let host = HostName(validating: bytes, from: start, to: end), host.port != nil
            else { return .target }
            head.targetForm = .authority
            head.authorityRange = head.targetRange
            head.host = host
            return nil
        }
        if head.method == .options, end &- start == 1, bytes[start] == UInt8(ascii: "*") {
            head.targetForm = .asterisk
            head.pathRange = head.targetRange
            return nil
        }
        return splitAbsolute(bytes, start, end, &head)
    }

    private static func splitAbsolute(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ head: inout RequestHead
    ) -> Flaw? {
        var i = start
        guard ByteClass.isLetter(bytes[i]) else { return .target }
        while i < end, isScheme(bytes[i]) { i &+= 1 }
        let authorityStart = i &+ 3
        guard authorityStart <= end, bytes.extracting(i..<authorityStart).equals("://") else {
            return .target
        }
        var authorityEnd = authorityStart
        while authorityEnd < end, !endsAuthority(bytes[authorityEnd]) { authorityEnd &+= 1 }
        guard let host = HostName(validating: bytes, from: authorityStart, to: authorityEnd) else {
            return .host
        }
        head.targetForm = .absolute
        head.schemeRange = ByteRange(start, i)
        head.authorityRange = ByteRange(authorityStart, authorityEnd)
        head.host = host
        splitPath(bytes, authorityEnd, end, &head)
        return nil
    }

    /// Cuts `bytes[start..<end]` at the first '?' and at the first '#'.
    @inline(__always)
    private static func splitPath(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ head: inout RequestHead
    ) {
        let pathEnd = firstDelimiter(bytes, start, end)
        head.pathRange = ByteRange(start, pathEnd)
        guard pathEnd < end, bytes[pathEnd] == UInt8(ascii: "?") else { return }
        var queryEnd = pathEnd &+ 1
        while queryEnd < end, bytes[queryEnd] != UInt8(ascii: "#") { queryEnd &+= 1 }
        head.queryRange = ByteRange(pathEnd &+ 1, queryEnd)
    }

    /// The offset of the first '?' or '#', or the end.
    @inline(__always)
    private static func firstDelimiter(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var i = start
        while i &+ 8 <= end {
            let word = bytes.word(at: i)
            let found =
                ByteClass.equal(word, to: UInt8(ascii: "?"))
                | ByteClass.equal(word, to: UInt8(ascii: "#"))
            if found != 0 { return i &+ (found.trailingZeroBitCount >> 3) }
            i &+= 8
        }
        while i < end, bytes[i] != UInt8(ascii: "?"), bytes[i] != UInt8(ascii: "#") { i &+= 1 }
        return i
    }

    private static func isScheme(_ byte: UInt8) -> Bool {
        ByteClass.isAlphanumeric(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ".")
    }

    private static func endsAuthority(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }
}
