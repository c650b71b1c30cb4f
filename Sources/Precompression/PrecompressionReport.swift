// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What came of the work on a folder, for people.

/// What became of every file.
package struct PrecompressionReport: Sendable {
    /// The kinds of siblings, in the order of each file's outcomes.
    package let kinds: [SiblingKind]

    /// Whether nothing was changed.
    package let isDryRun: Bool

    /// Every file that was found, by name.
    package let files: [File]

    /// Folders that could not be read.
    package let folderFailures: [Failure]

    /// One file, and what became of its siblings.
    package struct File: Sendable {
        /// The path below the folder.
        package let path: [UInt8]
        package let byteCount: Int
        package let outcomes: [SiblingOutcome]
    }

    /// Something that went wrong.
    package struct Failure: Sendable {
        /// The path below the folder.
        package let path: [UInt8]
        package let reason: String

        /// A line for it.
        package var line: String {
            "\(path.isEmpty ? "the folder" : PathText.of(path)): \(reason)"
        }
    }

    /// Everything that went wrong, folders first.
    package var failures: [Failure] {
        folderFailures
            + files.flatMap { file in
                zip(kinds, file.outcomes).compactMap { kind, outcome in
                    guard case .failed(let reason) = outcome else { return nil }
                    return Failure(path: file.path + kind.suffix, reason: reason)
                }
            }
    }

    /// How many outcomes are like this.
    func count(_ isCounted: (SiblingOutcome) -> Bool) -> Int {
        files.reduce(0) { $0 + $1.outcomes.count(where: isCounted) }
    }
}

/// Paths as a terminal may show them.
package enum PathText {
    /// The path with question marks for what could steer a terminal.
    package static func of(_ path: [UInt8]) -> String {
        String(
            decoding: path.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
    }
}

/// Amounts of bytes in three figures.
enum ByteText {
    /// Such as `812 B`, `45.6 kB` and `4.31 MB`; a kilobyte has a thousand bytes.
    static func of(_ byteCount: Int) -> String {
        var unit = 0
        var scale = 1
        // A step earlier than a thousand, lest 999,999 bytes read as 1000 kB.
        while unit + 1 < units.count, byteCount >= scale * 1000 - scale / 2 {
            unit += 1
            scale *= 1000
        }
        guard unit > 0 else { return "\(byteCount) B" }
        let decimals =
            byteCount < scale * 10 - scale / 200 ? 2 : byteCount < scale * 100 - scale / 20 ? 1 : 0
        return decimal(byteCount, per: scale, decimals) + " " + units[unit]
    }

    /// A quotient with some figures behind the point, rounded.
    static func decimal(_ value: Int, per scale: Int, _ decimals: Int) -> String {
        let power = [1, 10, 100][decimals]
        let rounded = (value * power + scale / 2) / scale
        guard decimals > 0 else { return "\(rounded)" }
        let rest = "\(rounded % power)"
        return "\(rounded / power).\(String(repeating: "0", count: decimals - rest.count))\(rest)"
    }

    private static let units = ["B", "kB", "MB", "GB", "TB"]
}
