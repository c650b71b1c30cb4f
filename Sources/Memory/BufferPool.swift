// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Buffers of a few fixed sizes, kept for reuse up to a limit. One pool belongs to one thread.

/// Lends buffers of 4, 16 and 64 KiB; larger requests get exactly what they asked for.
///
/// An idle connection owns no buffer, so the memory in use follows the connections that are doing
/// something. What comes back beyond the limits is freed at once.
@usableFromInline @safe
package struct BufferPool: ~Copyable {
    /// How many free buffers of one size are kept.
    package struct Limits: BitwiseCopyable, Sendable {
        package var smallCountLimit = 64
        package var mediumCountLimit = 16
        package var largeCountLimit = 8
        package init() {}
    }

    package static var smallCapacity: Int { 4 << 10 }
    package static var mediumCapacity: Int { 16 << 10 }
    package static var largeCapacity: Int { 64 << 10 }

    private var small: Shelf
    private var medium: Shelf
    private var large: Shelf

    package init(limits: Limits = Limits()) {
        small = Shelf(countLimit: limits.smallCountLimit)
        medium = Shelf(countLimit: limits.mediumCountLimit)
        large = Shelf(countLimit: limits.largeCountLimit)
    }

    /// How many free buffers are kept now.
    package var freeCount: Int { small.count + medium.count + large.count }

    /// Lends an empty buffer with room for at least `byteCount` bytes.
    package mutating func acquire(atLeast byteCount: Int) -> Buffer {
        precondition(byteCount >= 0)
        if byteCount <= Self.smallCapacity { return small.take(Self.smallCapacity) }
        if byteCount <= Self.mediumCapacity { return medium.take(Self.mediumCapacity) }
        if byteCount <= Self.largeCapacity { return large.take(Self.largeCapacity) }
        return Buffer(capacity: byteCount)
    }

    /// Takes a buffer back.
    ///
    /// One that grew to another size is kept only if that size has a shelf.
    package mutating func release(_ buffer: consuming Buffer) {
        switch buffer.capacity {
        case Self.smallCapacity: small.put(buffer)
        case Self.mediumCapacity: medium.put(buffer)
        case Self.largeCapacity: large.put(buffer)
        default: break
        }
    }
}

/// Free buffers of one size, the last one in first out, because its bytes are still in the cache.
@safe
struct Shelf: ~Copyable {
    let buffers: UnsafeMutablePointer<Buffer>
    let countLimit: Int
    var count = 0

    init(countLimit: Int) {
        precondition(countLimit >= 0)
        unsafe buffers = .allocate(capacity: countLimit)
        self.countLimit = countLimit
    }

    deinit {
        unsafe buffers.deinitialize(count: count)
        unsafe buffers.deallocate()
    }

    mutating func take(_ capacity: Int) -> Buffer {
        guard count > 0 else { return Buffer(capacity: capacity) }
        count -= 1
        return unsafe (buffers + count).move()
    }

    mutating func put(_ buffer: consuming Buffer) {
        guard count < countLimit else { return }
        buffer.removeAll()
        unsafe (buffers + count).initialize(to: buffer)
        count += 1
    }
}
