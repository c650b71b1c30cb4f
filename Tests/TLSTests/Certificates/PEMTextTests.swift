// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Where blocks begin and end.

import Testing

@testable import TLS

@Suite struct PEMTextTests {
    @Test func `blocks are found with their lines`() {
        let text = PEMText(Array((Fixtures.p384Key + "\n" + Fixtures.leaf).utf8))
        let lineCount = Fixtures.p384Key.split(separator: "\n").count
        #expect(text.flaw == nil)
        #expect(text.blocks.map(\.label) == ["EC PRIVATE KEY", "CERTIFICATE"])
        #expect(text.blocks.map(\.line) == [1, lineCount + 2])
        #expect(text.blocks.map(\.isEncrypted) == [false, false])
    }

    @Test(arguments: [Fixtures.encryptedKey, Fixtures.oldEncryptedKey])
    func `both forms of encryption are seen`(key: String) {
        #expect(PEMText(Array(key.utf8)).blocks.map(\.isEncrypted) == [true])
    }

    @Test func `bytes without any line are nothing`() {
        for length in 0..<64 {
            let text = PEMText([UInt8](repeating: UInt8(ascii: "-"), count: length))
            #expect(text.blocks.isEmpty && text.flaw == nil)
        }
    }

    @Test func `every beginning of a block has no end`() {
        let bytes = Array(Fixtures.leaf.utf8)
        for length in 28..<bytes.count - 1 {
            let text = PEMText(Array(bytes[..<length]))
            #expect(text.blocks.isEmpty && text.flaw?.line == 1, "\(length)")
        }
    }
}
