// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Replacements cut in path and query.

internal import Configuration

extension Template {
    /// Which segment holds the first of a byte that is written out, and where in it.
    func literalOffset(of byte: UInt8) -> (segment: Int, offset: Int)? {
        for (index, segment) in segments.enumerated() {
            if case .literal(let text) = segment, let offset = text.firstIndex(of: byte) {
                return (index, offset)
            }
        }
        return nil
    }

    /// What stands before and behind the first of a byte that is written out.
    func cut(at byte: UInt8) -> (before: Template, behind: Template?) {
        guard let (index, offset) = literalOffset(of: byte),
            case .literal(let text) = segments[index]
        else { return (self, nil) }
        let head = Template(literal: Array(text[..<offset]))
        let tail = Template(literal: Array(text[(offset + 1)...]))
        return (
            Template(segments[..<index] + head.segments),
            Template(tail.segments + segments[(index + 1)...])
        )
    }
}

extension Word {
    /// The word without its last byte.
    var droppingLast: Word {
        Word(
            bytes: Array(bytes.dropLast()), isQuoted: isQuoted, location: location,
            environmentRanges: environmentRanges.map { $0.clamped(to: 0..<bytes.count - 1) })
    }

    /// The word without its first byte.
    var droppingFirst: Word {
        Word(
            bytes: Array(bytes.dropFirst()), isQuoted: isQuoted, location: location,
            environmentRanges: environmentRanges.map { range in
                max(0, range.lowerBound - 1)..<max(0, range.upperBound - 1)
            })
    }
}
