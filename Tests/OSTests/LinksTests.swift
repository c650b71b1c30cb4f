// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What can be opened without following symbolic links, or only those of the same owner.

import Testing

@testable import OS

@Suite struct LinksTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try FileSystem.makeDirectory(directory("a"))
        try directory.write("a/f", "inside")
        try FileSystem.makeSymbolicLink(directory("file"), to: "a/f")
        try FileSystem.makeSymbolicLink(directory("folder"), to: "a")
        try FileSystem.makeSymbolicLink(directory("chain"), to: "folder/../file")
        try FileSystem.makeSymbolicLink(directory("loop"), to: "loop")
        try FileSystem.makeSymbolicLink(directory("none"), to: "nothing")
        try FileSystem.makeSymbolicLink(directory("other"), to: "/proc/self/mounts")
    }

    /// The error of opening, or the content.
    private func open(_ path: String, exceptOwn: Bool) throws -> String {
        let root = try FileSystem.open(directory(""), [.pathOnly, .directory])
        do {
            let file = try FileSystem.openRefusingLinks(
                root: root.number, Array(path.utf8), exceptOwn: exceptOwn)
            return String(decoding: try file.readAll(), as: UTF8.self)
        } catch {
            return error.name
        }
    }

    @Test(arguments: [
        ("a/f", "inside"), ("./a//f", "inside"), ("a/../a/f", "inside"), ("file", "ELOOP"),
        ("folder/f", "ENOTDIR"), ("folder", "ELOOP"), ("folder/", "ENOTDIR"), ("a/f/", "ENOTDIR"),
        ("a/none", "ENOENT"), ("none", "ELOOP"), ("loop", "ELOOP"), ("a/f/x", "ENOTDIR"),
        ("", "EISDIR"), ("a/", "EISDIR"),
    ])
    func `no link is followed`(path: String, expected: String) throws {
        #expect(try open(path, exceptOwn: false) == expected)
    }

    @Test(arguments: [
        ("a/f", "inside"), ("file", "inside"), ("folder/f", "inside"), ("chain", "inside"),
        ("folder/../file", "inside"), ("folder/", "EISDIR"), ("file/", "ENOTDIR"),
        ("none", "ENOENT"), ("loop", "ELOOP"), ("a/none", "ENOENT"), ("", "EISDIR"),
    ])
    func `links of the same owner are followed`(path: String, expected: String) throws {
        #expect(try open(path, exceptOwn: true) == expected)
    }

    @Test func `a link to what belongs to another is not followed`() throws {
        let own = try FileSystem.status(directory("other"), followsLink: false).userID
        // Where nobody else owns anything, the owner of the link is changed instead.
        let path = own == 0 ? directory("a") : "/"
        try FileSystem.makeSymbolicLink(directory("foreign"), to: path)
        if own == 0 { try FileSystem.setOwner(directory("a"), user: 12345, group: 12345) }
        #expect(try open("foreign", exceptOwn: true) == "ELOOP")
    }
}
