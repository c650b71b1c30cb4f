// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Real files in a temporary directory.

import OS
import Testing

@Suite struct FileTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test func `status tells kind, size and permissions`() throws {
        try directory.write("f", "hello")
        try FileSystem.setMode(directory("f"), 0o640)
        try FileSystem.makeSymbolicLink(directory("l"), to: "f")
        let file = try FileSystem.status(directory("f"))
        #expect(file.kind == .regular)
        #expect(file.size == 5)
        #expect(file.mode == 0o640)
        #expect(file.modifiedSeconds > 1_700_000_000)
        #expect(try FileSystem.status(directory("l")) == file)
        #expect(try FileSystem.status(directory("l"), followsLink: false).kind == .symbolicLink)
        #expect(try FileSystem.status(directory.path).kind == .directory)
        #expect(try FileSystem.status("/dev/null").kind == .other)
    }

    @Test func `all forms of a path name the same file`() throws {
        try directory.write("f", "x")
        let bytes = Array(directory("f").utf8)
        let status = try FileSystem.status(directory("f"))
        let span = bytes.span
        let bySpan = try FileSystem.status(span)
        #expect(try FileSystem.status(bytes) == status)
        #expect(bySpan == status)
    }

    @Test func `paths that cannot exist are errors`() {
        #expect(throws: Errno.noSuchFile) { _ = try FileSystem.status([0x2F, 0, 0x2F]) }
        #expect(throws: Errno.nameTooLong) {
            _ = try FileSystem.status([UInt8](repeating: 0x61, count: 4096))
        }
        #expect(throws: Errno.noSuchFile) { _ = try FileSystem.status("") }
        #expect(throws: Errno.notDirectory) { _ = try FileSystem.status("/dev/null/x") }
    }

    @Test func `a replaced file is whole and a link is not followed`() throws {
        try directory.write("target", "old")
        try FileSystem.makeSymbolicLink(directory("f"), to: "target")
        try FileSystem.replaceFile(directory("f"), content: Array("new".utf8).span, mode: 0o600)
        #expect(try directory.read("f") == "new")
        #expect(try directory.read("target") == "old")
        let status = try FileSystem.status(directory("f"), followsLink: false)
        #expect(status.kind == .regular)
        #expect(status.mode == 0o600)
        #expect(try FileSystem.listDirectory(directory.path).count == 2)
    }

    @Test func `a failed replacement leaves nothing behind`() throws {
        try FileSystem.makeDirectory(directory("d"))
        #expect(throws: Errno.isDirectory) {
            try FileSystem.replaceFile(directory("d"), content: [UInt8]().span)
        }
        #expect(try FileSystem.listDirectory(directory.path).count == 1)
    }

    @Test func `files without a name can be written and read`() throws {
        let file = try FileSystem.temporaryFile(in: directory.path)
        try file.writeAll(Array("spilled".utf8).span)
        let content = try file.readAll()
        #expect(content == Array("spilled".utf8))
        #expect(try FileSystem.listDirectory(directory.path).isEmpty)
        let memory = try FileSystem.memoryFile("snapshot")
        try memory.writeAll(Array("m".utf8).span)
        let size = try memory.status().size
        #expect(size == 1)
        try memory.setSize(0)
        let empty = try memory.readAll()
        #expect(empty.isEmpty)
    }

    @Test func `reading more than the limit is an error`() throws {
        try directory.write("f", String(repeating: "x", count: 100_000))
        let file = try FileSystem.open(directory("f"))
        let all = try file.readAll()
        #expect(all.count == 100_000)
        var error: Errno?
        do { _ = try file.readAll(limit: 99_999) } catch let caught { error = caught }
        #expect(error?.name == "EFBIG")
    }

    @Test func `directories list their names and kinds`() throws {
        try directory.write("f", "")
        try FileSystem.makeDirectory(directory("d"))
        try FileSystem.makeSymbolicLink(directory("l"), to: "nowhere")
        let entries = try FileSystem.listDirectory(directory.path)
        let found = Dictionary(
            uniqueKeysWithValues: entries.map {
                (String(decoding: $0.name, as: UTF8.self), $0.kind)
            })
        #expect(found == ["f": .regular, "d": .directory, "l": .symbolicLink])
        #expect(throws: Errno.notDirectory) { _ = try FileSystem.listDirectory(directory("f")) }
    }

    @Test func `names can change and go`() throws {
        try directory.write("a", "x")
        try FileSystem.rename(directory("a"), to: directory("b"))
        #expect(try directory.read("b") == "x")
        #expect(throws: Errno.noSuchFile) { _ = try FileSystem.status(directory("a")) }
        try FileSystem.unlink(directory("b"))
        #expect(throws: Errno.noSuchFile) { try FileSystem.unlink(directory("b")) }
    }

    @Test func `the real path has no links`() throws {
        try directory.write("f", "")
        try FileSystem.makeSymbolicLink(directory("l"), to: "f")
        #expect(try FileSystem.realPath(directory("l")) == Array(directory("f").utf8))
        #expect(try FileSystem.currentDirectory().first == UInt8(ascii: "/"))
    }
}
