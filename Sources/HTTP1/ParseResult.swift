// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the head parsers take and give besides the head itself.

/// What came of parsing a head.
@usableFromInline
package enum ParseResult: BitwiseCopyable, Equatable, Sendable {
    /// The bytes are the beginning of a head.
    case needsBytes
    /// The first `byteCount` bytes were a whole head; what follows is content or the next message.
    case parsed(byteCount: Int)
    /// No further bytes can make this a head.
    case malformed(Flaw)
}

/// How long a head may be.
///
/// How many field lines it may have, the head itself knows.
@usableFromInline
package struct HeadLimits: BitwiseCopyable, Sendable {
    /// Units: bytes of one line with its line end, as one of `large_client_header_buffers`.
    @usableFromInline package var lineByteLimit: Int

    /// Units: bytes of the whole head.
    @usableFromInline package var headByteLimit: Int

    /// Limits of which the line's must not exceed the head's.
    package init(lineByteLimit: Int = 8 << 10, headByteLimit: Int = 33 << 10) {
        self.lineByteLimit = lineByteLimit
        self.headByteLimit = headByteLimit
    }
}
