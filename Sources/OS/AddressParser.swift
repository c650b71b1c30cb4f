// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads IP addresses and ports from bytes. Pure; names are not resolved here.

extension CompactAddress {
    /// Reads "127.0.0.1:80" or "[::1]:80".
    ///
    /// Without a port, `defaultPort` is taken; if there is none, that is nil.
    package init?(parsing text: Span<UInt8>, defaultPort: UInt16? = nil) {
        var end = text.count
        var port = defaultPort
        let isBracketed = text.count > 0 && text[0] == UInt8(ascii: "[")
        if let colon = Self.portColon(in: text, isBracketed: isBracketed) {
            guard let value = Self.parsePort(text.extracting((colon + 1)...)) else { return nil }
            port = value
            end = colon
        }
        guard let port else { return nil }
        if isBracketed {
            guard end >= 2, text[end - 1] == UInt8(ascii: "]") else { return nil }
            self.init(parsingIPv6: text.extracting(1..<(end - 1)), port: port)
        } else {
            self.init(parsingIPv4: text.extracting(0..<end), port: port)
        }
    }

    /// Reads an address alone: "127.0.0.1", "::1".
    package init?(parsingAddress text: Span<UInt8>, port: UInt16) {
        if Self.contains(text, UInt8(ascii: ":")) {
            self.init(parsingIPv6: text, port: port)
        } else {
            self.init(parsingIPv4: text, port: port)
        }
    }

    /// Reads four decimal numbers.
    ///
    /// Leading zeros are refused: some readers take them for octal.
    package init?(parsingIPv4 text: Span<UInt8>, port: UInt16) {
        var value: UInt32 = 0
        var offset = 0
        for part in 0..<4 {
            if part > 0 {
                guard offset < text.count, text[offset] == UInt8(ascii: ".") else { return nil }
                offset += 1
            }
            guard let number = Self.parseOctet(text, &offset) else { return nil }
            value = value << 8 | number
        }
        guard offset == text.count else { return nil }
        self.init(ipv4: value, port: port)
    }

    /// Reads the forms of RFC 4291 §2.2, without zone and brackets.
    package init?(parsingIPv6 text: Span<UInt8>, port: UInt16) {
        var groups = GroupList()
        var offset = 0
        if text.count >= 2, text[0] == UInt8(ascii: ":") {
            guard text[1] == UInt8(ascii: ":") else { return nil }
            groups.gap = 0
            offset = 2
        }
        while offset < text.count {
            let start = offset
            guard let value = Self.parseGroup(text, &offset), groups.count < 8 else { return nil }
            if offset < text.count, text[offset] == UInt8(ascii: ".") {
                let rest = text.extracting(start...)
                guard let last = CompactAddress(parsingIPv4: rest, port: 0), groups.count <= 6
                else {
                    return nil
                }
                groups.append(last.low >> 16)
                groups.append(last.low & 0xFFFF)
                break
            }
            groups.append(value)
            if offset == text.count { break }
            guard text[offset] == UInt8(ascii: ":") else { return nil }
            offset += 1
            if offset < text.count, text[offset] == UInt8(ascii: ":") {
                guard groups.gap == nil else { return nil }
                groups.gap = groups.count
                offset += 1
            } else if offset == text.count {
                return nil
            }
        }
        guard let (high, low) = groups.joined() else { return nil }
        self.init(ipv6: high, low, port: port)
    }

    /// Reads a port number of one to five digits, 1 to 65535.
    package static func parsePort(_ text: Span<UInt8>) -> UInt16? {
        guard (1...5).contains(text.count) else { return nil }
        var value = 0
        for i in 0..<text.count {
            guard (0x30...0x39).contains(text[i]) else { return nil }
            value = value * 10 + Int(text[i] - 0x30)
        }
        return value == 0 ? nil : UInt16(exactly: value)
    }

    /// The colon before the port: the last one, unless it belongs to the address in brackets.
    private static func portColon(in text: Span<UInt8>, isBracketed: Bool) -> Int? {
        var i = text.count - 1
        while i >= 0 {
            if text[i] == UInt8(ascii: ":") { return i }
            if isBracketed && text[i] == UInt8(ascii: "]") { return nil }
            i -= 1
        }
        return nil
    }

    private static func contains(_ text: Span<UInt8>, _ byte: UInt8) -> Bool {
        for i in 0..<text.count where text[i] == byte { return true }
        return false
    }

    private static func parseOctet(_ text: Span<UInt8>, _ offset: inout Int) -> UInt32? {
        let start = offset
        var value: UInt32 = 0
        while offset < text.count, offset - start < 3, (0x30...0x39).contains(text[offset]) {
            value = value * 10 + UInt32(text[offset] - 0x30)
            offset += 1
        }
        let digitCount = offset - start
        guard digitCount > 0, value <= 255 else { return nil }
        return digitCount > 1 && text[start] == 0x30 ? nil : value
    }

    private static func parseGroup(_ text: Span<UInt8>, _ offset: inout Int) -> UInt64? {
        let start = offset
        var value: UInt64 = 0
        while offset < text.count, offset - start < 4, let digit = hexValue(text[offset]) {
            value = value << 4 | digit
            offset += 1
        }
        return offset > start ? value : nil
    }

    private static func hexValue(_ byte: UInt8) -> UInt64? {
        switch byte {
        case 0x30...0x39: UInt64(byte - 0x30)
        case 0x41...0x46: UInt64(byte - 0x37)
        case 0x61...0x66: UInt64(byte - 0x57)
        default: nil
        }
    }
}

/// The groups of an IPv6 address as they are read, and where "::" stood.
private struct GroupList {
    /// The groups before the gap fill from the top, those behind it from the bottom.
    private var values = InlineArray<8, UInt64>(repeating: 0)
    private(set) var count = 0
    var gap: Int?

    mutating func append(_ value: UInt64) {
        values[count] = value
        count += 1
    }

    /// Both halves of the address; nil when the number of groups is wrong.
    mutating func joined() -> (high: UInt64, low: UInt64)? {
        if let gap {
            // "::" stands for at least one group.
            guard count < 8 else { return nil }
            let moved = count - gap
            for i in 0..<moved {
                values[7 - i] = values[count - 1 - i]
                values[count - 1 - i] = 0
            }
        } else if count != 8 {
            return nil
        }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for i in 0..<4 {
            high = high << 16 | values[i]
            low = low << 16 | values[i + 4]
        }
        return (high, low)
    }
}
