// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The text of all files of a configuration in one piece of memory.
//
// Whoever decodes may have been handed anything: every length is checked.

/// Every file that a configuration consisted of when it was checked.
///
/// Why: the worker process parses these bytes, not the disk, so that what runs is what was checked
///      even when somebody saves a file in between.
package struct Snapshot: Sendable, Equatable {
    /// The files, in the order of opening.
    package let files: [SourceFile]

    /// Takes the sources of a parsed configuration; text that is no file is left out.
    package init(_ sources: [SourceFile]) {
        files = sources.filter { $0.isFile }
    }

    /// Reads these files and no others.
    package var reader: FileReader { FileReader(files: files) }

    /// The files as bytes: a mark, and for each file its path and text, each behind its length.
    package var encoded: [UInt8] {
        var bytes = Snapshot.mark
        for file in files {
            Snapshot.append(Array(file.path.utf8), to: &bytes)
            Snapshot.append(file.bytes, to: &bytes)
        }
        return bytes
    }

    /// Reads what `encoded` wrote; nil when it is anything else.
    package init?(decoding bytes: [UInt8]) {
        guard bytes.starts(with: Snapshot.mark) else { return nil }
        var rest = bytes[Snapshot.mark.count...]
        var files: [SourceFile] = []
        while !rest.isEmpty {
            guard let path = Snapshot.take(from: &rest), let text = Snapshot.take(from: &rest)
            else { return nil }
            files.append(
                SourceFile(path: String(decoding: path, as: UTF8.self), bytes: Array(text)))
        }
        self.files = files
    }

    private static let mark = Array("beranda configuration 1\n".utf8)

    private static func append(_ part: [UInt8], to bytes: inout [UInt8]) {
        var length = UInt64(part.count)
        for _ in 0..<8 {
            bytes.append(UInt8(truncatingIfNeeded: length))
            length >>= 8
        }
        bytes += part
    }

    private static func take(from rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard rest.count >= 8 else { return nil }
        let length = rest.prefix(8).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(8)
        guard let count = Int(exactly: length), count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
