// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which sizes are lent, and how many are kept.

import Memory
import Testing

@Suite struct BufferPoolTests {
    @Test(arguments: [
        (0, 4096), (1, 4096), (4096, 4096), (4097, 16384), (16385, 65536), (65536, 65536),
        (65537, 65537), (1 << 20, 1 << 20),
    ])
    func `a request gets the next size`(asked: Int, capacity: Int) {
        var pool = BufferPool()
        let buffer = pool.acquire(atLeast: asked)
        let got = buffer.capacity
        #expect(got == capacity)
    }

    @Test func `a released buffer comes back empty`() {
        var pool = BufferPool()
        var buffer = pool.acquire(atLeast: 100)
        buffer.append("left over")
        pool.release(buffer)
        let kept = pool.freeCount
        #expect(kept == 1)
        let again = pool.acquire(atLeast: 1)
        let (isEmpty, room, free) = (again.isEmpty, again.room, pool.freeCount)
        #expect(isEmpty)
        #expect(room == 4096)
        #expect(free == 0)
    }

    @Test func `no more are kept than the limit says`() {
        var limits = BufferPool.Limits()
        limits.smallCountLimit = 2
        var pool = BufferPool(limits: limits)
        for _ in 0..<5 { pool.release(Buffer(capacity: BufferPool.smallCapacity)) }
        let kept = pool.freeCount
        #expect(kept == 2)
    }

    @Test func `odd sizes are not kept`() {
        var pool = BufferPool()
        pool.release(Buffer(capacity: 5000))
        let kept = pool.freeCount
        #expect(kept == 0)
    }
}
