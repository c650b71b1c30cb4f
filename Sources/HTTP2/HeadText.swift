// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The head of a request, from decoded fields to the text that the parser of HTTP/1 reads.
//
// Everything that could make the text mean something else than the fields is refused here: nothing
// that is smuggled in a field can become a line, a request or a length of its own.

internal import HTTP
internal import Memory

/// Puts the text of one head together, field by field.
///
/// Why: one parser and one set of checks for all versions. What is refused in HTTP/1 is refused in
///      HTTP/2 as well.
struct HeadText: ~Copyable {
    /// The values of the pseudo-fields, and where each of them is.
    private var pseudo = Buffer(capacity: 256)
    private var method: Range<Int>?
    private var scheme: Range<Int>?
    private var authority: Range<Int>?
    private var path: Range<Int>?
    private var protocolName: Range<Int>?
    /// The lines of `cookie` as one value.
    private var cookies = Buffer(capacity: 0)
    private var host: Range<Int>?
    /// Whether the request line has been written.
    private var hasLine = false
    /// What is left of the limit of the whole head.
    private var remaining = 0
    /// The text of the heads that have not been taken yet.
    var text = Buffer(capacity: 0)
    private var start = 0
    private(set) var flaw: HTTP2Flaw?
    /// What the fields say of the stream's priority.
    private(set) var priority: HTTP2Priority?
    /// Whether the fields are too many bytes.
    private(set) var isTooLarge = false

    /// Begins a head behind those that are in `text`.
    mutating func begin(limit: Int) {
        pseudo.removeAll()
        method = nil
        scheme = nil
        authority = nil
        path = nil
        protocolName = nil
        cookies.removeAll()
        host = nil
        hasLine = false
        remaining = limit
        start = text.count
        flaw = nil
        priority = nil
        isTooLarge = false
    }

    /// Adds a field.
    mutating func add(_ name: Span<UInt8>, _ value: Span<UInt8>, _ limit: Int) {
        guard flaw == nil, !isTooLarge else { return }
        let count = name.count + value.count
        guard name.count <= limit, value.count <= limit, count <= remaining else {
            isTooLarge = true
            return
        }
        remaining -= count
        guard Self.isValue(value) else { return refuse(.fieldValue) }
        if name.count > 0, name[0] == UInt8(ascii: ":") { return addPseudo(name, value) }
        switch Self.judge(name) {
        case .usual: break
        case .dropped: return
        case .refused: return refuse(.fieldName)
        }
        if !hasLine { writeLine() }
        guard flaw == nil else { return }
        addLine(name, value)
    }

    private mutating func refuse(_ flaw: HTTP2Flaw) {
        if self.flaw == nil { self.flaw = flaw }
    }

    private mutating func addLine(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        if name.equals("cookie") {
            // Spec: RFC 9113 §8.2.3.
            if !cookies.isEmpty { cookies.append("; ") }
            return cookies.append(value)
        }
        if Self.isForConnection(name) { return refuse(.connectionField) }
        if name.equals("te"), !value.equalsIgnoringCase("trailers") {
            return refuse(.trailersExpected)
        }
        if name.equals("host") {
            if let authority {
                // The line is there already.
                if !pseudo.span(authority).equals(value) { refuse(.differentAuthority) }
                if host != nil { refuse(.fieldName) }
                host = authority
                return
            }
            host = 0..<value.count
        }
        if name.equals("priority") {
            var merged = priority ?? HTTP2Priority()
            merged.merge(value)
            priority = merged
        }
        text.append(name)
        text.append(": ")
        text.append(value)
        text.append("\r\n")
    }

    private mutating func addPseudo(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        if hasLine { return refuse(.pseudoFieldOrder) }
        guard value.count > 0 else { return refuse(.emptyPseudoField) }
        let place = pseudo.count..<pseudo.count + value.count
        pseudo.append(value)
        switch name.count {
        case 5 where name.equals(":path"): Self.set(&path, place, &flaw)
        case 7 where name.equals(":method"): Self.set(&method, place, &flaw)
        case 7 where name.equals(":scheme"): Self.set(&scheme, place, &flaw)
        case 9 where name.equals(":protocol"): Self.set(&protocolName, place, &flaw)
        case 10 where name.equals(":authority"): Self.set(&authority, place, &flaw)
        default: refuse(.unknownPseudoField)
        }
    }

    private static func set(
        _ field: inout Range<Int>?, _ place: Range<Int>, _ flaw: inout HTTP2Flaw?
    ) {
        if field != nil { flaw = .duplicatePseudoField } else { field = place }
    }

    // MARK: The request line

    /// Writes the request line and `host`; the version is put right once the text is parsed.
    private mutating func writeLine() {
        hasLine = true
        guard let method else { return refuse(.noMethod) }
        let isConnect = pseudo.span(method).equals("CONNECT")
        if isConnect, protocolName == nil, scheme == nil, path == nil {
            return writeConnect(method)
        }
        guard let scheme else { return refuse(.noScheme) }
        guard let path else { return refuse(.noPath) }
        guard Self.isScheme(pseudo.span(scheme)) else { return refuse(.scheme) }
        let isStar = pseudo.span(path).equals("*") && pseudo.span(method).equals("OPTIONS")
        guard pseudo.span(path)[0] == UInt8(ascii: "/") || isStar else { return refuse(.path) }
        if isConnect { return writeTunnel(path) }
        text.append(method, of: pseudo)
        text.append(" ")
        text.append(path, of: pseudo)
        text.append(" HTTP/1.1\r\n")
        writeHost()
    }

    private mutating func writeHost() {
        guard let authority else { return }
        text.append("host: ")
        text.append(authority, of: pseudo)
        text.append("\r\n")
    }

    /// CONNECT as HTTP/1 has it: it is refused, whatever it wants.
    private mutating func writeConnect(_ method: Range<Int>) {
        guard let authority else { return refuse(.noAuthority) }
        text.append(method, of: pseudo)
        text.append(" ")
        text.append(authority, of: pseudo)
        text.append(" HTTP/1.1\r\n")
        writeHost()
    }

    /// An extended CONNECT as the offer to switch protocols that HTTP/1 knows.
    ///
    /// Spec: RFC 8441 §4, §5.
    private mutating func writeTunnel(_ path: Range<Int>) {
        guard let protocolName else {
            text.append("CONNECT localhost:0 HTTP/1.1\r\n")
            return writeHost()
        }
        text.append("GET ")
        text.append(path, of: pseudo)
        text.append(" HTTP/1.1\r\n")
        writeHost()
        text.append("connection: upgrade\r\nupgrade: ")
        text.append(protocolName, of: pseudo)
        text.append("\r\n")
    }

    /// Whether it asks for another protocol.
    var isTunnel: Bool { protocolName != nil && flaw == nil }

    /// Ends the head; where it is in `text`.
    mutating func finish() -> Range<Int> {
        if !hasLine, flaw == nil { writeLine() }
        if flaw == nil {
            if authority == nil, host == nil { refuse(.noAuthority) }
            if !cookies.isEmpty {
                text.append("cookie: ")
                text.append(contentsOf: cookies)
                text.append("\r\n")
            }
            text.append("\r\n")
        }
        if flaw != nil { describe() }
        return start..<text.count
    }

    /// Leaves only what a log can say of a head that is none.
    private mutating func describe() {
        text.truncate(to: start)
        if let method { text.append(method, of: pseudo) }
        text.append(" ")
        if let path { text.append(path, of: pseudo) }
        text.append(" HTTP/2.0\r\n")
    }

    // MARK: Judging bytes

    private enum Judgement: BitwiseCopyable { case usual, dropped, refused }

    /// What becomes of a field by its name.
    ///
    /// Spec: RFC 9113 §8.2.1: names are tokens in lower case. nginx refuses capitals, white space
    ///       and colons, and drops the rest.
    private static func judge(_ name: Span<UInt8>) -> Judgement {
        guard name.count > 0 else { return .refused }
        if name.isUsualName { return .usual }
        var judgement = Judgement.usual
        for index in name.indices {
            let byte = name[index]
            if byte <= 0x20 || byte == 0x7F || byte == UInt8(ascii: ":") || byte &- 65 < 26 {
                return .refused
            }
            if !ByteClass.isToken(byte) { judgement = .dropped }
        }
        return judgement
    }

    /// Whether nothing in it could end a line.
    ///
    /// Spec: RFC 9113 §8.2.1, which allows no white space around it either.
    private static func isValue(_ value: Span<UInt8>) -> Bool {
        if value.count > 0, isBlank(value[0]) || isBlank(value[value.count - 1]) { return false }
        return !value.endsLine
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }

    private static func isScheme(_ scheme: Span<UInt8>) -> Bool {
        for index in scheme.indices {
            let byte = scheme[index]
            if ByteClass.isLetter(byte) { continue }
            let isLater =
                ByteClass.isDigit(byte) || byte == UInt8(ascii: "+")
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            guard index > 0, isLater else { return false }
        }
        return true
    }

    /// Spec: RFC 9113 §8.2.2.
    private static func isForConnection(_ name: Span<UInt8>) -> Bool {
        switch name.count {
        case 7: name.equals("upgrade")
        case 10: name.equals("connection") || name.equals("keep-alive")
        case 16: name.equals("proxy-connection")
        case 17: name.equals("transfer-encoding")
        default: false
        }
    }
}

// MARK: Eight bytes at a time

extension Span where Element == UInt8 {
    private static var ones: UInt64 { 0x0101_0101_0101_0101 }
    private static var highs: UInt64 { 0x8080_8080_8080_8080 }

    /// Whether all of a name of eight bytes or more are small letters or hyphens.
    fileprivate var isUsualName: Bool {
        guard count >= 8 else { return false }
        var offset = 0
        while offset &+ 8 < count {
            if Self.unusual(word(at: offset)) != 0 { return false }
            offset &+= 8
        }
        return Self.unusual(word(at: count &- 8)) == 0
    }

    /// The high bit of each byte that is neither a small letter nor a hyphen.
    private static func unusual(_ word: UInt64) -> UInt64 {
        let low = word & ~highs
        let isLetter = (low &+ ones &* 0x1F) & ~(low &+ ones &* 0x05)
        let isOther = (low ^ (ones &* 0x2D)) &+ ones &* 0x7F
        return (~isLetter & isOther | word) & highs
    }

    /// Whether it has a NUL, a line feed or a carriage return.
    fileprivate var endsLine: Bool {
        var offset = 0
        while offset &+ 8 <= count {
            if Self.ends(word(at: offset)) { return true }
            offset &+= 8
        }
        guard count < 8 else { return offset < count && Self.ends(word(at: count &- 8)) }
        while offset < count {
            let byte = self[offset]
            if byte == 0 || byte == 10 || byte == 13 { return true }
            offset &+= 1
        }
        return false
    }

    private static func ends(_ word: UInt64) -> Bool {
        let feed = word ^ (ones &* 10)
        let back = word ^ (ones &* 13)
        let marks =
            (word &- ones) & ~word | (feed &- ones) & ~feed | (back &- ones) & ~back
        return marks & highs != 0
    }
}
