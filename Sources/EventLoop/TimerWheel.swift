// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Deadlines of many things at once. Knows numbers and time; reads no clock.

internal import Memory
package import OS

/// One deadline for each number below a capacity, in a hierarchy of wheels.
///
/// Level 0 has a slot for each of the next 64 ticks, level 1 one for each of the next 64 times 64,
/// and so on; when time reaches a slot of a higher level, what is in it moves down. A deadline
/// fires at the first tick that is not before it: never early, and late by less than one tick.
///
/// To move a deadline that moves often (with each byte that arrives, say), do not call `arm` each
/// time: keep the new deadline beside the connection, and when the old one fires, arm the new one
/// if it still lies ahead.
///
/// Units: a tick is 16 milliseconds.
/// Invariant: `elapsed` is the tick up to which all has been delivered; the level of a node is that
///            of the highest bit in which its tick differs from `elapsed`.
/// Cost: `arm` and `disarm` are O(1) and allocate nothing; a deadline moves down at most once for
///       each level on its way.
/// Why: a heap moves entries on every change, and nearly all deadlines are changed before they
///      fire.
package struct TimerWheel: ~Copyable {
    /// What is known of one number.
    ///
    /// Not private: 6.3.1 fails to compile other modules that own a wheel, when its array's
    /// elements are of a private type.
    struct Node: BitwiseCopyable {
        /// When it is due.
        var tick: UInt64
        /// The one behind it in the same list.
        var next: UInt32
        /// The one before it; for the first of a list, which list; `disarmed` when it is in none.
        var previous: UInt32
    }

    private static var tickShift: UInt64 { 4 }
    private static var levelShift: Int { 6 }
    private static var slotsPerLevel: Int { 64 }
    /// 11 levels of 6 bits cover every 64-bit number, so that no deadline is too far away.
    private static var levelCount: Int { 11 }
    /// The list of what is due now, behind those of the slots.
    private static var dueList: Int { levelCount * slotsPerLevel }

    private static var none: UInt32 { .max }
    private static var disarmed: UInt32 { .max }
    private static var listMark: UInt32 { 0x8000_0000 }

    private var nodes: LazyArray<Node>
    private var heads: FixedArray<UInt32>
    /// For each level one bit for each slot that holds something.
    private var occupied: FixedArray<UInt64>
    private var elapsed: UInt64

    /// How many deadlines are armed.
    package private(set) var count = 0

    package init(capacity: Int, now: Instant) {
        precondition(capacity > 0 && capacity < Int(Self.listMark))
        nodes = LazyArray(
            repeating: Node(tick: 0, next: Self.none, previous: Self.disarmed), count: capacity)
        heads = FixedArray(repeating: Self.none, count: Self.dueList + 1)
        occupied = FixedArray(repeating: 0, count: Self.levelCount)
        elapsed = Self.tickReached(at: now)
    }

    package func isArmed(_ id: UInt32) -> Bool { nodes[Int(id)].previous != Self.disarmed }

    /// Makes `id` fire at `deadline` and at no other time.
    package mutating func arm(_ id: UInt32, at deadline: Instant) {
        disarm(id)
        nodes[Int(id)].tick = Self.firstTick(notBefore: deadline)
        place(id)
        count += 1
    }

    /// Makes `id` not fire.
    ///
    /// Nothing happens when it is not armed.
    package mutating func disarm(_ id: UInt32) {
        guard isArmed(id) else { return }
        unlink(id)
        count -= 1
    }

    /// Disarms one number that is due, and says which; nil when no other is due by `now`.
    ///
    /// Call it until it returns nil or until enough has been done for one turn; the rest stays due.
    package mutating func popExpired(now: Instant) -> UInt32? {
        let target = max(elapsed, Self.tickReached(at: now))
        while true {
            let due = heads[Self.dueList]
            if due != Self.none {
                disarm(due)
                return due
            }
            guard let next = nextSlot(), next.start <= target else {
                elapsed = target
                return nil
            }
            elapsed = next.start
            empty(next.list)
        }
    }

    /// How long the loop may sleep: 0 when something is due, nil when nothing is armed.
    ///
    /// Units: milliseconds. It may be shorter than the time to the next deadline, because far
    ///        deadlines have to be moved down on the way.
    package func nextDeadline(now: Instant) -> Int? {
        if heads[Self.dueList] != Self.none { return 0 }
        guard let next = nextSlot() else { return nil }
        let start = next.start.multipliedReportingOverflow(by: 1 << Self.tickShift)
        let milliseconds = start.overflow ? Int64.max : Int64(clamping: start.partialValue)
        return max(0, Int(Instant(milliseconds: milliseconds) - now))
    }

    // MARK: Ticks

    private static func tickReached(at now: Instant) -> UInt64 {
        UInt64(max(0, now.milliseconds)) >> tickShift
    }

    private static func firstTick(notBefore deadline: Instant) -> UInt64 {
        let milliseconds = UInt64(max(0, deadline.milliseconds))
        let isBetween = milliseconds & (1 << tickShift - 1) != 0
        return milliseconds >> tickShift + (isBetween ? 1 : 0)
    }

    // MARK: Lists

    /// Puts a node that is in no list where its tick belongs.
    private mutating func place(_ id: UInt32) {
        let tick = nodes[Int(id)].tick
        guard tick > elapsed else { return link(id, into: Self.dueList) }
        let highestBit = UInt64.bitWidth - 1 - (tick ^ elapsed).leadingZeroBitCount
        let level = highestBit / Self.levelShift
        let slot = Int(truncatingIfNeeded: tick >> UInt64(level * Self.levelShift)) & 63
        occupied[level] |= 1 << UInt64(slot)
        link(id, into: level * Self.slotsPerLevel + slot)
    }

    private mutating func link(_ id: UInt32, into list: Int) {
        let first = heads[list]
        nodes[Int(id)].next = first
        nodes[Int(id)].previous = Self.listMark | UInt32(list)
        if first != Self.none { nodes[Int(first)].previous = id }
        heads[list] = id
    }

    private mutating func unlink(_ id: UInt32) {
        let node = nodes[Int(id)]
        if node.next != Self.none { nodes[Int(node.next)].previous = node.previous }
        if node.previous & Self.listMark != 0 {
            let list = Int(node.previous & ~Self.listMark)
            heads[list] = node.next
            if node.next == Self.none { markEmpty(list) }
        } else {
            nodes[Int(node.previous)].next = node.next
        }
        nodes[Int(id)].previous = Self.disarmed
    }

    private mutating func markEmpty(_ list: Int) {
        guard list != Self.dueList else { return }
        occupied[list / Self.slotsPerLevel] &= ~(1 << UInt64(list % Self.slotsPerLevel))
    }

    /// The occupied slot that time reaches first, and the tick at which it does.
    ///
    /// Everything in level n is due before anything in level n + 1, and the slots of a level lie
    /// behind the current one without wrapping: both follow from how a level is chosen.
    private func nextSlot() -> (list: Int, start: UInt64)? {
        for level in 0..<Self.levelCount where occupied[level] != 0 {
            let slot = occupied[level].trailingZeroBitCount
            let shift = UInt64(level * Self.levelShift)
            // `>>` and `<<` give 0 for the top level, whose shift plus 6 exceeds 64.
            let above = (elapsed >> (shift + 6)) << (shift + 6)
            return (level * Self.slotsPerLevel + slot, above | UInt64(slot) << shift)
        }
        return nil
    }

    /// Places everything in a slot anew, now that its time has come.
    private mutating func empty(_ list: Int) {
        while heads[list] != Self.none {
            let id = heads[list]
            unlink(id)
            place(id)
        }
    }
}
