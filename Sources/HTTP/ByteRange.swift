// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A place in a head, kept as an offset so that the bytes may be moved.

/// Where some bytes lie, counted from the first byte of the head.
///
/// Invariant: made by a parser from checked offsets, so `lowerBound <= upperBound`.
@usableFromInline
package struct ByteRange: BitwiseCopyable, Equatable, Sendable {
    @usableFromInline package var start: UInt32
    @usableFromInline package var byteCount: UInt32

    /// An empty range at the start.
    @inlinable package init() {
        start = 0
        byteCount = 0
    }

    /// The range from one offset up to, not including, another.
    @inlinable package init(_ lowerBound: Int, _ upperBound: Int) {
        start = UInt32(truncatingIfNeeded: lowerBound)
        byteCount = UInt32(truncatingIfNeeded: upperBound &- lowerBound)
    }

    @inlinable package var lowerBound: Int { Int(start) }
    @inlinable package var upperBound: Int { Int(start) &+ Int(byteCount) }
    @inlinable package var count: Int { Int(byteCount) }
    @inlinable package var isEmpty: Bool { byteCount == 0 }

    /// The same as a range of the standard library.
    @inlinable package var range: Range<Int> { lowerBound..<upperBound }
}

extension Span where Element == UInt8 {
    /// The bytes at a place found by a parser of these same bytes.
    @_lifetime(copy self)
    @inlinable package func extracting(_ place: ByteRange) -> Span<UInt8> {
        extracting(place.range)
    }
}
