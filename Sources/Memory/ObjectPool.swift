// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Like a slab, but what was built stays built: for objects that own scratch memory worth keeping.

/// Slots whose elements are constructed on first use and reused from then on.
///
/// The caller puts an element into its resting state before `release`; the pool never looks inside.
/// Invariant: elements below `constructedCount` exist until the pool goes; those with an odd
///            generation are out.
/// Cost: acquire and release are a few instructions once the element exists.
@usableFromInline @safe
package struct ObjectPool<Element: ~Copyable>: ~Copyable {
    @usableFromInline let elements: UnsafeMutablePointer<Element>
    @usableFromInline let generations: UnsafeMutablePointer<UInt32>
    @usableFromInline let nextFree: UnsafeMutablePointer<UInt32>
    @usableFromInline var firstFree: UInt32 = .max
    @usableFromInline let make: () -> Element

    /// How many elements there may be.
    @usableFromInline package let capacity: Int

    /// How many were ever built: the end of a sweep.
    @usableFromInline package internal(set) var constructedCount = 0

    /// How many are out.
    @usableFromInline package internal(set) var count = 0

    package init(capacity: Int, make: @escaping () -> Element) {
        precondition(capacity > 0 && capacity < 1 << 30)
        unsafe elements = .allocate(capacity: capacity)
        unsafe generations = .allocate(capacity: capacity)
        unsafe nextFree = .allocate(capacity: capacity)
        self.capacity = capacity
        self.make = make
    }

    deinit {
        unsafe elements.deinitialize(count: constructedCount)
        unsafe elements.deallocate()
        unsafe generations.deallocate()
        unsafe nextFree.deallocate()
    }

    /// Takes the element released last, else builds one; nil when all are out.
    @inlinable
    package mutating func acquire() -> SlotID? {
        guard let index = takeFreeSlot() else { return nil }
        return id(at: index)
    }

    /// Gives the element back and makes every ID of it wrong.
    ///
    /// It stays constructed.
    @inlinable
    package mutating func release(_ index: Int) {
        precondition(isAcquired(index))
        giveBack(index)
    }

    /// The slot that `id` names, or nil if it was released since.
    @inlinable
    package func slot(for id: SlotID) -> Int? {
        let index = Int(id.index)
        guard index < constructedCount, unsafe generations[index] == id.generation,
            id.generation & 1 == 1
        else { return nil }
        return index
    }

    /// The ID under which the element at `index` is out.
    @inlinable
    package func id(at index: Int) -> SlotID {
        precondition(isAcquired(index))
        return unsafe SlotID(
            index: UInt32(truncatingIfNeeded: index), generation: generations[index])
    }

    @inlinable @inline(__always)
    package func isAcquired(_ index: Int) -> Bool {
        unsafe UInt(bitPattern: index) < UInt(bitPattern: constructedCount)
            && generations[index] & 1 == 1
    }

    @inlinable
    package subscript(index: Int) -> Element {
        @inline(__always) unsafeAddress {
            precondition(isAcquired(index))
            return unsafe UnsafePointer(elements + index)
        }
        @inline(__always) unsafeMutableAddress {
            precondition(isAcquired(index))
            return unsafe elements + index
        }
    }

    @inlinable
    mutating func takeFreeSlot() -> Int? {
        let index: Int
        if firstFree != .max {
            index = Int(firstFree)
            firstFree = unsafe nextFree[index]
            unsafe generations[index] = SlotID.generation(after: generations[index])
        } else {
            guard constructedCount < capacity else { return nil }
            index = constructedCount
            unsafe (elements + index).initialize(to: make())
            unsafe (generations + index).initialize(to: 1)
            constructedCount += 1
        }
        count += 1
        return index
    }

    @inlinable
    mutating func giveBack(_ index: Int) {
        unsafe generations[index] = SlotID.generation(after: generations[index])
        unsafe (nextFree + index).initialize(to: firstFree)
        firstFree = UInt32(truncatingIfNeeded: index)
        count -= 1
    }
}
