// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads the header of the PROXY protocol, version 1 and 2, from the start of a connection.
//
// This file knows bytes only: no sockets, no clock, nobody's configuration.

internal import Memory
internal import OS

/// What the start of a connection came to.
enum ProxyHeaderResult {
    /// It may become a header; more bytes are needed.
    case needsBytes
    /// So many bytes are a header; nil when it names nobody.
    case header(ProxyHeader?, byteCount: Int)
    /// It is none.
    case malformed(ProxyHeaderFlaw)
}

/// What is wrong with the start of a connection.
enum ProxyHeaderFlaw: Equatable {
    case broken
    /// Version 2, but another number after the signature.
    case version(UInt8)
    case tooLarge
}

/// Reads headers.
///
/// The result does not depend on where the bytes are cut.
/// Spec: the PROXY protocol of HAProxy, sections 2.1 and 2.2. As in nginx, only what comes by TCP
///       names somebody; other families and the command LOCAL are skipped.
/// Limits: `lineByteLimit` for version 1, `byteLimit` for version 2.
/// Cost: one pass; only a header that names somebody is allocated.
enum ProxyHeaderParser {
    /// The longest header of version 2: as much as nginx takes.
    static var byteLimit: Int { 4096 }
    /// The longest line of version 1, CR and LF included.
    static var lineByteLimit: Int { 107 }

    static func parse(_ bytes: Span<UInt8>) -> ProxyHeaderResult {
        if bytes.count == 0 { return .needsBytes }
        return bytes[0] == 0x0D ? parseBinary(bytes) : parseLine(bytes)
    }

    // MARK: Version 1

    private static func parseLine(_ bytes: Span<UInt8>) -> ProxyHeaderResult {
        // "PROXY "
        let start: InlineArray<6, UInt8> = [0x50, 0x52, 0x4F, 0x58, 0x59, 0x20]
        for index in 0..<min(bytes.count, start.count) where bytes[index] != start[index] {
            return .malformed(.broken)
        }
        let window = bytes.extracting(0..<min(bytes.count, lineByteLimit))
        guard let end = window.firstOffset(of: 0x0A) else {
            let mayCome = bytes.count < lineByteLimit && mayNameFamily(bytes)
            return mayCome ? .needsBytes : .malformed(.broken)
        }
        guard end > 6, bytes[end - 1] == 0x0D else { return .malformed(.broken) }
        let rest = bytes.extracting(6..<end - 1)
        if rest.startsWith("UNKNOWN") { return .header(nil, byteCount: end + 1) }
        guard let header = parseAddresses(rest) else { return .malformed(.broken) }
        return .header(header, byteCount: end + 1)
    }

    /// Whether what follows "PROXY " may become the name of a family.
    private static func mayNameFamily(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count > 6 else { return true }
        // "TCP4 " or "TCP6 ", and "UNKNOWN".
        let tcp: InlineArray<5, UInt8> = [0x54, 0x43, 0x50, 0x34, 0x20]
        let unknown: InlineArray<7, UInt8> = [0x55, 0x4E, 0x4B, 0x4E, 0x4F, 0x57, 0x4E]
        let isTCP = bytes[6] == tcp[0]
        for index in 0..<min(bytes.count - 6, isTCP ? tcp.count : unknown.count) {
            let byte = bytes[6 + index]
            let isSix = isTCP && index == 3 && byte == 0x36
            guard isSix || byte == (isTCP ? tcp[index] : unknown[index]) else { return false }
        }
        return true
    }

    /// Reads "TCP4 source destination port port".
    private static func parseAddresses(_ line: Span<UInt8>) -> ProxyHeader? {
        let isIPv6 = line.startsWith("TCP6 ")
        guard isIPv6 || line.startsWith("TCP4 ") else { return nil }
        var offset = 5
        func word() -> Range<Int>? {
            guard offset <= line.count else { return nil }
            let end = line.firstOffset(of: 0x20, from: offset) ?? line.count
            defer { offset = end + 1 }
            return end > offset ? offset..<end : nil
        }
        guard let source = word(), let destination = word(), let sourcePort = word(),
            let destinationPort = word(), offset == line.count + 1,
            let from = port(line.extracting(sourcePort)),
            let to = port(line.extracting(destinationPort)),
            let sender = address(line.extracting(source), isIPv6, from),
            let receiver = address(line.extracting(destination), isIPv6, to)
        else { return nil }
        return ProxyHeader(source: sender, destination: receiver)
    }

    private static func address(
        _ text: Span<UInt8>, _ isIPv6: Bool, _ port: UInt16
    ) -> CompactAddress? {
        isIPv6
            ? CompactAddress(parsingIPv6: text, port: port)
            : CompactAddress(parsingIPv4: text, port: port)
    }

    /// Reads a port, which may be 0 here.
    private static func port(_ text: Span<UInt8>) -> UInt16? {
        text.equals("0") ? 0 : CompactAddress.parsePort(text)
    }

    // MARK: Version 2

    private static var signature: InlineArray<12, UInt8> {
        [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    }

    private static var preludeByteCount: Int { 16 }

    private static func parseBinary(_ bytes: Span<UInt8>) -> ProxyHeaderResult {
        let signature = signature
        for index in 0..<min(bytes.count, signature.count) where bytes[index] != signature[index] {
            return .malformed(.broken)
        }
        guard bytes.count > 12 else { return .needsBytes }
        let version = bytes[12] >> 4
        guard version == 2 else { return .malformed(.version(version)) }
        guard bytes.count >= preludeByteCount else { return .needsBytes }
        let end = preludeByteCount + (Int(bytes[14]) << 8 | Int(bytes[15]))
        guard end <= byteLimit else { return .malformed(.tooLarge) }
        guard bytes.count >= end else { return .needsBytes }
        let isProxied = bytes[12] & 15 == 1
        let isStream = bytes[13] & 15 == 1
        guard isProxied, isStream else { return .header(nil, byteCount: end) }
        let body = bytes.extracting(preludeByteCount..<end)
        switch bytes[13] >> 4 {
        case 1: return .of(ipv4(body), end)
        case 2: return .of(ipv6(body), end)
        default: return .header(nil, byteCount: end)
        }
    }

    private static func ipv4(_ body: Span<UInt8>) -> ProxyHeader? {
        guard body.count >= 12 else { return nil }
        let (from, to) = (number(body, 0, 4), number(body, 4, 4))
        return ProxyHeader(
            source: CompactAddress(
                ipv4: UInt32(truncatingIfNeeded: from), port: port(body, at: 8)),
            destination: CompactAddress(
                ipv4: UInt32(truncatingIfNeeded: to), port: port(body, at: 10)),
            options: [UInt8](copying: body.extracting(12...)))
    }

    private static func ipv6(_ body: Span<UInt8>) -> ProxyHeader? {
        guard body.count >= 36 else { return nil }
        return ProxyHeader(
            source: CompactAddress(
                ipv6: number(body, 0, 8), number(body, 8, 8), port: port(body, at: 32)),
            destination: CompactAddress(
                ipv6: number(body, 16, 8), number(body, 24, 8), port: port(body, at: 34)),
            options: [UInt8](copying: body.extracting(36...)))
    }

    private static func port(_ body: Span<UInt8>, at offset: Int) -> UInt16 {
        UInt16(truncatingIfNeeded: number(body, offset, 2))
    }

    /// A number in network order.
    private static func number(_ body: Span<UInt8>, _ offset: Int, _ byteCount: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in offset..<offset + byteCount { value = value << 8 | UInt64(body[index]) }
        return value
    }
}

extension ProxyHeaderResult {
    /// A header, or a flaw where its addresses are cut short.
    fileprivate static func of(_ header: ProxyHeader?, _ byteCount: Int) -> ProxyHeaderResult {
        header.map { .header($0, byteCount: byteCount) } ?? .malformed(.broken)
    }
}
