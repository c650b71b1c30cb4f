// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A fast hash of bytes, eight at a step, for our own tables. It is not cryptographic: a table whose
// keys a stranger chooses must give it a secret seed.

/// Hashes `span` eight bytes at a step.
///
/// Limits: not resistant to somebody who knows the seed; give tables a random one.
/// Cost: one multiplication for every eight bytes, no allocation.
@inlinable
package func hash(_ span: Span<UInt8>, seed: UInt64 = 0x9E37_79B9_7F4A_7C15) -> UInt64 {
    var state = seed
    var i = 0
    while i &+ 8 <= span.count {
        state = mix(state ^ span.word(at: i))
        i &+= 8
    }
    var last: UInt64 = 0
    while i < span.count {
        last = last << 8 | UInt64(span[i])
        i &+= 1
    }
    // At most seven bytes are left, so the length has a byte of its own.
    return mix(state ^ last ^ UInt64(truncatingIfNeeded: span.count) << 56)
}

/// One step: both halves of a 128-bit product folded together, so that every bit moves every other.
@inlinable @inline(__always)
func mix(_ value: UInt64) -> UInt64 {
    let product = (value ^ 0xE703_7ED1_A0B4_28DB).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    return product.high ^ product.low
}
