// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The table that finds the number of a text.

import Testing

@testable import Server

@Suite struct TextTableTests {
    @Test func `every text is found, and no other one`() {
        var table = TextTable()
        #expect(table.number(of: bytes("").span) == nil)
        for number in 0..<1000 {
            let isNew = table.insert(bytes("key-\(number)").span, number)
            #expect(isNew)
        }
        #expect(table.count == 1000)
        for number in 0..<1000 {
            #expect(table.number(of: bytes("key-\(number)").span) == number)
        }
        for text in ["", "key-", "key-1000", "Key-1", "key-1 "] {
            #expect(table.number(of: bytes(text).span) == nil)
        }
    }

    @Test func `a text keeps its first number`() {
        var table = TextTable()
        let (first, second) = (table.insert(bytes("").span, 1), table.insert(bytes("").span, 2))
        #expect(first && !second)
        #expect(table.number(of: bytes("").span) == 1)
    }
}
