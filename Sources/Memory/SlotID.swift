// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The name of a slot that stays wrong after the slot has been given to somebody else.

/// A slot number and the generation that it was handed out in.
///
/// Packs into the 64 bits that epoll returns with an event, with four bits left for the caller:
///
///      63 … 60   59 … 32      31 … 0
///       tag     generation     index
///
/// Invariant: the generation has at most 28 bits, and is odd while the slot is occupied.
@usableFromInline
package struct SlotID: BitwiseCopyable, Hashable, Sendable {
    @usableFromInline package let index: UInt32
    @usableFromInline package let generation: UInt32

    @usableFromInline static var generationMask: UInt32 { 0x0FFF_FFFF }

    @inlinable
    package init(index: UInt32, generation: UInt32) {
        self.index = index
        self.generation = generation & Self.generationMask
    }

    /// What `token` was made from; the tag is dropped.
    @inlinable
    package init(token: UInt64) {
        self.init(
            index: UInt32(truncatingIfNeeded: token),
            generation: UInt32(truncatingIfNeeded: token >> 32))
    }

    /// Index and generation in one number, the upper four bits zero.
    @inlinable
    package var rawValue: UInt64 { UInt64(generation) << 32 | UInt64(index) }

    /// The same with a tag of four bits on top.
    @inlinable
    package func token(tag: UInt8) -> UInt64 {
        assert(tag < 16)
        return rawValue | UInt64(tag & 0xF) << 60
    }

    /// The tag of a token.
    @inlinable
    package static func tag(of token: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: token >> 60) }

    /// The generation that follows one: odd after even, even after odd, never more than 28 bits.
    @inlinable
    static func generation(after old: UInt32) -> UInt32 { (old &+ 1) & generationMask }
}
