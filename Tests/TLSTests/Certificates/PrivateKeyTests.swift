// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is read of the file of a key, with and without passwords.

import Testing

@testable import TLS

@Suite struct PrivateKeyTests {
    private func flaw(_ text: String, _ passwords: [String] = []) -> CertificateFlaw? {
        do throws(CertificateFlaw) {
            _ = try key(text, passwords)
            return nil
        } catch {
            return error
        }
    }

    private func key(
        _ text: String, _ passwords: [String] = []
    ) throws(CertificateFlaw) -> PrivateKey {
        try PrivateKey(parsing: Array(text.utf8), passwords: passwords.map { Array($0.utf8) })
    }

    @Test(arguments: [
        (Fixtures.leafKey, "an EC key (P-256)"),
        (Fixtures.p384Key, "an EC key (P-384)"),
        (Fixtures.rsaKey, "an RSA key of 2048 bits"),
        (Fixtures.weakKey, "an RSA key of 1024 bits"),
        (Fixtures.ed25519Key, "an Ed25519 key"),
        (Fixtures.leaf + Fixtures.leafKey, "an EC key (P-256)"),
    ])
    func `every kind of key is read`(text: String, kind: String) throws {
        #expect(try key(text).kind == kind)
    }

    @Test(arguments: [Fixtures.encryptedKey, Fixtures.oldEncryptedKey])
    func `a key is opened with the password that fits`(text: String) throws {
        #expect(try key(text, ["falsch", "geheim"]).kind == "an EC key (P-256)")
    }

    @Test(arguments: [Fixtures.encryptedKey, Fixtures.oldEncryptedKey])
    func `an encrypted key without a password names the directive`(text: String) {
        let flaw = flaw(text)
        #expect(flaw?.kind == .password)
        #expect(flaw?.message == "the key is encrypted")
        #expect(flaw?.help?.contains("ssl_password_file") == true)
    }

    @Test(arguments: [Fixtures.encryptedKey, Fixtures.oldEncryptedKey])
    func `a wrong password is told from none`(text: String) {
        let one = flaw(text, ["falsch"])
        #expect(one?.kind == .password)
        #expect(one?.message == "the password does not open the encrypted key")
        #expect(
            flaw(text, ["falsch", ""])?.message
                == "none of the 2 passwords opens the encrypted key")
    }

    @Test func `a password that is not needed is no flaw`() throws {
        #expect(try key(Fixtures.leafKey, ["geheim"]).kind == "an EC key (P-256)")
    }

    @Test func `a certificate in its place asks whether they are swapped`() {
        let flaw = flaw(Fixtures.leaf)
        #expect(flaw?.message == "it holds a certificate")
        #expect(flaw?.expected == "expected a key as PEM: -----BEGIN PRIVATE KEY-----")
        #expect(flaw?.help == "are the files of certificate and key swapped?")
    }

    @Test func `a key of OpenSSH is known, and how to convert it`() {
        let name = "OPENSSH PRIVATE KEY"
        let flaw = flaw("-----BEGIN \(name)-----\nAAAA\n-----END \(name)-----\n")
        #expect(flaw?.message == "it holds a key of OpenSSH")
        #expect(flaw?.help == "it can be converted: ssh-keygen -p -m PEM -f FILE")
    }

    @Test func `a damaged key is told by its line`() {
        var lines = Fixtures.leafKey.split(separator: "\n").map(String.init)
        lines.remove(at: 1)
        let flaw = flaw("\n" + lines.joined(separator: "\n"))
        #expect(flaw?.kind == .content)
        #expect(flaw?.message.hasPrefix("the key on line 2 is damaged (") == true)
    }
}
