// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Puts the chunked transfer coding on.

package import Memory

/// Writes chunk framing around content that the caller appends or sends itself.
///
/// Spec: RFC 9112 §7.1.
package enum ChunkedEncoder {
    /// The most that `beginChunk` appends: sixteen digits and the line end.
    package static var sizeLineByteLimit: Int { 18 }

    /// What follows the content of each chunk.
    package static var chunkEnd: StaticString { "\r\n" }

    /// What ends the content: the last chunk and an empty trailer section.
    package static var end: StaticString { "0\r\n\r\n" }

    /// What ends the content where a trailer section and an empty line follow.
    package static var lastChunk: StaticString { "0\r\n" }

    /// Appends the size line of a chunk of `byteCount` bytes; nothing when there are none, because
    /// a chunk of size zero would end the content.
    package static func beginChunk(_ byteCount: Int, in buffer: inout Buffer) {
        guard byteCount > 0 else { return }
        buffer.append(hex: byteCount)
        buffer.append(chunkEnd)
    }
}
