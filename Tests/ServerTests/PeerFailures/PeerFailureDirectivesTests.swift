// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about what clients are told of peers, and who is told.

import Memory
import OS
import Testing

@testable import Server

@Suite struct PeerFailureDirectivesTests {
    @Test(
        arguments: [
            ("", .nobody, .nobody), ("proxy_error_details on;", .everybody, .nobody),
            ("proxy_error_details local; server_timing on;", .local, .everybody),
            ("server_timing off;", .nobody, .nobody),
        ] as [(String, Disclosure, Disclosure)])
    func `nobody is told unless it is said`(
        _ text: String, _ details: Disclosure, _ timing: Disclosure
    ) throws {
        let policy = try settings(of: "server { listen 80; \(text) }").proxy.policy
        #expect(policy.errorDetails == details)
        #expect(policy.timing == timing)
    }

    @Test func `other words are refused`() {
        let findings = load("server { listen 80; server_timing locally; }").findings
        #expect(findings.count == 1)
        #expect(findings[0].contains("did you mean `local`?"))
    }

    @Test(arguments: [
        (CompactAddress.unix, true), (CompactAddress(ipv4: 0x7F00_0001, port: 1), true),
        (CompactAddress(ipv4: 0x7F12_3456, port: 1), true),
        (CompactAddress(ipv4: 0x0A00_0001, port: 1), false),
        (CompactAddress(ipv6: 0, 1, port: 1), true),
        (CompactAddress(ipv6: 0, 0xFFFF_7F00_0001, port: 1), true),
        (CompactAddress(ipv6: 0, 0xFFFF_0A00_0001, port: 1), false),
        (CompactAddress(ipv6: 0, 2, port: 1), false),
        (CompactAddress(ipv6: 0x2001_0DB8_0000_0000, 1, port: 1), false),
    ])
    func `clients on this machine are local`(_ address: CompactAddress, _ isLocal: Bool) throws {
        var bench = try Bench("server { listen 80; location / { return 204; } }")
        let (slot, _) = try bench.begin("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.exchanges[slot].facts.address = address
        let maybe = bench.exchanges[slot].mayTell(.local)
        #expect(maybe == isLocal)
        // Whoever the client is said to be, the connection decides.
        bench.exchanges[slot].connectionAddress = CompactAddress(ipv4: 0x0A00_0001, port: 1)
        let afterwards = bench.exchanges[slot].mayTell(.local)
        #expect(!afterwards)
    }
}
