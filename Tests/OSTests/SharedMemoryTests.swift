// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Memory that is seen twice, as two processes would see it.

import Testing

@testable import OS

@Suite struct SharedMemoryTests {
    private func twice() throws -> (SharedMemory, SharedMemory) {
        let file = try SharedMemory.makeFile("test", byteCount: 4096)
        return (
            try SharedMemory(mapping: file.number, byteCount: 4096),
            try SharedMemory(mapping: file.number, byteCount: 4096)
        )
    }

    @Test func `what one writes the other reads`() throws {
        let (one, other) = try twice()
        #expect(other.word(at: 8) == 0)
        one.setWord(7, at: 8)
        one.setHalf(9, at: 20)
        one.storeWord(11, at: 32)
        one.storeHalf(13, at: 44)
        #expect(
            (other.word(at: 8), other.half(at: 20), other.loadWord(at: 32), other.loadHalf(at: 44))
                == (7, 9, 11, 13))
        other.clear(0, count: 4096)
        #expect(one.word(at: 8) == 0)
    }

    @Test(arguments: [-8, -4, 4096, 4100, Int.min, Int.max - 3])
    func `places outside read as zero, and keep nothing`(offset: Int) throws {
        let memory = try SharedMemory(privateByteCount: 4096)
        memory.setWord(1, at: offset)
        memory.setHalf(1, at: offset)
        memory.storeWord(1, at: offset)
        memory.storeHalf(1, at: offset)
        #expect(!memory.exchangeHalf(0, with: 1, at: offset))
        #expect(memory.word(at: offset) == 0 && memory.half(at: offset) == 0)
        #expect(memory.loadWord(at: offset) == 0 && memory.loadHalf(at: offset) == 0)
        #expect(memory.firstIndex(of: 0, count: 1, at: offset) == nil)
        memory.clear(offset, count: 16)
    }

    @Test func `a value is found from an index on`() throws {
        let memory = try SharedMemory(privateByteCount: 4096)
        for index in [3, 5] { memory.setHalf(7, at: 64 + 4 * index) }
        #expect(memory.firstIndex(of: 7, count: 8, at: 64) == 3)
        #expect(memory.firstIndex(of: 7, from: 4, count: 8, at: 64) == 5)
        #expect(memory.firstIndex(of: 7, from: 6, count: 8, at: 64) == nil)
        #expect(memory.firstIndex(of: 7, from: 9, count: 8, at: 64) == nil)
        #expect(memory.firstIndex(of: 0, count: 8, at: 64) == 0)
    }

    @Test func `an exchange needs what it expects`() throws {
        let (one, other) = try twice()
        #expect(one.exchangeHalf(0, with: 5, at: 0))
        #expect(!other.exchangeHalf(0, with: 6, at: 0))
        #expect(other.exchangeHalf(5, with: 6, at: 0))
        #expect(one.loadHalf(at: 0) == 6)
    }

    @Test func `the size is for good`() throws {
        let file = try SharedMemory.makeFile("test", byteCount: 4096)
        #expect(throws: Errno.self) { try file.setSize(0) }
        #expect(throws: Errno.self) { try file.setSize(8192) }
    }
}
