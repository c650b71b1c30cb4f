// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Makes lines of what a program prints. Pure: bytes in, lines out.

/// Collects bytes until they are a line.
///
/// Limits: a longer line than `lineLimit` comes out as several.
struct LineSplitter {
    /// Units: bytes, without the end of the line.
    ///
    /// With a prefix it fits into one write.
    static let lineLimit = 3_900

    private var rest: [UInt8] = []

    /// Takes bytes, and gives the lines that are complete, without their ends.
    mutating func split(_ bytes: ArraySlice<UInt8>) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for part in Self.parts(of: bytes) {
            rest += part.bytes
            while rest.count > Self.lineLimit {
                let count = Self.wholeCharacters(rest, limit: Self.lineLimit)
                lines.append(Array(rest[..<count]))
                rest.removeFirst(count)
            }
            if part.isEnded { lines.append(takeRest()) }
        }
        return lines
    }

    /// What is left when nothing more will come.
    mutating func finish() -> [UInt8]? { rest.isEmpty ? nil : takeRest() }

    private mutating func takeRest() -> [UInt8] {
        if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
        defer { rest.removeAll(keepingCapacity: true) }
        return rest
    }

    private static func parts(
        of bytes: ArraySlice<UInt8>
    ) -> [(bytes: ArraySlice<UInt8>, isEnded: Bool)] {
        let parts = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return parts.indices.map { (parts[$0], $0 < parts.count - 1) }
    }

    /// How many bytes there are up to a limit without a torn character of UTF-8.
    private static func wholeCharacters(_ bytes: [UInt8], limit: Int) -> Int {
        var count = limit
        while count > limit - 4, bytes[count] & 0xC0 == 0x80 { count -= 1 }
        return bytes[count] & 0xC0 == 0x80 ? limit : count
    }
}
