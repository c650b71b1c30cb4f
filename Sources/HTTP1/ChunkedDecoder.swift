// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Takes the chunked transfer coding off.
//
// This file knows bytes only: no sockets, no clock. It never allocates, copies or moves content:
// it says which of the bytes are content.

package import HTTP
internal import Memory

/// Removes chunk framing from bytes as they arrive.
///
/// Feed it the bytes after the head, in pieces of any size, and act on each `Piece` until it says
/// `.needsBytes` or `.end`; what comes out does not depend on where the pieces are cut.
///
/// Limits: chunk extensions are counted over the whole content, not per chunk, so that many tiny
///         chunks cannot hide a flood of extension bytes.
/// Spec: RFC 9112 §7.1. A bare LF is refused: proxies that disagree on the ends of chunks are how
///       requests get smuggled.
/// Cost: one pass, no allocation.
@usableFromInline
package struct ChunkedDecoder: BitwiseCopyable, Sendable {
    /// What the bytes given to `next` begin with.
    package enum Piece: BitwiseCopyable, Equatable, Sendable {
        /// The bytes before the range are used up, those in it are content. Go on with what
        /// follows.
        case content(ByteRange)
        /// The first `consumed` bytes are used up; keep the others, which are the beginning of a
        /// trailer section, and give them again with more behind them.
        case needsBytes(consumed: Int)
        /// The content is complete; what follows `consumed` bytes is the next message.
        case end(consumed: Int)
        /// No further bytes can make this content.
        case malformed(Flaw)
    }

    /// Chunk extensions of one message, white space before them included.
    package static var extensionByteLimit: Int { 16 << 10 }

    /// The whole trailer section.
    package static var trailerByteLimit: Int { 8 << 10 }

    private enum State: BitwiseCopyable {
        case size
        case spaceAfterSize
        case chunkExtension
        case sizeLineFeed
        case content
        case contentReturn
        case contentLineFeed
        case trailer
        case end
    }

    private var state = State.size
    private var digitCount: UInt8 = 0
    private var extensionByteCount: Int32 = 0

    /// What is left of the chunk, or its size while that is being read.
    private var remaining = 0

    /// How many bytes the trailer section has, with the empty line behind it.
    ///
    /// They are the last of those that `Piece.end` says are used up.
    package private(set) var trailerByteCount = 0

    /// A decoder before the first byte of content.
    package init() {}

    /// What the chunk that has begun still owes, as its size says.
    ///
    /// Why: a chunk that is larger than anybody wants can be refused before it has come.
    package var promisedByteCount: Int { state == .content ? remaining : 0 }

    /// Whether the content was received to its end.
    package var isAtEnd: Bool { state == .end }

    /// Says what `bytes`, which follow what was used up before, begin with.
    ///
    /// Trailers are checked, and for the caller to take or drop.
    package mutating func next(_ bytes: Span<UInt8>) -> Piece {
        var offset = 0
        while offset < bytes.count {
            switch state {
            case .content:
                let end = offset &+ min(remaining, bytes.count &- offset)
                remaining &-= end &- offset
                if remaining == 0 { state = .contentReturn }
                return .content(ByteRange(offset, end))
            case .trailer:
                return trailer(bytes, offset)
            case .end:
                return .end(consumed: offset)
            default:
                if let flaw = step(bytes[offset]) { return .malformed(flaw) }
                offset &+= 1
            }
        }
        return state == .end ? .end(consumed: offset) : .needsBytes(consumed: offset)
    }

    /// Takes one byte of framing; answers what is wrong with it.
    private mutating func step(_ byte: UInt8) -> Flaw? {
        switch state {
        case .size:
            if let digit = ByteClass.hexValue(byte) { return addDigit(digit) }
            guard digitCount > 0 else { return .chunkSize }
            state = .spaceAfterSize
            return afterSize(byte)
        case .spaceAfterSize:
            return afterSize(byte)
        case .chunkExtension:
            if byte == 13 {
                state = .sizeLineFeed
                return nil
            }
            return ByteClass.isValue(byte) ? countExtensionByte() : .chunkExtension
        case .sizeLineFeed:
            guard byte == 10 else { return .chunkExtension }
            state = remaining == 0 ? .trailer : .content
            digitCount = 0
            return nil
        case .contentReturn:
            state = .contentLineFeed
            return byte == 13 ? nil : .chunkEnd
        case .contentLineFeed:
            state = .size
            return byte == 10 ? nil : .chunkEnd
        case .content, .trailer, .end:
            return nil
        }
    }

    private mutating func addDigit(_ digit: UInt8) -> Flaw? {
        // Sixteen digits with the top bit clear are the largest size that an Int holds; counting
        // the zeros in front as well keeps a chunk size from going on for ever.
        guard digitCount < 16, remaining >> 59 == 0 else { return .chunkSize }
        digitCount &+= 1
        remaining = remaining << 4 | Int(digit)
        return nil
    }

    /// The size is followed by its line end, or by an extension with white space before it.
    private mutating func afterSize(_ byte: UInt8) -> Flaw? {
        switch byte {
        case 13:
            state = .sizeLineFeed
            return nil
        case UInt8(ascii: ";"):
            state = .chunkExtension
            return countExtensionByte()
        case 9, 32: return countExtensionByte()
        default: return .chunkSize
        }
    }

    private mutating func countExtensionByte() -> Flaw? {
        extensionByteCount &+= 1
        return Int(extensionByteCount) > Self.extensionByteLimit ? .chunkExtensionsTooLong : nil
    }

    /// Checks the trailer section that starts at `start`, from its first byte each time.
    private mutating func trailer(_ bytes: Span<UInt8>, _ start: Int) -> Piece {
        switch TrailerSection.check(bytes, from: start, byteLimit: Self.trailerByteLimit) {
        case .line(let end), .last(let end):
            state = .end
            trailerByteCount = end &- start
            return .end(consumed: end)
        case .needsBytes: return .needsBytes(consumed: start)
        case .malformed(let flaw): return .malformed(flaw)
        }
    }
}
