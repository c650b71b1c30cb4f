// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Ranges of IPv4 addresses that do not overlap, while a `geo` block is read.

/// Ranges with numbers.
///
/// Spec: nginx `geo` with `ranges`: a range may be cut out of one that is there, but may not reach
///       over its end; this is so for each 65536 addresses on their own.
/// Cost: a range behind all others of its block is appended at once.
struct RangeList {
    /// A range within a block of 65536 addresses.
    private struct Part {
        var start: UInt32
        var end: UInt32
        var number: Int32
    }

    enum Insertion: Equatable {
        case inserted
        /// The very same range had this number.
        case replaced(Int32)
        case overlaps(ClosedRange<UInt32>)
    }

    /// By the upper half of the address: the parts in their order.
    private var blocks: [UInt32: [Part]] = [:]

    /// All ranges in their order.
    var all: [(range: ClosedRange<UInt32>, number: Int32)] {
        blocks.keys.sorted().flatMap { block in
            (blocks[block] ?? []).map { part in
                ((block << 16 | part.start)...(block << 16 | part.end), part.number)
            }
        }
    }

    mutating func insert(_ range: ClosedRange<UInt32>, _ number: Int32) -> Insertion {
        var result = Insertion.inserted
        for (block, start, end) in Self.parts(of: range) {
            let part = Part(start: start, end: end, number: number)
            switch Self.insert(part, into: &blocks[block, default: []]) {
            case .inserted: break
            case .replaced(let old): result = .replaced(old)
            case .overlaps(let other):
                return .overlaps(
                    (block << 16 | other.lowerBound)...(block << 16 | other.upperBound))
            }
        }
        return result
    }

    /// Takes out a range that was put in.
    ///
    /// - Returns: whether all of it was there.
    mutating func remove(_ range: ClosedRange<UInt32>) -> Bool {
        var isComplete = true
        for (block, start, end) in Self.parts(of: range) {
            let index = blocks[block]?.firstIndex { $0.start == start && $0.end == end }
            if let index { blocks[block]?.remove(at: index) } else { isComplete = false }
        }
        return isComplete
    }

    private static func parts(
        of range: ClosedRange<UInt32>
    ) -> [(block: UInt32, start: UInt32, end: UInt32)] {
        let (first, last) = (range.lowerBound >> 16, range.upperBound >> 16)
        return (first...last).map { block in
            (
                block, block == first ? range.lowerBound & 0xFFFF : 0,
                block == last ? range.upperBound & 0xFFFF : 0xFFFF
            )
        }
    }

    private static func insert(_ new: Part, into parts: inout [Part]) -> Insertion {
        var index = parts.count
        while index > 0, new.end < parts[index - 1].start { index -= 1 }
        guard index > 0, new.start <= parts[index - 1].end else {
            parts.insert(new, at: index)
            return .inserted
        }
        let old = parts[index - 1]
        if new.start == old.start, new.end == old.end {
            parts[index - 1].number = new.number
            return .replaced(old.number)
        }
        guard new.start >= old.start, new.end <= old.end else {
            return .overlaps(old.start...old.end)
        }
        // Cut out of the old one: what is left of it stays on one side or on both.
        var pieces = [new]
        if old.start < new.start {
            pieces.insert(Part(start: old.start, end: new.start - 1, number: old.number), at: 0)
        }
        if new.end < old.end {
            pieces.append(Part(start: new.end + 1, end: old.end, number: old.number))
        }
        parts.replaceSubrange(index - 1..<index, with: pieces)
        return .inserted
    }
}
