// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Owned values that are built once and then only read.

/// A fixed number of owned values, read in place and never moved.
///
/// Threads may share one, because nothing can change after `init`.
@usableFromInline @safe
package struct FixedStore<Element: ~Copyable>: ~Copyable {
    @usableFromInline let base: UnsafeMutablePointer<Element>

    /// How many elements there are.
    @usableFromInline package let count: Int

    /// Builds the elements in order.
    package init(count: Int, make: (Int) -> Element) {
        precondition(count >= 0)
        unsafe base = .allocate(capacity: count)
        for index in 0..<count { unsafe (base + index).initialize(to: make(index)) }
        self.count = count
    }

    deinit {
        unsafe base.deinitialize(count: count)
        unsafe base.deallocate()
    }

    @inlinable
    package subscript(index: Int) -> Element {
        @inline(__always) unsafeAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe UnsafePointer(base + index)
        }
    }
}

extension FixedStore: @unchecked Sendable where Element: Sendable & ~Copyable {}
