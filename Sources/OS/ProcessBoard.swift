// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A board in shared memory: which processes of a family live, and what their threads count.
//
// The parent writes who lives; each thread writes its own line, so that nobody waits for anybody.

/// The number of a living process: never 0, and not given to another one for a long time.
package struct ProcessLease: BitwiseCopyable, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }
}

/// The board.
///
///     | sums of the dead | leases | a line for each thread …
package struct ProcessBoard: BitwiseCopyable, Sendable {
    private let memory: SharedMemory

    /// How many processes may live at once, and how many threads they may have together.
    package static var processLimit: Int { 256 }
    package static var lineLimit: Int { 1024 }
    /// How many numbers a line has, and how many of them, the first ones, are sums that outlive
    /// their thread; the others say what is so now.
    package static var counterCount: Int { 7 }
    package static var sumCount: Int { 3 }

    private static var leasesOffset: Int { 64 }
    private static var linesOffset: Int { leasesOffset + 4 * processLimit }
    private static var lineByteCount: Int { 64 }

    package static var byteCount: Int { linesOffset + lineByteCount * lineLimit }

    package init(_ memory: SharedMemory) { self.memory = memory }

    // MARK: The parent

    /// Gives a number to a process that is about to start; nil when too many live.
    package func grant(serial: UInt32) -> ProcessLease? {
        let count = UInt32(Self.processLimit)
        for slot in 0..<count where memory.loadHalf(at: Self.offset(ofSlot: slot)) == 0 {
            // The upper bits tell those apart that had the same place after each other.
            let lease = ProcessLease(rawValue: (serial % (.max / count)) * count + slot + count)
            memory.storeHalf(lease.rawValue, at: Self.offset(ofSlot: slot))
            return lease
        }
        return nil
    }

    /// Notes that a process has ended: what its threads have counted stays, what they held is gone.
    package func revoke(_ lease: ProcessLease) {
        _ = memory.exchangeHalf(lease.rawValue, with: 0, at: Self.offset(of: lease))
        for line in 0..<Self.lineLimit
        where memory.loadHalf(at: Self.offset(ofLine: line)) == lease.rawValue {
            for counter in 0..<Self.sumCount {
                let sum = memory.loadWord(at: 8 * counter) &+ value(counter, ofLine: line)
                memory.storeWord(sum, at: 8 * counter)
            }
            memory.clear(Self.offset(ofLine: line) + 8, count: Self.lineByteCount - 8)
            memory.storeHalf(0, at: Self.offset(ofLine: line))
        }
    }

    // MARK: Everybody

    /// Whether a process lives, as far as its parent has noticed.
    package func isAlive(_ lease: UInt32) -> Bool {
        lease != 0
            && memory.loadHalf(at: Self.offset(ofSlot: lease % UInt32(Self.processLimit))) == lease
    }

    /// All threads of all living processes together, and for sums also those that have ended.
    package func total(_ counter: Int) -> Int {
        guard (0..<Self.counterCount).contains(counter) else { return 0 }
        var total = counter < Self.sumCount ? memory.loadWord(at: 8 * counter) : 0
        for line in 0..<Self.lineLimit where memory.loadHalf(at: Self.offset(ofLine: line)) != 0 {
            total &+= value(counter, ofLine: line)
        }
        return Int(truncatingIfNeeded: total)
    }

    private func value(_ counter: Int, ofLine line: Int) -> UInt64 {
        memory.loadWord(at: Self.offset(ofLine: line) + 8 + 8 * counter)
    }

    // MARK: A thread

    /// Takes a line for the thread that asks; nil when there are too many threads.
    package func takeLine(for lease: ProcessLease) -> Line? {
        for line in 0..<Self.lineLimit {
            let offset = Self.offset(ofLine: line)
            if memory.exchangeHalf(0, with: lease.rawValue, at: offset) {
                return Line(memory: memory, offset: offset + 8)
            }
        }
        return nil
    }

    /// What one thread counts.
    ///
    /// Cost: no lock, and no wait for other processors: nobody else writes here.
    package struct Line: BitwiseCopyable, Sendable {
        fileprivate let memory: SharedMemory
        fileprivate let offset: Int

        package func add(_ difference: Int, to counter: Int) {
            let place = offset &+ 8 &* counter
            let value = memory.loadWord(at: place)
            memory.storeWord(value &+ UInt64(bitPattern: Int64(difference)), at: place)
        }
    }

    private static func offset(ofSlot slot: UInt32) -> Int { leasesOffset + 4 * Int(slot) }
    private static func offset(of lease: ProcessLease) -> Int {
        offset(ofSlot: lease.rawValue % UInt32(processLimit))
    }
    private static func offset(ofLine line: Int) -> Int { linesOffset + lineByteCount * line }
}
