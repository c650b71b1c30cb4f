// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The vectors that come with the algorithm: the key and the text are the numbers from 0 on.

import Testing

@testable import Memory

/// The number of bytes, and the hash as its bytes lie.
private let vectors: [(Int, [UInt8])] = [
    (
        0,
        [
            0xA3, 0x81, 0x7F, 0x04, 0xBA, 0x25, 0xA8, 0xE6,
            0x6D, 0xF6, 0x72, 0x14, 0xC7, 0x55, 0x02, 0x93,
        ]
    ),
    (
        1,
        [
            0xDA, 0x87, 0xC1, 0xD8, 0x6B, 0x99, 0xAF, 0x44,
            0x34, 0x76, 0x59, 0x11, 0x9B, 0x22, 0xFC, 0x45,
        ]
    ),
    (
        7,
        [
            0xA1, 0xF1, 0xEB, 0xBE, 0xD8, 0xDB, 0xC1, 0x53,
            0xC0, 0xB8, 0x4A, 0xA6, 0x1F, 0xF0, 0x82, 0x39,
        ]
    ),
    (
        8,
        [
            0x3B, 0x62, 0xA9, 0xBA, 0x62, 0x58, 0xF5, 0x61,
            0x0F, 0x83, 0xE2, 0x64, 0xF3, 0x14, 0x97, 0xB4,
        ]
    ),
    (
        15,
        [
            0x54, 0x93, 0xE9, 0x99, 0x33, 0xB0, 0xA8, 0x11,
            0x7E, 0x08, 0xEC, 0x0F, 0x97, 0xCF, 0xC3, 0xD9,
        ]
    ),
    (
        63,
        [
            0x51, 0x50, 0xD1, 0x77, 0x2F, 0x50, 0x83, 0x4A,
            0x50, 0x3E, 0x06, 0x9A, 0x97, 0x3F, 0xBD, 0x7C,
        ]
    ),
]

@Suite struct SipHashTests {
    @Test(arguments: vectors)
    func `texts have the published hashes`(count: Int, hash: [UInt8]) {
        let text = (0..<count).map { UInt8($0) }
        let sip = SipHash(0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)
        let (first, second) = sip.hash(text.span)
        let bytes = [first, second].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
        }
        #expect(bytes == hash)
    }

    @Test func `another secret gives another hash`() {
        let text: [UInt8] = [1, 2, 3]
        #expect(SipHash(1, 2).hash(text.span) != SipHash(1, 3).hash(text.span))
    }
}
