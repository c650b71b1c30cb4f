// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Writes the header of the PROXY protocol, for peers that want to know who a connection is from.

internal import Memory
internal import OS

/// Writes headers of version 1 and 2.
///
/// Spec: the PROXY protocol of HAProxy, sections 2.1 and 2.2; as nginx writes them, with a checksum
///       in version 2.
enum ProxyHeaderWriter {
    /// Version 1: a line.
    static func writeLine(
        _ source: CompactAddress, _ destination: CompactAddress, to output: inout Buffer
    ) {
        switch source.family {
        case .ipv4: output.append("PROXY TCP4 ")
        case .ipv6: output.append("PROXY TCP6 ")
        default: return output.append("PROXY UNKNOWN\r\n")
        }
        output.append(source.addressText)
        output.append(" ")
        output.append(destination.addressText)
        output.append(" ")
        output.append(decimal: UInt(source.port))
        output.append(" ")
        output.append(decimal: UInt(destination.port))
        output.append("\r\n")
    }

    /// Version 2: binary, with a checksum.
    ///
    /// Two addresses of different families are written in the larger one.
    static func writeBinary(
        _ source: CompactAddress, _ destination: CompactAddress, to output: inout Buffer
    ) {
        var header: [UInt8] = [
            0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
        ]
        let (from, to) = (source.unmapped, destination.unmapped)
        switch (source.family, destination.family) {
        case (.unix, _), (_, .unix): header += [0x20, 0x00, 0, 0]
        case _ where from.family == .ipv4 && to.family == .ipv4:
            header += [0x21, 0x11, 0, 0] + from.binary + to.binary + from.portBytes + to.portBytes
        default:
            header += [0x21, 0x21, 0, 0] + source.longBinary + destination.longBinary
            header += source.portBytes + destination.portBytes
        }
        let checksumByteCount = 7
        header[15] = UInt8(truncatingIfNeeded: header.count - 16 + checksumByteCount)
        header += [0x03, 0, 4, 0, 0, 0, 0]
        let sum = crc32c(header)
        for index in 0..<4 {
            header[header.count - 4 + index] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * index))
        }
        output.append(header)
    }

    /// Spec: RFC 9260 appendix A: the checksum of Castagnoli.
    private static func crc32c(_ bytes: [UInt8]) -> UInt32 {
        var sum: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
        }
        return ~sum
    }
}

extension CompactAddress {
    fileprivate var portBytes: [UInt8] {
        [UInt8(truncatingIfNeeded: port >> 8), UInt8(truncatingIfNeeded: port)]
    }

    /// Sixteen bytes: those of an IPv4 address with the prefix of mapped ones.
    fileprivate var longBinary: [UInt8] {
        let short = binary
        guard short.count == 4 else { return short }
        return [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + short
    }
}
