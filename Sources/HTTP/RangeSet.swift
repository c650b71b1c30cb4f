// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The value of Range against the size of what is asked for.

internal import Memory

/// Which parts of a content the client wants.
///
/// Spec: RFC 9110 §14.2. What is no byte range at all is ignored; what looks like one but is wrong
///       is 416, as nginx answers.
package enum RangeSet: Equatable, Sendable {
    /// Answer 200 with the whole.
    case ignored
    /// Answer 416.
    case unsatisfiable
    /// Answer 206 with this part, which is not empty.
    case single(Range<Int>)
    /// Answer 206 with these parts as `multipart/byteranges`, in the order asked for.
    case multiple([Range<Int>])

    /// Reads the value of Range for a content of `size` bytes.
    ///
    /// Limits: more than `limit` ranges, or ranges that add up to more than the content, are
    ///         ignored: parts must never be more content than the whole.
    package static func parse(_ value: Span<UInt8>, size: Int, limit: Int = .max) -> RangeSet {
        guard value.count > 6, limit > 0, size >= 0,
            value.extracting(0..<6).equalsIgnoringCase("bytes=")
        else { return .ignored }
        var reader = RangeReader(size: size)
        var ranges: [Range<Int>] = []
        var first: Range<Int>?
        var byteCount = 0
        var rangeCount = 0
        var offset = 6
        while true {
            switch reader.next(value, &offset) {
            case .malformed: return .unsatisfiable
            case .outside(let start):
                // nginx's rule for an empty content: what begins at its start is the whole.
                if start == 0 { return .ignored }
            case .range(let start, let end):
                rangeCount &+= 1
                if rangeCount > limit { return .ignored }
                let (sum, overflow) = byteCount.addingReportingOverflow(end &- start)
                guard !overflow else { return .unsatisfiable }
                byteCount = sum
                // The rest is read only to see whether it is well-formed.
                if byteCount <= size {
                    if let first, ranges.isEmpty { ranges.append(first) }
                    if first == nil { first = start..<end } else { ranges.append(start..<end) }
                }
            }
            guard offset < value.count else { break }
            offset &+= 1
        }
        guard let first else { return .unsatisfiable }
        if byteCount > size { return .ignored }
        return ranges.isEmpty ? .single(first) : .multiple(ranges)
    }
}

/// Reads one `first-last` after the other.
private struct RangeReader {
    let size: Int

    enum Step {
        case range(start: Int, end: Int)
        /// A well-formed range that contains no byte of the content, and where it would start.
        case outside(start: Int)
        case malformed
    }

    /// Reads up to the next comma or the end.
    mutating func next(_ value: Span<UInt8>, _ offset: inout Int) -> Step {
        skipSpaces(value, &offset)
        if offset < value.count, value[offset] == UInt8(ascii: "-") {
            offset &+= 1
            guard let length = number(value, &offset), isAtEnd(value, &offset) else {
                return .malformed
            }
            return step(max(size &- length, 0), size)
        }
        guard let start = number(value, &offset) else { return .malformed }
        skipSpaces(value, &offset)
        guard offset < value.count, value[offset] == UInt8(ascii: "-") else { return .malformed }
        offset &+= 1
        if isAtEnd(value, &offset) { return step(start, size) }
        guard let last = number(value, &offset), isAtEnd(value, &offset) else { return .malformed }
        return step(start, last >= size ? size : last &+ 1)
    }

    private func step(_ start: Int, _ end: Int) -> Step {
        start < end ? .range(start: start, end: end) : .outside(start: start)
    }

    /// A number of at least one digit; nil when there is none or it is beyond an Int.
    private func number(_ value: Span<UInt8>, _ offset: inout Int) -> Int? {
        var number: Int?
        while offset < value.count, ByteClass.isDigit(value[offset]) {
            let (product, overflow) = (number ?? 0).multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(value[offset] &- 48))
            guard !overflow, !carry else { return nil }
            number = sum
            offset &+= 1
        }
        return number
    }

    private func isAtEnd(_ value: Span<UInt8>, _ offset: inout Int) -> Bool {
        skipSpaces(value, &offset)
        return offset >= value.count || value[offset] == UInt8(ascii: ",")
    }

    private func skipSpaces(_ value: Span<UInt8>, _ offset: inout Int) {
        while offset < value.count, value[offset] == 32 || value[offset] == 9 { offset &+= 1 }
    }
}
