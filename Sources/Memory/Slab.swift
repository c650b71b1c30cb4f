// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A fixed number of slots for owned values that never move. Knows nothing of what they hold.

/// Slots addressed by index and generation.
///
/// Invariant: a slot below `occupiedLimit` holds an element exactly while its generation is odd;
///            nothing at or above it has ever been touched, so its memory is not even committed.
/// Cost: O(1) for everything, no allocation after `init`.
/// Why: addressors instead of coroutines, because those stay calls when they are not inlined.
@usableFromInline @safe
package struct Slab<Element: ~Copyable>: ~Copyable {
    @usableFromInline let elements: UnsafeMutablePointer<Element>
    @usableFromInline let generations: UnsafeMutablePointer<UInt32>
    @usableFromInline let nextFree: UnsafeMutablePointer<UInt32>
    @usableFromInline var firstFree: UInt32 = .max

    /// How many elements fit.
    @usableFromInline package let capacity: Int

    /// One more than the highest slot that was ever occupied: the end of a sweep.
    @usableFromInline package internal(set) var occupiedLimit = 0

    /// How many elements there are.
    @usableFromInline package internal(set) var count = 0

    package init(capacity: Int) {
        precondition(capacity > 0 && capacity < 1 << 30)
        unsafe elements = .allocate(capacity: capacity)
        unsafe generations = .allocate(capacity: capacity)
        unsafe nextFree = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit {
        for i in 0..<occupiedLimit where unsafe generations[i] & 1 == 1 {
            unsafe (elements + i).deinitialize(count: 1)
        }
        unsafe elements.deallocate()
        unsafe generations.deallocate()
        unsafe nextFree.deallocate()
    }

    @inlinable package var isFull: Bool { count == capacity }

    /// Moves `element` into a free slot; nil (and the element dropped) when there is none.
    @inlinable
    package mutating func insert(_ element: consuming Element) -> SlotID? {
        guard let index = takeFreeSlot() else { return nil }
        unsafe (elements + index).initialize(to: element)
        return id(at: index)
    }

    /// Moves the element out and makes every ID of it wrong.
    @inlinable
    package mutating func remove(at index: Int) -> Element {
        precondition(isOccupied(index))
        giveBack(index)
        return unsafe (elements + index).move()
    }

    /// The slot that `id` names, or nil if it was released since.
    @inlinable
    package func slot(for id: SlotID) -> Int? {
        let index = Int(id.index)
        guard index < occupiedLimit, unsafe generations[index] == id.generation,
            id.generation & 1 == 1
        else { return nil }
        return index
    }

    /// The ID of the element at `index`.
    @inlinable
    package func id(at index: Int) -> SlotID {
        precondition(isOccupied(index))
        return unsafe SlotID(
            index: UInt32(truncatingIfNeeded: index), generation: generations[index])
    }

    @inlinable @inline(__always)
    package func isOccupied(_ index: Int) -> Bool {
        unsafe UInt(bitPattern: index) < UInt(bitPattern: occupiedLimit)
            && generations[index] & 1 == 1
    }

    @inlinable
    package subscript(index: Int) -> Element {
        @inline(__always) unsafeAddress {
            precondition(isOccupied(index))
            return unsafe UnsafePointer(elements + index)
        }
        @inline(__always) unsafeMutableAddress {
            precondition(isOccupied(index))
            return unsafe elements + index
        }
    }

    /// Takes the slot released last, else the first one never used.
    @inlinable
    mutating func takeFreeSlot() -> Int? {
        let index: Int
        if firstFree != .max {
            index = Int(firstFree)
            firstFree = unsafe nextFree[index]
            unsafe generations[index] = SlotID.generation(after: generations[index])
        } else {
            guard occupiedLimit < capacity else { return nil }
            index = occupiedLimit
            occupiedLimit += 1
            unsafe (generations + index).initialize(to: 1)
        }
        count += 1
        return index
    }

    /// Marks the slot as free.
    @inlinable
    mutating func giveBack(_ index: Int) {
        unsafe generations[index] = SlotID.generation(after: generations[index])
        unsafe (nextFree + index).initialize(to: firstFree)
        firstFree = UInt32(truncatingIfNeeded: index)
        count -= 1
    }
}
