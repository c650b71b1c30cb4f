// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Bytes received and not yet consumed, or written and not yet sent. Knows no descriptors.

/// Contiguous bytes that are filled at the end and consumed at the front.
///
///     0                 head                tail              capacity
///     ├─────consumed─────┼──────readable─────┼──────free────────┤
///
/// Every offset that a caller gives is relative to `head`.
/// Invariant: 0 ≤ head ≤ tail ≤ capacity; head == tail implies both are 0 after `consume`.
/// Why: not a ring. A head must be contiguous for the parser, and moving the few bytes left over
///      after a pipelined request costs less than handling a wrap in every scan.
@usableFromInline @safe
package struct Buffer: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer
    @usableFromInline var head = 0
    @usableFromInline var tail = 0

    /// How many bytes fit before it grows.
    @usableFromInline package internal(set) var capacity: Int

    /// Makes an empty buffer; a capacity of 0 allocates nothing until the first byte.
    package init(capacity: Int) {
        unsafe base = Self.allocate(capacity)
        self.capacity = capacity
    }

    deinit { if capacity > 0 { unsafe base.deallocate() } }

    /// How many bytes are readable.
    @inlinable package var count: Int { tail &- head }

    /// The same, in the words of the diagram.
    @inlinable package var readableCount: Int { tail &- head }

    @inlinable package var isEmpty: Bool { tail == head }

    /// How many bytes fit behind the readable ones without moving or growing.
    @inlinable package var room: Int { capacity &- tail }

    // MARK: Views

    @inlinable
    package var readable: Span<UInt8> {
        @_lifetime(borrow self) @inline(__always) get {
            let span = unsafe Span<UInt8>(
                _unsafeStart: (base + head).assumingMemoryBound(to: UInt8.self),
                count: tail &- head)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The readable bytes for the system calls that send them.
    @inlinable
    package var readableBytes: RawSpan {
        @_lifetime(borrow self) @inline(__always) get {
            let span = unsafe RawSpan(_unsafeStart: base + head, byteCount: tail &- head)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The readable bytes, to be decoded in place.
    @inlinable
    package var mutableReadable: MutableSpan<UInt8> {
        @_lifetime(&self) @inline(__always) mutating get {
            let span = unsafe MutableSpan<UInt8>(
                _unsafeStart: (base + head).assumingMemoryBound(to: UInt8.self),
                count: tail &- head)
            return unsafe _overrideLifetime(span, mutating: &self)
        }
    }

    /// Where received bytes may be put; tell with `didFill`.
    @inlinable
    package var free: MutableRawSpan {
        @_lifetime(&self) @inline(__always) mutating get {
            let span = unsafe MutableRawSpan(_unsafeStart: base + tail, byteCount: capacity &- tail)
            return unsafe _overrideLifetime(span, mutating: &self)
        }
    }

    /// As `free`, but no more than so many bytes.
    @_lifetime(&self)
    @inlinable
    package mutating func free(upTo byteCount: Int) -> MutableRawSpan {
        precondition(byteCount >= 0)
        let span = unsafe MutableRawSpan(
            _unsafeStart: base + tail, byteCount: min(byteCount, capacity &- tail))
        return unsafe _overrideLifetime(span, mutating: &self)
    }

    /// Some of the readable bytes.
    @_lifetime(borrow self)
    @inlinable
    package func span(_ range: Range<Int>) -> Span<UInt8> {
        precondition(range.lowerBound >= 0 && range.upperBound <= tail &- head)
        let span = unsafe Span<UInt8>(
            _unsafeStart: (base + head + range.lowerBound).assumingMemoryBound(to: UInt8.self),
            count: range.count)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// Some of the readable bytes, for the system calls that send them.
    @_lifetime(borrow self)
    @inlinable
    package func bytes(_ range: Range<Int>) -> RawSpan {
        precondition(range.lowerBound >= 0 && range.upperBound <= tail &- head)
        let span = unsafe RawSpan(
            _unsafeStart: base + head + range.lowerBound, byteCount: range.count)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    // MARK: Moving head and tail

    /// Makes the next `byteCount` free bytes readable.
    @inlinable
    package mutating func didFill(_ byteCount: Int) {
        precondition(byteCount >= 0 && byteCount <= capacity &- tail)
        tail &+= byteCount
    }

    /// Drops bytes from the front.
    @inlinable
    package mutating func consume(_ byteCount: Int) {
        precondition(byteCount >= 0 && byteCount <= tail &- head)
        head &+= byteCount
        if head == tail {
            head = 0
            tail = 0
        }
    }

    /// Keeps only the first `byteCount` readable bytes.
    @inlinable
    package mutating func truncate(to byteCount: Int) {
        precondition(byteCount >= 0 && byteCount <= tail &- head)
        tail = head &+ byteCount
    }

    @inlinable
    package mutating func removeAll() {
        head = 0
        tail = 0
    }

    /// Moves the readable bytes to the start, so that all free room is behind them.
    @inlinable
    package mutating func compact() {
        if head != 0 { moveToStart() }
    }

    /// Makes room for at least `byteCount` more bytes: by compacting if that is enough, else by
    /// doubling.
    @inlinable
    package mutating func reserve(_ byteCount: Int) {
        if byteCount > capacity &- tail { makeRoom(byteCount) }
    }

    @usableFromInline
    mutating func moveToStart() {
        unsafe base.copyMemory(from: base + head, byteCount: tail - head)
        tail -= head
        head = 0
    }

    @usableFromInline
    mutating func makeRoom(_ byteCount: Int) {
        precondition(byteCount >= 0)
        let needed = count + byteCount
        // Compacting only when it frees half of the buffer keeps appending linear in total.
        if needed <= capacity, head >= capacity / 2 || needed <= capacity / 2 {
            moveToStart()
            return
        }
        let newCapacity = max(capacity * 2, needed, Self.smallestCapacity)
        let newBase = unsafe Self.allocate(newCapacity)
        unsafe newBase.copyMemory(from: base + head, byteCount: count)
        if capacity > 0 { unsafe base.deallocate() }
        unsafe base = newBase
        tail -= head
        head = 0
        capacity = newCapacity
    }

    /// The first growth of a buffer that had nothing.
    private static var smallestCapacity: Int { 256 }

    private static func allocate(_ capacity: Int) -> UnsafeMutableRawPointer {
        precondition(capacity >= 0)
        guard capacity > 0 else {
            // Never read nor freed: an empty span needs an address all the same.
            return unsafe UnsafeMutableRawPointer(bitPattern: 16).unsafelyUnwrapped
        }
        return .allocate(byteCount: capacity, alignment: 8)
    }
}

extension Buffer: @unchecked Sendable {}
