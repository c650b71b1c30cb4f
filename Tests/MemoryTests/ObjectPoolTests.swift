// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Elements that stay constructed between uses.

import Memory
import Testing

private final class Counter {
    var value = 0
}

@Suite struct ObjectPoolTests {
    private struct Scratch: ~Copyable {
        var bytes = Buffer(capacity: 16)
    }

    @Test func `a released element is reused as it was left`() throws {
        let built = Counter()
        var pool = ObjectPool<Scratch>(capacity: 4) {
            built.value += 1
            return Scratch()
        }
        let acquired = pool.acquire()
        let first = try #require(acquired)
        let index = Int(first.index)
        pool[index].bytes.append("kept")
        pool.release(index)
        let stale = pool.slot(for: first)
        #expect(stale == nil)
        let acquiredAgain = pool.acquire()
        let second = try #require(acquiredAgain)
        #expect(second.index == first.index)
        #expect(second != first)
        let count = pool[index].bytes.count
        #expect(count == 4)
        #expect(built.value == 1)
    }

    @Test func `no more are built than the capacity`() {
        let built = Counter()
        var pool = ObjectPool<Scratch>(capacity: 2) {
            built.value += 1
            return Scratch()
        }
        let ids = [pool.acquire(), pool.acquire(), pool.acquire()]
        #expect(ids[0] != nil)
        #expect(ids[1] != nil)
        #expect(ids[2] == nil)
        let (count, constructed) = (pool.count, pool.constructedCount)
        #expect(count == 2)
        #expect(constructed == 2)
        #expect(built.value == 2)
    }

    @Test func `nothing is built before it is needed`() {
        let built = Counter()
        let pool = ObjectPool<Scratch>(capacity: 1000) {
            built.value += 1
            return Scratch()
        }
        let count = pool.constructedCount
        #expect(count == 0)
        #expect(built.value == 0)
    }
}
