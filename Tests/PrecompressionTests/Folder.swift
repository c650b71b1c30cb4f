// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A folder of files for one test, and what came of working on it.

import OS
import Precompression

/// A temporary folder that goes with the test.
final class Folder {
    let path: [UInt8]

    /// Text that every coding makes smaller.
    static let text = String(repeating: "the same words again and again. ", count: 40)

    init() throws {
        path = Array("/tmp/beranda-precompress-\(String(Random.number(), radix: 36))".utf8)
        try FileSystem.makeDirectory(path)
    }

    deinit { Self.removeAll(path) }

    func callAsFunction(_ name: String) -> [UInt8] { path + Array("/\(name)".utf8) }

    /// Writes a file with a time of modification that is easy to recognise.
    func write(_ name: String, _ content: String = text, at seconds: Int = 1_000_000) throws {
        try FileSystem.replaceFile(self(name), content: Array(content.utf8).span)
        try setTime(of: name, to: seconds)
    }

    func makeDirectory(_ name: String) throws { try FileSystem.makeDirectory(self(name)) }

    func setTime(of name: String, to seconds: Int) throws {
        try FileSystem.open(self(name), .readWrite).setModified(
            WallTime(seconds: seconds, nanoseconds: 789))
    }

    func read(_ name: String) throws -> [UInt8] { try FileSystem.open(self(name)).readAll() }

    func status(_ name: String) throws -> FileStatus {
        try FileSystem.status(self(name), followsLink: false)
    }

    /// Every name in the folder, sorted.
    func names(in folder: String = "") throws -> [String] {
        try FileSystem.listDirectory(folder.isEmpty ? path : self(folder))
            .map { String(decoding: $0.name, as: UTF8.self) }.sorted()
    }

    /// Does the work, with what `change` makes of the settings.
    @discardableResult
    func precompress(
        _ change: (inout PrecompressionSettings) -> Void = { _ in }
    ) -> PrecompressionReport {
        var settings = PrecompressionSettings(directory: path)
        change(&settings)
        return Precompressor(settings) { _ in }.run()
    }

    private static func removeAll(_ path: [UInt8]) {
        for entry in (try? FileSystem.listDirectory(path)) ?? [] {
            let inner = path + [UInt8(ascii: "/")] + entry.name
            if entry.kind == .directory { removeAll(inner) } else { try? FileSystem.unlink(inner) }
        }
        try? FileSystem.removeDirectory(path)
    }
}
