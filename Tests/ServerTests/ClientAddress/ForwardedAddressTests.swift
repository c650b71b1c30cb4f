// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The way from proxy to proxy towards the client.

import OS
import Testing

@testable import Server

@Suite struct ForwardedAddressTests {
    private func follow(_ list: String, recursively: Bool) -> String? {
        let start = CompactAddress(ipv4: 0x7F00_0001, port: 9)
        let trusted = [
            AddressBlock(start),
            AddressBlock(CompactAddress(ipv4: 0x0A00_0000, port: 0), prefixLength: 8),
        ]
        var found = ForwardedAddress(start)
        _ = found.follow(bytes(list).span, trusting: trusted, recursively: recursively)
        return found.isChanged ? found.address.description : nil
    }

    @Test(
        arguments: [
            ("192.0.2.1", "192.0.2.1:0", "192.0.2.1:0"),
            ("192.0.2.1, 10.0.0.1", "10.0.0.1:0", "192.0.2.1:0"),
            ("192.0.2.1,10.0.0.1 , 10.0.0.2, ,", "10.0.0.2:0", "192.0.2.1:0"),
            ("203.0.113.9, 192.0.2.1, 10.0.0.1", "10.0.0.1:0", "192.0.2.1:0"),
            ("10.0.0.3, 10.0.0.1", "10.0.0.1:0", "10.0.0.3:0"),
            ("unknown, 10.0.0.1", "10.0.0.1:0", "10.0.0.1:0"), ("unknown", nil, nil),
            ("", nil, nil),
            (" , ,", nil, nil), ("192.0.2.1:77", "192.0.2.1:77", "192.0.2.1:77"),
            ("2001:db8::1", "[2001:db8::1]:0", "[2001:db8::1]:0"),
            ("[2001:db8::1]:77", "[2001:db8::1]:77", "[2001:db8::1]:77"),
            ("[2001:db8::1]", nil, nil),
            ("192.0.2.1:0", nil, nil), ("192.0.2.1:65536", nil, nil),
        ] as [(String, String?, String?)])
    func `the last address counts, or the last that is none of the proxies`(
        _ list: String, _ last: String?, _ recursive: String?
    ) {
        #expect(follow(list, recursively: false) == last)
        #expect(follow(list, recursively: true) == recursive)
    }
}
