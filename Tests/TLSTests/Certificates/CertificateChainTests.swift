// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is read of the file of a certificate, and what is said of it.

import Testing

@testable import TLS

@Suite struct CertificateChainTests {
    /// 2027-01-15.
    private static let now: Int64 = 1_800_000_000

    private func chain(_ text: String) throws -> CertificateChain {
        try CertificateChain(parsing: Array(text.utf8))
    }

    private func flaw(_ bytes: [UInt8]) -> CertificateFlaw? {
        do throws(CertificateFlaw) {
            _ = try CertificateChain(parsing: bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test func `the first certificate is that of the server`() throws {
        let chain = try chain(Fixtures.leaf + Fixtures.intermediate)
        #expect(chain.leaf.subject == "CN=example.com")
        #expect(chain.leaf.issuer == "CN=test intermediate")
        #expect(
            chain.leaf.hostNames.map { String(decoding: $0, as: UTF8.self) } == [
                "example.com", "www.example.com",
            ])
        #expect(chain.leaf.keyKind == "an EC key (P-256)")
        #expect(chain.rest.map(\.subject) == ["CN=test intermediate"])
        #expect(chain.findings(at: Self.now).isEmpty)
        #expect(chain.daysLeft(at: Self.now) > 30_000)
    }

    @Test func `text and keys between certificates mean nothing`() throws {
        let text = "subject=x\n" + Fixtures.leafKey + "Bag Attributes\n" + Fixtures.leaf
        #expect(try chain(text).all.count == 1)
    }

    @Test func `line ends of Windows are fine`() throws {
        let text = Fixtures.leaf.split(separator: "\n").joined(separator: "\r\n")
        #expect(try chain(text).leaf.subject == "CN=example.com")
    }

    @Test(arguments: [
        ("", "it is empty"),
        ("hello\nworld", #"nothing in it is PEM: it begins with "hello""#),
        ("\u{FEFF}x", "nothing in it is PEM: it begins with a byte order mark"),
        ("a\u{1}", #"nothing in it is PEM: it begins with "a\x01""#),
        (Fixtures.leafKey, "it holds an EC key"),
        (Fixtures.rsaKey + Fixtures.p384Key, "it holds an RSA key and an EC key"),
        (
            "x -----BEGIN CERTIFICATE-----\n",
            #"line 1: "-----BEGIN" is not at the beginning of the line"#
        ),
        (
            "\n-----BEGIN CERTIFICATE-----\nMII",
            #"line 2: "-----BEGIN CERTIFICATE-----" has no "-----END""#
        ),
        (
            "-----END CERTIFICATE-----",
            #"line 1: "-----END CERTIFICATE-----" ends nothing that has begun"#
        ),
        (
            "-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----",
            "it holds a certificate request"
        ),
    ])
    func `a file without a certificate says what it holds`(text: String, message: String) {
        let flaw = flaw(Array(text.utf8))
        #expect(flaw?.message == message)
        #expect(flaw?.kind == .content)
        #expect(flaw?.expected == "expected a certificate as PEM: -----BEGIN CERTIFICATE-----")
    }

    @Test func `a key where the certificate should be asks whether they are swapped`() {
        let flaw = flaw(Array(Fixtures.leafKey.utf8))
        #expect(flaw?.help == "are the files of certificate and key swapped?")
    }

    @Test func `the form of bytes is known, and how to convert it`() throws {
        let binary = try #require(Base64Text.decode(Fixtures.leaf))
        let flaw = flaw(binary)
        #expect(flaw?.message == "it holds a certificate, not as PEM")
        #expect(
            flaw?.help == "it can be converted: openssl x509 -inform der -in FILE -out NEW.pem")
    }

    @Test func `a damaged block is told by its line`() {
        var lines = Fixtures.leaf.split(separator: "\n").map(String.init)
        lines[3] = "!!" + lines[3].dropFirst(2)
        let text = Fixtures.intermediate + "\n" + lines.joined(separator: "\n")
        let line = Fixtures.intermediate.split(separator: "\n").count + 2
        #expect(
            flaw(Array(text.utf8))?.message
                == "the certificate on line \(line) is damaged (bad base64 decode)")
    }

    @Test(arguments: [
        (Fixtures.expired, ["the certificate has expired 2011-01-01"]),
        (Fixtures.future, ["the certificate is valid only from 2090-01-01 on"]),
        (Fixtures.rsa, []),
        (Fixtures.leaf, []),
        (
            Fixtures.alone,
            ["the certificate comes without that of its issuer, CN=test intermediate"]
        ),
        (Fixtures.alone + Fixtures.intermediate, []),
        (Fixtures.leaf + Fixtures.intermediate + Fixtures.root, []),
        (
            Fixtures.leaf + Fixtures.root + Fixtures.intermediate,
            [
                "certificate 2 of the file (CN=test root) is not the issuer of the one before it "
                    + "(CN=example.com)"
            ]
        ),
        (
            Fixtures.leaf + Fixtures.rsa,
            [
                "certificate 2 of the file (CN=rsa.example) is not the issuer of the one before "
                    + "it (CN=example.com)"
            ]
        ),
    ])
    func `what is odd about a chain is found`(text: String, messages: [String]) throws {
        #expect(try chain(text).findings(at: Self.now).map(\.message) == messages)
    }

    @Test func `a chain in the wrong order is told from one with a stranger`() throws {
        let swapped = try chain(Fixtures.leaf + Fixtures.root + Fixtures.intermediate)
        let foreign = try chain(Fixtures.leaf + Fixtures.rsa)
        #expect(
            swapped.findings(at: Self.now).map(\.label)
                == ["the order is wrong; it is sent as it is"])
        #expect(
            foreign.findings(at: Self.now).map(\.label)
                == ["it does not belong to the chain; it is sent all the same"])
    }

    @Test func `days that are left are rounded down`() throws {
        let chain = try chain(Fixtures.expired)
        let end = chain.leaf.validUntil
        #expect(chain.daysLeft(at: end - 86_400) == 1)
        #expect(chain.daysLeft(at: end - 86_399) == 0)
        #expect(chain.daysLeft(at: end + 1) == -1)
    }
}

/// What is between the marks of a block.
enum Base64Text {
    static func decode(_ pem: String) -> [UInt8]? {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var (bits, count) = (0 as UInt32, 0)
        var result: [UInt8] = []
        for line in pem.split(separator: "\n") where !line.hasPrefix("-----") {
            for digit in line.utf8 where digit != UInt8(ascii: "=") {
                guard let value = alphabet.firstIndex(of: digit) else { return nil }
                bits = bits << 6 | UInt32(value)
                count += 6
                guard count >= 8 else { continue }
                count -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return result
    }
}
