// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// An address small and plain enough to live in a connection's slot.

internal import CShims

/// An IP address and port without any reference; of a Unix socket only the fact that it is one.
package struct CompactAddress: BitwiseCopyable, Hashable, Sendable {
    package enum Family: UInt8, BitwiseCopyable, Sendable {
        case unix = 1
        case ipv4 = 4
        case ipv6 = 6
    }

    /// The first eight bytes of an IPv6 address as a big-endian number, else 0.
    package let high: UInt64
    /// The last eight bytes of an IPv6 address, or the four of an IPv4 address.
    package let low: UInt64
    package var port: UInt16
    package let family: Family

    package init(ipv4 value: UInt32, port: UInt16) {
        (high, low, self.port, family) = (0, UInt64(value), port, .ipv4)
    }

    package init(ipv6 high: UInt64, _ low: UInt64, port: UInt16) {
        (self.high, self.low, self.port, family) = (high, low, port, .ipv6)
    }

    /// What the peer of a Unix socket is known by.
    package static var unix: CompactAddress { CompactAddress() }

    private init() { (high, low, port, family) = (0, 0, 0, .unix) }

    init(_ address: cshims_address) {
        switch address.family {
        case 4: self.init(ipv4: UInt32(truncatingIfNeeded: address.low), port: address.port)
        case 6: self.init(ipv6: address.high, address.low, port: address.port)
        default: self.init()
        }
    }

    var shim: cshims_address {
        cshims_address(high: high, low: low, port: port, family: family.rawValue)
    }
}

extension CompactAddress {
    /// Whether it can only be this host: 127.0.0.0/8, ::1, and the former mapped into IPv6.
    package var isLoopback: Bool {
        switch family {
        case .unix: true
        case .ipv4: low >> 24 == 127
        case .ipv6: high == 0 && (low == 1 || low >> 24 == 0xFFFF_7F)
        }
    }

    /// The most bytes that `writeAddress` or `write` appends.
    package static var textByteLimit: Int { 48 }

    /// Appends the address without its port: "127.0.0.1", "::1", "unix:".
    ///
    /// Spec: RFC 5952 §4, as inet_ntop writes it: the longest run of at least two zero groups is
    ///       shortened, and a mapped IPv4 address keeps its dots.
    package func writeAddress(into output: inout OutputSpan<UInt8>) {
        switch family {
        case .unix: for byte in "unix:".utf8 { output.append(byte) }
        case .ipv4: Self.writeIPv4(UInt32(truncatingIfNeeded: low), into: &output)
        case .ipv6: writeIPv6(into: &output)
        }
    }

    /// Appends the address with its port: "127.0.0.1:80", "[::1]:80", "unix:".
    package func write(into output: inout OutputSpan<UInt8>) {
        guard family != .unix else { return writeAddress(into: &output) }
        if family == .ipv6 { output.append(UInt8(ascii: "[")) }
        writeAddress(into: &output)
        if family == .ipv6 { output.append(UInt8(ascii: "]")) }
        output.append(UInt8(ascii: ":"))
        Self.writeNumber(UInt32(port), radix: 10, into: &output)
    }

    /// The address without its port.
    package var addressText: [UInt8] {
        [UInt8](capacity: Self.textByteLimit) { writeAddress(into: &$0) }
    }

    /// The address with its port.
    package var text: [UInt8] { [UInt8](capacity: Self.textByteLimit) { write(into: &$0) } }

    /// The 4 or 16 bytes of the address in network order; none for a Unix socket.
    package var binary: [UInt8] {
        [UInt8](capacity: Self.binaryByteLimit) { writeBinary(into: &$0) }
    }

    /// The most bytes that `writeBinary` appends.
    package static var binaryByteLimit: Int { 16 }

    /// Appends the bytes of `binary`.
    package func writeBinary(into output: inout OutputSpan<UInt8>) {
        switch family {
        case .unix: return
        case .ipv4: Self.writeBytes(low << 32, count: 4, into: &output)
        case .ipv6:
            Self.writeBytes(high, count: 8, into: &output)
            Self.writeBytes(low, count: 8, into: &output)
        }
    }

    private static func writeBytes(
        _ number: UInt64, count: UInt64, into output: inout OutputSpan<UInt8>
    ) {
        for index in 0..<count {
            output.append(UInt8(truncatingIfNeeded: number >> (56 - 8 * index)))
        }
    }

    /// One of the eight groups of an IPv6 address.
    private func group(_ index: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - 16 * (index & 3)))
            & 0xFFFF
    }

    private func writeIPv6(into output: inout OutputSpan<UInt8>) {
        let run = longestZeroRun()
        // ::ffff:a.b.c.d, and the old "compatible" form ::a.b.c.d that inet_ntop writes with dots
        // too.
        let hasDots = high == 0 && (low >> 32 == 0xFFFF || (low >> 32 == 0 && low >> 16 != 0))
        let groupCount = hasDots ? 6 : 8
        var index = 0
        while index < groupCount {
            if index == run.lowerBound && !run.isEmpty {
                output.append(UInt8(ascii: ":"))
                index = run.upperBound
                if index >= 8 { output.append(UInt8(ascii: ":")) }
                continue
            }
            if index > 0 { output.append(UInt8(ascii: ":")) }
            Self.writeNumber(group(index), radix: 16, into: &output)
            index += 1
        }
        if hasDots {
            output.append(UInt8(ascii: ":"))
            Self.writeIPv4(UInt32(truncatingIfNeeded: low), into: &output)
        }
    }

    /// The first of the longest runs of two or more zero groups; empty when there is none.
    private func longestZeroRun() -> Range<Int> {
        var best = 0..<0
        var start = 0
        for index in 0..<8 {
            if group(index) != 0 { start = index + 1 }
            if index + 1 - start > max(1, best.count) { best = start..<index + 1 }
        }
        return best
    }

    private static func writeIPv4(_ value: UInt32, into output: inout OutputSpan<UInt8>) {
        for shift: UInt32 in [24, 16, 8, 0] {
            writeNumber(value >> shift & 0xFF, radix: 10, into: &output)
            if shift > 0 { output.append(UInt8(ascii: ".")) }
        }
    }

    private static func writeNumber(
        _ value: UInt32, radix: UInt32, into output: inout OutputSpan<UInt8>
    ) {
        if value >= radix { writeNumber(value / radix, radix: radix, into: &output) }
        let digit = UInt8(truncatingIfNeeded: value % radix)
        output.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
    }
}

extension CompactAddress: CustomStringConvertible {
    package var description: String { String(decoding: text, as: UTF8.self) }
}
