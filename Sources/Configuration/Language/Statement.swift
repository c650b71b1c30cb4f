// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Words and statements: what a configuration consists of once its text has been read.

/// One word of a configuration: quotes removed, escapes and the environment resolved.
package struct Word: Sendable, Equatable {
    /// What the word says.
    package let bytes: [UInt8]
    /// Whether it was written in quotes.
    package let isQuoted: Bool
    /// Where it stands, quotes included.
    package let location: SourceLocation
    /// Which of the bytes came from the environment.
    ///
    /// Why: a `$` in there is data; it never names a variable.
    package let environmentRanges: [Range<Int>]

    /// Makes a word.
    package init(
        bytes: [UInt8], isQuoted: Bool = false, location: SourceLocation,
        environmentRanges: [Range<Int>] = []
    ) {
        self.bytes = bytes
        self.isQuoted = isQuoted
        self.location = location
        self.environmentRanges = environmentRanges
    }

    /// The word as text, for messages and names; bytes that are no UTF-8 are replaced.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Whether the word says exactly this.
    package func equals(_ other: String) -> Bool { bytes.elementsEqual(other.utf8) }

    /// Where a part of the word stands.
    ///
    /// The whole word when escapes or the environment have shifted its bytes against the text.
    package func location(of range: Range<Int>) -> SourceLocation {
        let quotes = isQuoted ? 2 : 0
        guard environmentRanges.isEmpty, bytes.count + quotes == location.length else {
            return location
        }
        return location.part(at: range.lowerBound + quotes / 2, length: range.count)
    }
}

/// A directive with its arguments, and for a block what stands between its braces.
package struct Statement: Sendable, Equatable {
    /// The first word.
    package let name: Word
    /// The words behind it.
    package let arguments: [Word]
    /// The statements between the braces; nil when it ended with a semicolon.
    package let block: [Statement]?
    /// Where the closing semicolon or brace stands.
    package let end: SourceLocation

    /// Makes a statement.
    package init(name: Word, arguments: [Word], block: [Statement]?, end: SourceLocation) {
        self.name = name
        self.arguments = arguments
        self.block = block
        self.end = end
    }
}
