// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `split_clients` blocks: how they are read, and how they deal out.

import Testing

@testable import Server

@Suite struct ClientSplitTests {
    private func split(_ rows: String) throws -> ClientSplit {
        let site = try load("split_clients $connection $x { \(rows) }").sound()
        guard case .split(let split) = site.computed[0].rule else {
            throw Refused(description: "no split_clients")
        }
        return split
    }

    @Test(arguments: [
        ("", UInt32(0)), ("a", 0x9268_5F5E), ("abcd", 0x2687_3021), ("192.0.2.1", 0xC8DA_48F3),
    ])
    func `the hash is MurmurHash2`(_ text: String, _ hash: UInt32) {
        #expect(ClientSplit.murmurHash2(bytes(text).span) == hash)
    }

    @Test func `shares are dealt out by the hash`() throws {
        let split = try split("50% a; 0.5% b; * c;")
        #expect(split.parts.map(\.end) == [2_147_483_647, 2_168_958_483, nil])
        var counts = [0, 0, 0]
        for number in 0..<10_000 {
            counts[split.index(of: bytes("client \(number)").span) ?? 0] += 1
        }
        #expect(abs(counts[0] - 5000) < 200)
        #expect(abs(counts[1] - 50) < 30)
    }

    @Test func `what is left without a rest has no value`() throws {
        let split = try split("0.01% a;")
        #expect(split.index(of: bytes("x").span) == nil)
        #expect(try self.split("30% a; 70% b;").parts.last?.end == nil)
    }

    @Test(arguments: [
        ("60% a; 50% b;", "percent total is greater than 100%"),
        ("* a; 1% b;", "percent total is greater than 100%"),
        ("50 a;", "invalid percent value \"50\""), ("0% a;", "invalid percent value \"0%\""),
        ("1.234% a;", "invalid percent value"), ("% a;", "invalid percent value"),
        ("-1% a;", "invalid percent value"), ("1% a b;", "invalid number of the split_clients"),
        ("101% a;", "invalid percent value"),
    ])
    func `faulty shares are told`(_ rows: String, _ words: String) {
        let findings = load("split_clients $uri $x { \(rows) }").findings
        #expect(findings.count == 1)
        #expect(findings.first?.contains(words) == true)
    }
}
