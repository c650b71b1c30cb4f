// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A lock in shared memory that the death of its holder does not leave locked.

internal import Glibc

/// Where a lock is, who asks for it, and who knows who lives.
///
/// The number of the holder's process lies in one half of a word; 0 is nobody.
package struct SharedLock: BitwiseCopyable, Sendable {
    private let memory: SharedMemory
    private let board: ProcessBoard
    private let lease: ProcessLease

    package init(in memory: SharedMemory, board: ProcessBoard, lease: ProcessLease) {
        self.memory = memory
        self.board = board
        self.lease = lease
    }

    /// What came of asking for a lock.
    package enum Outcome: BitwiseCopyable, Equatable, Sendable {
        case held
        /// Held, but who held it before died over it: what it guards may be half written.
        case heldAfterDeath
        /// Somebody does not let go of it.
        case failed
    }

    /// Takes the lock at an offset.
    ///
    /// Limits: waits `patience` at most. What is guarded takes a fraction of a microsecond, so only
    ///         a process that was stopped in the middle can hold one for that long.
    /// Cost: one atomic instruction where nobody holds it.
    package func acquire(at offset: Int) -> Outcome {
        if memory.exchangeHalf(0, with: lease.rawValue, at: offset) { return .held }
        return wait(at: offset)
    }

    private func wait(at offset: Int) -> Outcome {
        let end = Instant.now() + Self.patience
        for round in 0... {
            let holder = memory.loadHalf(at: offset)
            if holder == 0 {
                if memory.exchangeHalf(0, with: lease.rawValue, at: offset) { return .held }
                continue
            }
            if round < Self.roundsWithoutYield { continue }
            if !board.isAlive(holder),
                memory.exchangeHalf(holder, with: lease.rawValue, at: offset)
            {
                return .heldAfterDeath
            }
            Thread.yield()
            if round % 64 == 0, Instant.now() > end { return .failed }
        }
        return .failed
    }

    /// Lets go of a lock that is held.
    package func release(at offset: Int) { memory.storeHalf(0, at: offset) }

    private static var roundsWithoutYield: Int { 64 }

    /// Units: milliseconds.
    private static var patience: Int64 { 100 }
}
