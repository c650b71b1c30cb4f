// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The text of a configuration and the places in it.
//
// This file opens nothing: who reads files is decided by the caller, through `FileReader`.

/// One file of a configuration, as it was read.
package struct SourceFile: Sendable, Equatable {
    /// The path that was opened, or a name in words for text that is no file.
    package let path: String
    /// The bytes as they were read, before any substitution.
    package let bytes: [UInt8]
    /// False for text that is no file, such as the directives of a command line.
    package let isFile: Bool

    /// Keeps the text of one file.
    package init(path: String, bytes: [UInt8], isFile: Bool = true) {
        self.path = path
        self.bytes = bytes
        self.isFile = isFile
    }
}

/// A stretch of text in one of the files read.
package struct SourceLocation: Sendable, Equatable {
    /// Which of the files read, in the order in which they were opened.
    package let file: Int
    /// The line, counted from 1.
    package let line: Int
    /// The byte within the line, counted from 1.
    package let column: Int
    /// How many bytes it covers; the part beyond the end of the line is never shown.
    package let length: Int

    /// Names a stretch of text.
    package init(file: Int, line: Int, column: Int, length: Int) {
        self.file = file
        self.line = line
        self.column = column
        self.length = length
    }

    /// The place right behind this one, where something is missing.
    package var end: SourceLocation {
        SourceLocation(file: file, line: line, column: column + length, length: 1)
    }

    /// A part of this stretch.
    package func part(at offset: Int, length: Int) -> SourceLocation {
        SourceLocation(file: file, line: line, column: column + offset, length: length)
    }
}
