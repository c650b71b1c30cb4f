// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Networks, as configurations write them. Pure; names are not resolved here.

/// All addresses that begin with the same bits, or all Unix sockets.
package struct AddressBlock: BitwiseCopyable, Hashable, Sendable {
    /// The lowest address, without a port.
    package let base: CompactAddress
    /// How many leading bits count.
    package let prefixLength: Int

    /// What every peer of a Unix socket belongs to.
    package static var unix: AddressBlock { AddressBlock(.unix, prefixLength: 0) }

    /// The block of so many bits around an address; longer than it means the address alone.
    package init(_ address: CompactAddress, prefixLength: Int) {
        let length = min(max(0, prefixLength), address.bitCount)
        self.prefixLength = length
        switch address.family {
        case .unix: base = .unix
        case .ipv4:
            let mask = Self.mask(length + 32)
            base = CompactAddress(ipv4: UInt32(truncatingIfNeeded: address.low & mask), port: 0)
        case .ipv6:
            base = CompactAddress(
                ipv6: address.high & Self.mask(length), address.low & Self.mask(length - 64),
                port: 0)
        }
    }

    /// The address alone.
    package init(_ address: CompactAddress) {
        self.init(address, prefixLength: address.bitCount)
    }

    /// Reads "192.0.2.0/24", "2001:db8::/32" or an address alone.
    ///
    /// - Parameter hasLowBits: becomes true when bits behind the prefix are set; they mean nothing.
    package init?(parsing text: Span<UInt8>, hasLowBits: inout Bool) {
        var end = text.count
        for index in text.indices where text[index] == UInt8(ascii: "/") {
            end = index
            break
        }
        guard let address = CompactAddress(parsingAddress: text.extracting(0..<end), port: 0) else {
            return nil
        }
        var length = address.bitCount
        if end < text.count {
            guard let written = Self.number(text.extracting((end + 1)...)), written <= length else {
                return nil
            }
            length = written
        }
        self.init(address, prefixLength: length)
        hasLowBits = base != address
    }

    /// Whether an address, of whatever port, lies in the block.
    ///
    /// Spec: nginx ngx_cidr_match: a mapped IPv4 address counts as that of IPv4.
    package func contains(_ address: CompactAddress) -> Bool {
        let address = address.unmapped
        guard address.family == base.family else { return false }
        switch base.family {
        case .unix: return true
        case .ipv4: return (address.low ^ base.low) & Self.mask(prefixLength + 32) == 0
        case .ipv6:
            return (address.high ^ base.high) & Self.mask(prefixLength) == 0
                && (address.low ^ base.low) & Self.mask(prefixLength - 64) == 0
        }
    }

    /// A word whose highest bits are set.
    private static func mask(_ bitCount: Int) -> UInt64 {
        // Shifting by 64 or more, or by less than nothing, is defined in Swift.
        UInt64.max << max(0, 64 - max(0, bitCount))
    }

    private static func number(_ text: Span<UInt8>) -> Int? {
        guard (1...3).contains(text.count) else { return nil }
        var value = 0
        for index in text.indices {
            guard (0x30...0x39).contains(text[index]) else { return nil }
            value = value * 10 + Int(text[index] - 0x30)
        }
        return value
    }
}

extension CompactAddress {
    /// How many bits its addresses have.
    package var bitCount: Int {
        switch family {
        case .unix: 0
        case .ipv4: 32
        case .ipv6: 128
        }
    }

    /// The IPv4 address that an IPv6 address may stand for, else the same.
    package var unmapped: CompactAddress {
        guard family == .ipv6, high == 0, low >> 32 == 0xFFFF else { return self }
        return CompactAddress(ipv4: UInt32(truncatingIfNeeded: low), port: port)
    }
}
