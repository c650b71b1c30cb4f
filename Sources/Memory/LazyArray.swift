// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// An array as large as it may ever have to be, whose pages are touched only as far as it is used.

/// A fixed number of plain values; those never written read as the initial value.
///
/// Why: tables beside a slab are sized for the connection limit. Slots are handed out from the
///      front, so touching only the used part keeps a server with few connections small.
/// Invariant: elements below `touched` are initialised, and so is the spare one in front of them.
@usableFromInline @safe
package struct LazyArray<Element: BitwiseCopyable>: ~Copyable {
    /// Element i is at base + 1 + i; base[0] holds the initial value.
    @usableFromInline let base: UnsafeMutablePointer<Element>
    @usableFromInline var touched = 0

    /// How many elements there are.
    @usableFromInline package let count: Int

    package init(repeating value: Element, count: Int) {
        precondition(count >= 0)
        unsafe base = .allocate(capacity: count + 1)
        unsafe base.initialize(to: value)
        self.count = count
    }

    deinit { unsafe base.deallocate() }

    @inlinable
    package subscript(index: Int) -> Element {
        @inline(__always) unsafeAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe UnsafePointer(base + (index < touched ? index &+ 1 : 0))
        }
        @inline(__always) unsafeMutableAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            if index >= touched { touch(through: index) }
            return unsafe base + (index &+ 1)
        }
    }

    /// Initialises up to and including `index`.
    @usableFromInline
    mutating func touch(through index: Int) {
        unsafe (base + 1 + touched).initialize(repeating: base[0], count: index + 1 - touched)
        touched = index + 1
    }
}
