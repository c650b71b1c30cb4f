// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `geo` blocks: how they are read, and what they choose.

import OS
import Testing

@testable import Server

@Suite struct NetworkTableTests {
    private func table(_ rows: String) throws -> NetworkTable {
        let site = try load("geo $x { \(rows) }").sound()
        guard case .networks(let table) = site.computed[0].rule else {
            throw Refused(description: "no geo")
        }
        return table
    }

    private func value(_ address: String, in table: NetworkTable) -> String? {
        let address = CompactAddress(parsingAddress: bytes(address).span, port: 0)
        return table.index(of: address).map { String(decoding: table.values[$0], as: UTF8.self) }
    }

    @Test(arguments: [
        ("10.0.0.0", "wide"), ("10.1.0.0", "narrow"), ("10.1.2.3", "one"), ("10.1.2.4", "narrow"),
        ("10.1.255.255", "narrow"), ("10.2.0.0", "wide"), ("10.255.255.255", "wide"),
        ("11.0.0.0", "rest"), ("9.255.255.255", "rest"), ("0.0.0.0", "rest"),
        ("255.255.255.255", "last"), ("::1", "six"), ("2001:db8::1", "doc"),
        ("2001:db8:ffff::", "doc"), ("2001:db9::", "rest"), ("::ffff:10.1.2.3", "one"),
        ("ffff::1", "end"), ("no address", "last"),
    ])
    func `the narrowest network counts`(_ address: String, _ expected: String) throws {
        let table = try table(
            """
            10.1.0.0/16 narrow; default rest; 10.0.0.0/8 wide; 10.1.2.3 one; ::1 six;
            2001:db8::/32 doc; 255.255.255.255 last; ffff::/16 end;
            """)
        #expect(value(address, in: table) == expected)
    }

    @Test(arguments: [
        ("192.0.2.0", "a"), ("192.0.2.4", "b"), ("192.0.2.9", "a"), ("192.0.2.10", nil),
        ("10.0.3.0", "c"), ("10.0.255.255", "c"), ("10.1.0.0", "c"), ("10.1.2.1", nil),
        ("::1", nil), ("::ffff:192.0.2.1", "a"),
    ])
    func `ranges may be cut out of each other`(_ address: String, _ expected: String?) throws {
        let table = try table(
            """
            ranges; 192.0.2.0-192.0.2.9 a; 192.0.2.3-192.0.2.5 b; 10.0.3.0-10.1.2.0 c;
            172.16.0.0-172.16.0.9 d; delete 172.16.0.0-172.16.0.9;
            """)
        #expect(value(address, in: table) == expected)
        #expect(value("172.16.0.1", in: table) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8 a; 10.0.0.0/8 b;", "duplicate network \"10.0.0.0/8\", value: \"b\", old"),
        ("default a; 0.0.0.0/0 b;", "duplicate network \"0.0.0.0/0\""),
        ("10.0.0.1/8 a;", "low address bits of 10.0.0.1/8 are meaningless"),
        ("delete 10.0.0.0/8;", "no network \"10.0.0.0/8\" to delete"),
        ("10.0.0.0/8 a; ranges;", "must be the first directive inside \"geo\" block"),
        ("10.0.0.0/33 a;", "invalid network \"10.0.0.0/33\""),
        ("10.0.0.0/8;", "invalid number of the geo parameters"),
        ("10.0.0.0/8 a b;", "invalid number of the geo parameters"),
        ("ranges; 10.0.0.9-10.0.0.1 a;", "invalid range \"10.0.0.9-10.0.0.1\""),
        ("ranges; 10.0.0.0/8 a;", "invalid range \"10.0.0.0/8\""),
        (
            "ranges; 10.0.0.0-10.0.0.9 a; 10.0.0.5-10.0.0.12 b;",
            "range \"10.0.0.5-10.0.0.12\" overlaps \"10.0.0.0-10.0.0.9\""
        ),
        ("ranges; 10.0.0.0-10.0.0.9 a; 10.0.0.0-10.0.0.9 b;", "duplicate range"),
        ("ranges; default a; default b;", "duplicate default geo range value: \"b\", old value"),
        ("ranges; delete 10.0.0.0-10.0.0.9;", "no address range"),
        ("proxy 10.0.0.0/x;", "invalid network \"10.0.0.0/x\""),
    ])
    func `what is odd is told in nginx's words`(_ rows: String, _ words: String) {
        let findings = load("geo $x { \(rows) }").findings
        #expect(findings.count == 1)
        #expect(findings.first?.contains(words) == true)
    }

    @Test func `a geo may be used before it stands, and takes an address of a variable`() throws {
        let text = """
            server { listen 80; return 200 $y; }
            geo $arg_ip $y { volatile; proxy_recursive; proxy 10.0.0.0/8; default 1; }
            """
        let site = try load(text).sound()
        guard case .networks(let table) = site.computed[0].rule else {
            throw Refused(description: "no geo")
        }
        #expect(table.variable == .argument(bytes("ip")))
        #expect(table.isRecursive && site.computed[0].isVolatile)
        #expect(table.proxies.count == 1)
    }
}
