// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Digests of known texts, from their standards.

import Digests
import Testing

@Suite struct DigestTests {
    @Test(arguments: [
        ("", "d41d8cd98f00b204e9800998ecf8427e"), ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
    ])
    func `MD5 of a text`(_ text: String, _ expected: String) {
        var digest = MD5()
        for byte in text.utf8 { digest.update([byte]) }
        #expect(hexadecimal(digest.finish()) == expected)
    }

    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    ])
    func `SHA-1 of a text`(_ text: String, _ expected: String) {
        var digest = SHA1()
        for byte in text.utf8 { digest.update([byte]) }
        #expect(hexadecimal(digest.finish()) == expected)
    }

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ])
    func `SHA-256 of a text`(_ text: String, _ expected: String) {
        var digest = SHA256()
        for byte in text.utf8 { digest.update([byte]) }
        #expect(hexadecimal(digest.finish()) == expected)
    }

    @Test(arguments: [("", "", true), ("a", "a", true), ("a", "b", false), ("a", "aa", false)])
    func `secrets are equal byte by byte`(_ one: String, _ other: String, _ isEqual: Bool) {
        #expect(Secret.isEqual(Array(one.utf8), Array(other.utf8)) == isEqual)
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
