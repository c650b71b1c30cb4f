// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Networks: how they are written, and who belongs to them.

import OS
import Testing

@Suite struct AddressBlockTests {
    private func block(_ text: String) -> AddressBlock? {
        var hasLowBits = false
        return AddressBlock(parsing: Array(text.utf8).span, hasLowBits: &hasLowBits)
    }

    private func address(_ text: String) -> CompactAddress {
        CompactAddress(parsingAddress: Array(text.utf8).span, port: 7) ?? .unix
    }

    @Test(arguments: [
        ("192.0.2.0/24", "192.0.2.255", true), ("192.0.2.0/24", "192.0.3.0", false),
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false),
        ("0.0.0.0/0", "255.255.255.255", true), ("0.0.0.0/0", "::1", false),
        ("10.0.0.0/31", "10.0.0.1", true), ("10.0.0.0/31", "10.0.0.2", false),
        ("192.0.2.0/24", "::ffff:192.0.2.9", true), ("::/0", "::ffff:192.0.2.9", false),
        ("::/0", "2001:db8::1", true), ("2001:db8::/32", "2001:db8:1::", true),
        ("2001:db8::/32", "2001:db9::", false), ("2001:db8::/64", "2001:db8::1:0:0:1", true),
        ("2001:db8::/65", "2001:db8::8000:0:0:1", false), ("::1", "::1", true),
        ("::1", "::2", false), ("::2/127", "::3", true), ("127.0.0.1", "unix", false),
    ])
    func `an address belongs to a block by its leading bits`(
        _ text: String, _ member: String, _ belongs: Bool
    ) {
        #expect(block(text)?.contains(address(member)) == belongs)
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/8/8",
        "10.0.0.0/0x8", "10.0.0.0/-1", "10.0.0.0/0000", "unix:", "a", "10.0.0.0 /8",
    ])
    func `what is no network is refused`(_ text: String) {
        #expect(block(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.1/8", true), ("10.0.0.0/8", false), ("::1/64", true), ("::1/128", false),
        ("255.255.255.255/32", false),
    ])
    func `bits behind the prefix are noticed`(_ text: String, _ expected: Bool) {
        var hasLowBits = false
        let block = AddressBlock(parsing: Array(text.utf8).span, hasLowBits: &hasLowBits)
        #expect(block != nil)
        #expect(hasLowBits == expected)
    }

    @Test func `all Unix sockets are one block`() {
        #expect(AddressBlock.unix.contains(.unix))
        #expect(!AddressBlock.unix.contains(address("127.0.0.1")))
    }
}
