// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Addresses as text, both ways.

import OS
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        ("127.0.0.1:80", "127.0.0.1:80"), ("0.0.0.0:65535", "0.0.0.0:65535"),
        ("255.255.255.255:1", "255.255.255.255:1"), ("[::1]:80", "[::1]:80"),
        ("[::]:443", "[::]:443"), ("[2001:DB8::1]:1", "[2001:db8::1]:1"),
        ("[1:2:3:4:5:6:7:8]:1", "[1:2:3:4:5:6:7:8]:1"), ("[1::]:1", "[1::]:1"),
        ("[1:0:0:2:0:0:0:3]:1", "[1:0:0:2::3]:1"), ("[1:0:2:3:4:5:6:7]:1", "[1:0:2:3:4:5:6:7]:1"),
        ("[0:0:1:0:0:1:0:0]:1", "[::1:0:0:1:0:0]:1"), ("[::ffff:1.2.3.4]:5", "[::ffff:1.2.3.4]:5"),
        ("[fe80::1:0:0:0]:9", "[fe80::1:0:0:0]:9"), ("[::1.2.3.4]:5", "[::1.2.3.4]:5"),
        ("[64:ff9b::10.0.0.1]:5", "[64:ff9b::a00:1]:5"), ("unix:/run/a.sock", "unix:/run/a.sock"),
        ("unix:a b", "unix:a b"), ("[1:2:3:4:5:6:7::]:1", "[1:2:3:4:5:6:7:0]:1"),
        ("[::2:3:4:5:6:7:8]:1", "[0:2:3:4:5:6:7:8]:1"),
    ])
    func `an address is read and written`(text: String, canonical: String) throws {
        let address = try #require(SocketAddress(text))
        #expect(address.description == canonical)
        #expect(SocketAddress(canonical) == address)
    }

    @Test(arguments: [
        "", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:+5",
        "127.0.0.1:000080", "256.0.0.1:80", "1.2.3:80", "1.2.3.4.5:80", "01.2.3.4:80",
        "1.2.3.4 :80",
        "a.b.c.d:80", "localhost:80", ":80", "::1:80", "[::1]", "[::1]80", "[]:80", "[:]:80",
        "[:::]:80", "[1::2::3]:80", "[1:2:3:4:5:6:7]:80", "[1:2:3:4:5:6:7:8:9]:80", "[12345::]:80",
        "[1:2:3:4:5:6:7:8::]:80", "[1:]:80", "[:1]:80", "[::1.2.3]:80", "[::1.2.3.4:1]:80",
        "[1:2:3:4:5:6:7:1.2.3.4]:80", "[::g]:80", "[::1%eth0]:80", "unix:", "unix:a\0b",
    ])
    func `what is not an address is refused`(text: String) {
        #expect(SocketAddress(text) == nil)
    }

    @Test func `a missing port takes the default`() {
        #expect(SocketAddress("10.0.0.1", defaultPort: 80)?.description == "10.0.0.1:80")
        #expect(SocketAddress("[::1]", defaultPort: 80)?.description == "[::1]:80")
        #expect(SocketAddress("[::1]:90", defaultPort: 80)?.port == 90)
    }

    @Test func `the path of a Unix socket has a limit`() {
        #expect(SocketAddress("unix:" + String(repeating: "x", count: 107)) != nil)
        #expect(SocketAddress("unix:" + String(repeating: "x", count: 108)) == nil)
    }

    @Test func `bytes are in network order`() throws {
        #expect(SocketAddress("1.2.3.4:80")?.binary == [1, 2, 3, 4])
        let six = try #require(SocketAddress("[102:304:506:708:90a:b0c:d0e:f10]:80"))
        #expect(six.binary == (1...16).map { UInt8($0) })
        #expect(SocketAddress("unix:/a")?.binary == [])
    }

    @Test func `the address alone has no port and no brackets`() {
        func alone(_ text: String) -> String? {
            SocketAddress(text).map { String(decoding: $0.addressText, as: UTF8.self) }
        }
        #expect(alone("1.2.3.4:80") == "1.2.3.4")
        #expect(alone("[::1]:80") == "::1")
        #expect(alone("unix:/a") == "unix:")
    }

    @Test func `an address alone is read`() {
        let four = CompactAddress(parsingAddress: Array("10.1.2.3".utf8).span, port: 5)
        #expect(four?.description == "10.1.2.3:5")
        let six = CompactAddress(parsingAddress: Array("fe80::1".utf8).span, port: 5)
        #expect(six?.description == "[fe80::1]:5")
    }

    @Test func `the compact form is small`() {
        #expect(MemoryLayout<CompactAddress>.size <= 24)
    }
}
