// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Slots, generations, and the tokens made of them.

import Memory
import Testing

/// Counts how many of its kind are alive.
private final class Census {
    var alive = 0
}

private struct Resident: ~Copyable {
    let census: Census
    var number: Int

    init(_ census: Census, _ number: Int) {
        self.census = census
        self.number = number
        census.alive += 1
    }

    deinit { census.alive -= 1 }
}

@Suite struct SlabTests {
    @Test func `an ID is wrong once its slot was released`() throws {
        let census = Census()
        var slab = Slab<Resident>(capacity: 4)
        let inserted = slab.insert(Resident(census, 1))
        let first = try #require(inserted)
        let found = slab.slot(for: first)
        let index = try #require(found)
        slab[index].number += 10
        let number = slab[index].number
        #expect(number == 11)
        _ = slab.remove(at: index)
        #expect(census.alive == 0)
        let gone = slab.slot(for: first)
        #expect(gone == nil)
        let insertedAgain = slab.insert(Resident(census, 2))
        let second = try #require(insertedAgain)
        #expect(second.index == first.index)
        #expect(second.generation != first.generation)
        let (old, new) = (slab.slot(for: first), slab.slot(for: second))
        #expect(old == nil)
        #expect(new == index)
    }

    @Test func `a full slab refuses and drops the element`() {
        let census = Census()
        var slab = Slab<Resident>(capacity: 2)
        for i in 0..<2 { _ = slab.insert(Resident(census, i)) }
        let refused = slab.insert(Resident(census, 3))
        let (count, isFull) = (slab.count, slab.isFull)
        #expect(refused == nil)
        #expect(count == 2)
        #expect(isFull)
        #expect(census.alive == 2)
    }

    @Test func `dropping the slab drops what is in it`() {
        let census = Census()
        do {
            var slab = Slab<Resident>(capacity: 8)
            for i in 0..<5 { _ = slab.insert(Resident(census, i)) }
            _ = slab.remove(at: 2)
            #expect(census.alive == 4)
        }
        #expect(census.alive == 0)
    }

    @Test func `slots never used and slots never handed out have no ID`() {
        let slab = Slab<Resident>(capacity: 4)
        let answers = [
            slab.slot(for: SlotID(index: 0, generation: 0)),
            slab.slot(for: SlotID(index: 0, generation: 1)),
            slab.slot(for: SlotID(index: 1 << 20, generation: 1)),
        ]
        #expect(answers == [nil, nil, nil])
        let isOccupied = slab.isOccupied(0)
        #expect(!isOccupied)
    }

    @Test func `an even generation never names a slot`() throws {
        let census = Census()
        var slab = Slab<Resident>(capacity: 1)
        let inserted = slab.insert(Resident(census, 1))
        let id = try #require(inserted)
        _ = slab.remove(at: 0)
        let found = slab.slot(for: SlotID(index: 0, generation: id.generation + 1))
        #expect(found == nil)
    }

    @Test func `the sweep limit follows the highest slot`() {
        let census = Census()
        var slab = Slab<Resident>(capacity: 100)
        for i in 0..<3 { _ = slab.insert(Resident(census, i)) }
        _ = slab.remove(at: 2)
        _ = slab.remove(at: 0)
        _ = slab.insert(Resident(census, 9))
        let (limit, count, reused) = (slab.occupiedLimit, slab.count, slab[0].number)
        #expect(limit == 3)
        #expect(count == 2)
        #expect(reused == 9)
    }
}

@Suite struct SlotIDTests {
    @Test(arguments: [0, 1, 7, 15] as [UInt8])
    func `a token gives back tag and ID`(tag: UInt8) {
        let id = SlotID(index: 0xDEAD_BEEF, generation: 0x0FFF_FFFF)
        let token = id.token(tag: tag)
        #expect(SlotID(token: token) == id)
        #expect(SlotID.tag(of: token) == tag)
    }

    @Test func `the raw value leaves four bits free`() {
        let id = SlotID(index: .max, generation: .max)
        #expect(id.rawValue >> 60 == 0)
        #expect(SlotID(token: id.rawValue) == id)
    }
}
