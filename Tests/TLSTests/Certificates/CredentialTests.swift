// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A certificate and a key that belong together, or do not.

import Testing

@testable import TLS

@Suite struct CredentialTests {
    private func flaw(_ certificates: String, _ key: String) throws -> CertificateFlaw? {
        let chain = try CertificateChain(parsing: Array(certificates.utf8))
        let key = try PrivateKey(parsing: Array(key.utf8))
        do throws(CertificateFlaw) {
            _ = try Credential(chain, key)
            return nil
        } catch {
            return error
        }
    }

    @Test func `what fits is taken`() throws {
        #expect(try flaw(Fixtures.leaf + Fixtures.intermediate, Fixtures.leafKey) == nil)
        #expect(try flaw(Fixtures.rsa, Fixtures.rsaKey) == nil)
    }

    @Test(arguments: [
        (
            Fixtures.leaf, Fixtures.rsaKey,
            #""CN=example.com" has an EC key (P-256), this is an RSA key of 2048 bits"#
        ),
        (
            Fixtures.root, Fixtures.leafKey,
            #"it is an EC key (P-256), but not that of "CN=test root""#
        ),
    ])
    func `a key of another certificate is told apart`(
        certificate: String, key: String, expected: String
    ) throws {
        let flaw = try flaw(certificate, key)
        #expect(flaw?.kind == .mismatch)
        #expect(flaw?.message == "the key does not fit the certificate")
        #expect(flaw?.expected == expected)
    }

    @Test func `a chain with the wrong certificate first is known by the key`() throws {
        let flaw = try flaw(Fixtures.intermediate + Fixtures.leaf, Fixtures.leafKey)
        #expect(flaw?.message == "the key belongs to certificate 2 of the file")
    }

    @Test func `a stand-in is for all names`() throws {
        let names = ["example.com", "*.example.com", "192.0.2.1"].map { Array($0.utf8) }
        let credential = try #require(StandIn.make(names: names))
        let leaf = credential.chain.leaf
        #expect(leaf.isSelfSigned)
        #expect(leaf.subject == "CN=example.com,O=Beranda stand-in")
        #expect(leaf.hostNames == Array(names.prefix(2)))
        #expect(leaf.keyKind == "an EC key (P-256)")
        #expect(credential.key.fits(leaf))
    }

    @Test(arguments: [[], [[UInt8](repeating: UInt8(ascii: "a"), count: 200)]])
    func `a stand-in needs no name that fits a subject`(names: [[UInt8]]) throws {
        let credential = try #require(StandIn.make(names: names))
        #expect(credential.chain.leaf.subject == "CN=stand-in,O=Beranda stand-in")
        #expect(credential.chain.leaf.hostNames == names)
    }

    @Test func `no two stand-ins have the same key`() throws {
        let first = try #require(StandIn.make(names: []))
        let second = try #require(StandIn.make(names: []))
        #expect(!first.key.fits(second.chain.leaf))
    }
}
