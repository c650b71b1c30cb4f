// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Testing

@Suite struct ByteClassTests {
    /// The offset of the first byte that a mask marks.
    private func first(_ mask: UInt64) -> Int? {
        mask == 0 ? nil : mask.trailingZeroBitCount >> 3
    }

    @Test("Eight bytes at a time find what one byte at a time finds")
    func words() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50_000 {
            let choices: [UInt8] = [
                0, 9, 31, 32, 33, 45, 58, 64, 65, 90, 91, 96, 97, 122, 123, 126,
            ]
            let bytes = (0..<8).map { _ in
                Bool.random(using: &generator)
                    ? choices.randomElement(using: &generator) ?? 0
                    : UInt8.random(in: 0...255, using: &generator)
            }
            var word: UInt64 = 0
            for (i, byte) in bytes.enumerated() { word |= UInt64(byte) << UInt64(8 * i) }
            let control = bytes.firstIndex { $0 < 32 || $0 == 127 }
            #expect(first(ByteClass.controls(word, below: 32)) == control)
            let target = bytes.firstIndex { !ByteClass.isTarget($0) }
            #expect(first(ByteClass.controls(word, below: 33)) == target)
            let other = bytes.firstIndex { !ByteClass.isLetter($0) && $0 != 45 }
            #expect(first(ByteClass.nonLetters(word)) == other)
            #expect(first(ByteClass.equal(word, to: 45)) == bytes.firstIndex(of: 45))
        }
    }

    @Test("Tokens are made of the RFC's bytes", arguments: UInt8.min...UInt8.max)
    func tokens(byte: UInt8) {
        let characters = "!#$%&'*+-.^_`|~0123456789"
        let isLetter = (65...90).contains(byte) || (97...122).contains(byte)
        #expect(ByteClass.isToken(byte) == (isLetter || characters.utf8.contains(byte)))
        #expect(ByteClass.isLetter(byte) == isLetter)
        #expect(ByteClass.isDigit(byte) == (48...57).contains(byte))
        #expect(ByteClass.lowercased(byte) == ((65...90).contains(byte) ? byte + 32 : byte))
        let digit = "0123456789abcdef".utf8.firstIndex(of: ByteClass.lowercased(byte))
        #expect((ByteClass.hexValue(byte) != nil) == (digit != nil))
    }
}
