// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Several parts of a content in one: where each lies, and what stands between them. The content
// itself is never copied, and this knows nothing of where it comes from.

internal import Memory
internal import OS

/// What is left to send of a `multipart/byteranges`.
///
/// Spec: RFC 9110 §14.6, RFC 2046 §5.1.1.
/// Limits: what stands before a part is written when its turn comes, so that a request costs
///         16 bytes for each part, however slowly its client reads.
/// Why: a class, so that a response without parts has one word for it.
final class PartPlan {
    let boundary: [UInt8]
    /// What stands before the numbers of each part.
    private let head: [UInt8]
    private let parts: [Extent]
    private let size: Int
    private var next = 0
    /// Whether the last step was a delimiter, or nothing has been sent.
    private(set) var isInDelimiter = false

    /// What comes next.
    enum Step: BitwiseCopyable, Equatable {
        /// What was written to the buffer.
        case delimiter
        /// Bytes of the content.
        case part(Extent)
        case end
    }

    /// Plans the parts of a content of `size` bytes.
    convenience init(_ ranges: [Range<Int>], of size: Int, mediaType: [UInt8]) {
        self.init(ranges, of: size, mediaType: mediaType, number: Random.number())
    }

    /// The same, with a boundary made from a number that nobody could know when the content was
    /// written.
    init(_ ranges: [Range<Int>], of size: Int, mediaType: [UInt8], number: UInt64) {
        parts = ranges.map { Extent($0.lowerBound, $0.upperBound) }
        self.size = size
        let digits = Array(String(number).utf8)
        boundary =
            [UInt8](repeating: UInt8(ascii: "0"), count: Self.boundaryByteCount - digits.count)
            + digits
        var head = Array("\r\n--".utf8) + boundary
        if !mediaType.isEmpty { head += Array("\r\nContent-Type: ".utf8) + mediaType }
        self.head = head + Array("\r\nContent-Range: bytes ".utf8)
    }

    /// As many digits as the largest number has.
    private static var boundaryByteCount: Int { 20 }

    /// How long the whole is, delimiters and all.
    var byteCount: Int {
        var count = 4 + boundary.count + 4
        let sizeDigits = Self.digitCount(size)
        for part in parts {
            count += head.count + Self.digitCount(part.start) + 1 + Self.digitCount(part.end - 1)
            count += 1 + sizeDigits + 4 + part.count
        }
        return count
    }

    private static func digitCount(_ number: Int) -> Int {
        var (count, rest) = (1, number / 10)
        while rest > 0 {
            count += 1
            rest /= 10
        }
        return count
    }

    /// Goes on to the next delimiter or part; writes a delimiter to `text`.
    func advance(_ text: inout Buffer) -> Step {
        guard isInDelimiter else {
            guard next <= parts.count else { return .end }
            text.removeAll()
            if next < parts.count {
                text.append(head)
                text.append(parts[next], of: size)
                text.append("\r\n\r\n")
            } else {
                text.append("\r\n--")
                text.append(boundary)
                text.append("--\r\n")
            }
            isInDelimiter = true
            return .delimiter
        }
        isInDelimiter = false
        defer { next += 1 }
        return next < parts.count ? .part(parts[next]) : .end
    }
}
