// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A directory for one test, removed with what is in it.

internal import OS

final class TemporaryDirectory {
    let path: String

    init() throws {
        let name = String(Random.number(), radix: 36)
        path = "/tmp/beranda-tests-" + name
        try FileSystem.makeDirectory(path, mode: 0o700)
    }

    deinit { Self.remove(path) }

    /// The path of a name inside.
    func callAsFunction(_ name: String) -> String { path + "/" + name }

    func write(_ name: String, _ content: String) throws {
        let file = try FileSystem.open(self(name), [.write, .create, .truncate])
        try file.writeAll(Array(content.utf8).span)
    }

    func read(_ name: String) throws -> String {
        String(decoding: try FileSystem.open(self(name)).readAll(), as: UTF8.self)
    }

    private static func remove(_ path: String) {
        for entry in (try? FileSystem.listDirectory(path)) ?? [] {
            let inner = path + "/" + String(decoding: entry.name, as: UTF8.self)
            if entry.kind == .directory { remove(inner) } else { try? FileSystem.unlink(inner) }
        }
        try? FileSystem.removeDirectory(path)
    }
}
