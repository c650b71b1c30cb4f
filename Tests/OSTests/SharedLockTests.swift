// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A lock, its holders, and what is left of one that died.

import Testing

@testable import OS

@Suite struct SharedLockTests {
    private let memory: SharedMemory
    private let board: ProcessBoard

    init() throws {
        memory = try SharedMemory(privateByteCount: 4096)
        board = ProcessBoard(try SharedMemory(privateByteCount: ProcessBoard.byteCount))
    }

    private func lock(_ serial: UInt32) throws -> (SharedLock, ProcessLease) {
        let lease = try #require(board.grant(serial: serial))
        return (SharedLock(in: memory, board: board, lease: lease), lease)
    }

    @Test func `one at a time holds it`() throws {
        let (one, _) = try lock(1)
        let (other, _) = try lock(2)
        #expect(one.acquire(at: 8) == .held)
        #expect(other.acquire(at: 8) == .failed)
        #expect(other.acquire(at: 12) == .held)
        one.release(at: 8)
        #expect(other.acquire(at: 8) == .held)
    }

    @Test func `the death of a holder is told to the next`() throws {
        let (one, lease) = try lock(1)
        let (other, _) = try lock(2)
        #expect(one.acquire(at: 8) == .held)
        board.revoke(lease)
        #expect(other.acquire(at: 8) == .heldAfterDeath)
        other.release(at: 8)
        #expect(other.acquire(at: 8) == .held)
    }

    @Test func `what nobody can have written is taken for a death`() throws {
        let (one, _) = try lock(1)
        memory.setHalf(0xDEAD_BEEF, at: 8)
        #expect(one.acquire(at: 8) == .heldAfterDeath)
    }

    @Test func `what it guards is changed by one thread at a time`() throws {
        let (lock, _) = try lock(1)
        let memory = memory
        let handles = try (0..<4).map { _ in
            Joined(
                try Thread.start(name: "test") {
                    for _ in 0..<5000 {
                        guard lock.acquire(at: 8) == .held else { continue }
                        memory.setWord(memory.word(at: 16) + 1, at: 16)
                        lock.release(at: 8)
                    }
                })
        }
        for handle in handles { handle.join() }
        #expect(memory.word(at: 16) == 20_000)
    }
}

/// A thread in an array, which holds no noncopyable values.
private final class Joined {
    private var thread: Thread?

    init(_ thread: consuming Thread) { self.thread = consume thread }

    func join() { thread.take()?.join() }
}
