// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// When it is worth looking at a slowly growing head again.

internal import Memory

/// Decides whether a head that was incomplete before can have changed.
///
/// Why: heads are parsed from the start each time, so that nothing has to be kept for a connection
///      that is stuck. Byte by byte that would cost the square of the head's size; looking again
///      only when a line has ended makes it the number of lines times the size.
enum Resumption {
    /// A line that has no end yet is judged again each time it grew by so many bytes.
    private static var strideBits: Int { 10 }

    /// Whether the bytes after the first `scanned` cannot change the answer "needs bytes".
    @inline(__always)
    static func canWait(_ bytes: Span<UInt8>, scanned: Int, _ limits: HeadLimits) -> Bool {
        guard scanned > 0, scanned <= bytes.count, bytes.count < limits.headByteLimit else {
            return false
        }
        guard scanned >> strideBits == bytes.count >> strideBits else { return false }
        return bytes.firstOffset(of: 10, from: scanned) == nil
    }
}
