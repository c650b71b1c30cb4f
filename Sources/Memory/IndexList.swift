// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A doubly linked list of small numbers, without nodes: idle connections in order of age, slots
// that have more to do in this turn.

/// An ordered set of indexes below a fixed capacity.
///
/// Cost: every operation is O(1) and allocates nothing.
@usableFromInline @safe
package struct IndexList: ~Copyable {
    /// Marks the two ends, and an index that is not in the list.
    @usableFromInline static var none: UInt32 { .max }
    @usableFromInline static var absent: UInt32 { .max - 1 }

    @usableFromInline
    struct Links: BitwiseCopyable {
        @usableFromInline var previous: UInt32
        @usableFromInline var next: UInt32
        @usableFromInline
        init(previous: UInt32, next: UInt32) {
            self.previous = previous
            self.next = next
        }
    }

    @usableFromInline var links: LazyArray<Links>
    @usableFromInline var head = IndexList.none
    @usableFromInline var tail = IndexList.none

    /// How many indexes are in the list.
    @usableFromInline package internal(set) var count = 0

    package init(capacity: Int) {
        precondition(capacity >= 0 && capacity < Int(Self.absent))
        links = LazyArray(
            repeating: Links(previous: Self.absent, next: Self.absent), count: capacity)
    }

    @inlinable package var isEmpty: Bool { head == Self.none }
    @inlinable package var first: Int? { head == Self.none ? nil : Int(head) }
    @inlinable package var last: Int? { tail == Self.none ? nil : Int(tail) }

    /// Whether `index` is in the list.
    @inlinable
    package func contains(_ index: Int) -> Bool { links[index].previous != Self.absent }

    /// The one after `index`, which must be in the list.
    @inlinable
    package func next(after index: Int) -> Int? {
        precondition(contains(index))
        let next = links[index].next
        return next == Self.none ? nil : Int(next)
    }

    /// Adds `index` at the end.
    ///
    /// It must not be in the list.
    package mutating func append(_ index: Int) {
        precondition(!contains(index))
        let number = UInt32(index)
        links[index] = Links(previous: tail, next: Self.none)
        if tail == Self.none { head = number } else { links[Int(tail)].next = number }
        tail = number
        count += 1
    }

    /// Adds `index` at the front.
    ///
    /// It must not be in the list.
    package mutating func prepend(_ index: Int) {
        precondition(!contains(index))
        let number = UInt32(index)
        links[index] = Links(previous: Self.none, next: head)
        if head == Self.none { tail = number } else { links[Int(head)].previous = number }
        head = number
        count += 1
    }

    /// Takes `index` out.
    ///
    /// It must be in the list.
    package mutating func remove(_ index: Int) {
        precondition(contains(index))
        let old = links[index]
        if old.previous == Self.none {
            head = old.next
        } else {
            links[Int(old.previous)].next = old.next
        }
        if old.next == Self.none {
            tail = old.previous
        } else {
            links[Int(old.next)].previous = old.previous
        }
        links[index] = Links(previous: Self.absent, next: Self.absent)
        count -= 1
    }

    /// Takes out the first one.
    package mutating func popFirst() -> Int? {
        guard let index = first else { return nil }
        remove(index)
        return index
    }

    /// Takes out the last one.
    package mutating func popLast() -> Int? {
        guard let index = last else { return nil }
        remove(index)
        return index
    }
}
