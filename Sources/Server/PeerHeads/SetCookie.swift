// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A `Set-Cookie` in its parts, and what is done to them.
//
// This file knows places in bytes; who asks for what is not its concern.

internal import HTTP
internal import Memory

/// What `proxy_cookie_flags` may ask for.
struct CookieFlags: OptionSet, BitwiseCopyable, Sendable {
    let rawValue: UInt8
    static let secure = CookieFlags(rawValue: 1 << 0)
    static let httpOnly = CookieFlags(rawValue: 1 << 1)
    static let sameSiteStrict = CookieFlags(rawValue: 1 << 2)
    static let sameSiteLax = CookieFlags(rawValue: 1 << 3)
    static let sameSiteNone = CookieFlags(rawValue: 1 << 4)
    static let notSecure = CookieFlags(rawValue: 1 << 5)
    static let notHTTPOnly = CookieFlags(rawValue: 1 << 6)
    static let noSameSite = CookieFlags(rawValue: 1 << 7)

    /// Reads one word of the directive; nil when it is none of them.
    init?(_ word: Span<UInt8>) {
        guard let found = Self.names.first(where: { word.equalsIgnoringCase(Array($0.0.utf8)) })
        else { return nil }
        self = found.1
    }

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The words, as they are written.
    static let names: [(String, CookieFlags)] = [
        ("secure", .secure), ("nosecure", .notSecure), ("httponly", .httpOnly),
        ("nohttponly", .notHTTPOnly), ("samesite=strict", .sameSiteStrict),
        ("samesite=lax", .sameSiteLax), ("samesite=none", .sameSiteNone),
        ("nosamesite", .noSameSite),
    ]
}

/// The parts of a `Set-Cookie`: places in bytes that lie elsewhere.
///
/// Spec: RFC 6265 §5.2, read as nginx does: blanks around names and values do not count.
struct SetCookie {
    /// A text that came with the request, or one of ours.
    enum Text: BitwiseCopyable {
        case place(ByteRange)
        case literal(StaticString)
    }

    /// A name, and a value if there is an equals sign.
    struct Part: BitwiseCopyable {
        var name: Text
        var value: Text?
    }

    /// The cookie's own name and value, then its attributes.
    private(set) var parts: [Part] = []
    private(set) var isChanged = false

    /// Takes a field value apart that lies at `place` of these bytes.
    init(_ bytes: borrowing Buffer, _ place: ByteRange) {
        let text = bytes.span(place.range)
        var start = 0
        while true {
            let end = text.firstOffset(of: UInt8(ascii: ";"), from: start) ?? text.count
            let equals = text.firstOffset(of: UInt8(ascii: "="), from: start) ?? end
            func part(_ from: Int, _ to: Int) -> Text {
                var (from, to) = (from, to)
                while from < to, text[from] == 0x20 { from += 1 }
                while to > from, text[to - 1] == 0x20 { to -= 1 }
                return .place(ByteRange(place.lowerBound + from, place.lowerBound + to))
            }
            let name = part(start, min(equals, end))
            parts.append(Part(name: name, value: equals < end ? part(equals + 1, end) : nil))
            guard end < text.count else { return }
            start = end + 1
        }
    }

    /// Puts another value into a part.
    mutating func setValue(of index: Int, to value: ByteRange) {
        parts[index].value = .place(value)
        isChanged = true
    }

    /// Adds, changes and removes attributes.
    ///
    /// Spec: nginx `proxy_cookie_flags`: `Secure` wins over `nosecure`, `Strict` over `Lax` over
    ///       `None` over `nosamesite`.
    mutating func apply(_ wanted: CookieFlags, _ bytes: borrowing Buffer) {
        isChanged = true
        var missing = wanted
        var kept: [Part] = []
        for (index, part) in parts.enumerated() {
            var part = part
            guard index == 0 || !isDropped(&part, &missing, bytes) else { continue }
            kept.append(part)
        }
        parts = kept
        if missing.contains(.secure) { parts.append(Part(name: .literal("Secure"))) }
        if missing.contains(.httpOnly) { parts.append(Part(name: .literal("HttpOnly"))) }
        if let (_, value) = missing.sameSite {
            parts.append(Part(name: .literal("SameSite"), value: .literal(value)))
        }
    }

    /// Applies flags to one attribute, and says whether it goes.
    private func isDropped(
        _ part: inout Part, _ wanted: inout CookieFlags, _ bytes: borrowing Buffer
    ) -> Bool {
        if equals(part.name, "secure", bytes) {
            guard wanted.remove(.secure) == nil else { return false }
            return wanted.contains(.notSecure)
        }
        if equals(part.name, "httponly", bytes) {
            guard wanted.remove(.httpOnly) == nil else { return false }
            return wanted.contains(.notHTTPOnly)
        }
        guard equals(part.name, "samesite", bytes) else { return false }
        guard let (flag, value) = wanted.sameSite else { return wanted.contains(.noSameSite) }
        wanted.remove(flag)
        if part.value.map({ !equals($0, value, bytes) }) ?? true {
            part = Part(name: .literal("SameSite"), value: .literal(value))
        }
        return false
    }

    /// Whether a text says this, whatever its case.
    func equals(_ text: Text, _ word: StaticString, _ bytes: borrowing Buffer) -> Bool {
        switch text {
        case .place(let place): bytes.span(place.range).equalsIgnoringCase(word)
        case .literal(let literal): literal.description == word.description
        }
    }

    /// Writes the parts out as a field value.
    func write(_ bytes: borrowing Buffer, to output: inout Buffer) {
        for (index, part) in parts.enumerated() {
            if index > 0 { output.append("; ") }
            write(part.name, bytes, to: &output)
            guard let value = part.value else { continue }
            output.append("=")
            write(value, bytes, to: &output)
        }
    }

    private func write(_ text: Text, _ bytes: borrowing Buffer, to output: inout Buffer) {
        switch text {
        case .place(let place): output.appendFieldValue(place.range, of: bytes)
        case .literal(let literal): output.append(literal)
        }
    }
}

extension CookieFlags {
    /// The flag that says what `SameSite` is to be, and that value.
    fileprivate var sameSite: (CookieFlags, StaticString)? {
        if contains(.sameSiteStrict) { return (.sameSiteStrict, "Strict") }
        if contains(.sameSiteLax) { return (.sameSiteLax, "Lax") }
        if contains(.sameSiteNone) { return (.sameSiteNone, "None") }
        return nil
    }
}
