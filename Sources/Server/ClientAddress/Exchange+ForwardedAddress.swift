// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Addresses of clients as proxies in front of us tell them.

internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// The address that `X-Forwarded-For` leads to, if it is to be believed.
    ///
    /// - Returns: nil when nothing takes the place of `address`.
    /// Spec: nginx ngx_http_get_forwarded_addr: the last field line, or with `recursively` all of
    ///       them, the last one first.
    func forwardedAddress(
        from address: CompactAddress, trusting trusted: [AddressBlock], recursively: Bool
    ) -> CompactAddress? {
        guard head.fields.contains(.xForwardedFor) else { return nil }
        var found = ForwardedAddress(address)
        var line = head.fields.count
        while line > 0 {
            line -= 1
            guard head.fields[line].name == .xForwardedFor else { continue }
            let isOver = found.follow(
                bytes.span(head.fields[line].valueRange), trusting: trusted,
                recursively: recursively)
            if isOver || !recursively { break }
        }
        return found.isChanged ? found.address : nil
    }
}

/// Goes from proxy to proxy, towards the client.
struct ForwardedAddress {
    private(set) var address: CompactAddress
    private(set) var isChanged = false

    init(_ address: CompactAddress) {
        self.address = address
    }

    /// Follows a list of addresses from its end on, as long as those who wrote them are trusted.
    ///
    /// - Returns: whether the way ends here.
    mutating func follow(
        _ list: Span<UInt8>, trusting trusted: [AddressBlock], recursively: Bool
    ) -> Bool {
        var end = list.count
        while true {
            guard trusted.contains(where: { $0.contains(address) }) else { return true }
            while end > 0, Self.isSeparator(list[end - 1]) { end -= 1 }
            var start = end
            while start > 0, !Self.isSeparator(list[start - 1]) { start -= 1 }
            guard let next = Self.parse(list.extracting(start..<end)) else { return true }
            address = next
            isChanged = true
            if !recursively || start == 0 { return false }
            end = start - 1
        }
    }

    private static func isSeparator(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x2C }

    /// Reads an address, perhaps with a port; without one its port is 0.
    ///
    /// Spec: nginx ngx_parse_addr_port: brackets need a port behind them.
    static func parse(_ text: Span<UInt8>) -> CompactAddress? {
        CompactAddress(parsingAddress: text, port: 0) ?? CompactAddress(parsing: text)
    }
}
