// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import Testing

@testable import Server

@Suite struct AddressOnlyTests {
    private struct Plain: ~Copyable {
        var first = 0
        var second = 0
    }

    private struct Placed: ~Copyable {
        let address = AddressOnly()
        var first = 0
        var second = 0
    }

    @Test("What stays where it is takes no more than a word for it")
    func size() {
        #expect(MemoryLayout<AddressOnly>.size == 1)
        #expect(MemoryLayout<Placed>.size <= MemoryLayout<Plain>.size + MemoryLayout<Int>.size)
    }

    @Test("It can be changed in place, and replaced")
    func changes() {
        var placed = Placed()
        placed.first = 1
        #expect(placed.first == 1)
        placed = Placed(first: 2, second: 3)
        #expect(placed.first + placed.second == 5)
    }
}
