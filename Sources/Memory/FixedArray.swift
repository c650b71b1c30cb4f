// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Arrays whose size is decided once and whose elements are read and changed in place.

/// A fixed number of plain values on the heap.
///
/// Why: reading an `InlineArray` member through a borrowed `self` copies the whole array (6.3.1).
@usableFromInline @safe
package struct FixedArray<Element: BitwiseCopyable>: ~Copyable {
    @usableFromInline let base: UnsafeMutablePointer<Element>

    /// How many elements there are.
    @usableFromInline package let count: Int

    package init(repeating value: Element, count: Int) {
        precondition(count >= 0)
        unsafe base = .allocate(capacity: count)
        unsafe base.initialize(repeating: value, count: count)
        self.count = count
    }

    deinit { unsafe base.deallocate() }

    @inlinable
    package subscript(index: Int) -> Element {
        @inline(__always) unsafeAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe UnsafePointer(base + index)
        }
        @inline(__always) unsafeMutableAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe base + index
        }
    }

    /// All elements, for scans.
    @inlinable
    package var span: Span<Element> {
        @_lifetime(borrow self) @inline(__always) get {
            let span = unsafe Span(_unsafeStart: base, count: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }
}

extension FixedArray: @unchecked Sendable where Element: Sendable {}
