// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What can and cannot be opened below a directory, with and without the kernel's help.

import Testing

@testable import OS

@Suite struct BeneathTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("secret", "s")
        try FileSystem.makeDirectory(directory("root"))
        try FileSystem.makeDirectory(directory("root/a"))
        try directory.write("root/a/f", "inside")
        try FileSystem.makeSymbolicLink(directory("root/l"), to: "a/f")
        try FileSystem.makeSymbolicLink(directory("root/out"), to: "../secret")
        try FileSystem.makeSymbolicLink(directory("root/up"), to: "..")
    }

    private func root() throws -> FileDescriptor {
        try FileSystem.open(directory("root"), [.read, .directory])
    }

    /// The error of opening, or the content.
    private func open(
        _ path: String, followsLinks: Bool = true, byWalking: Bool = false
    ) throws -> String {
        let root = try root()
        do {
            let file =
                byWalking
                ? try FileSystem.walk(from: root.number, path: Array(path.utf8), flags: 0)
                : try FileSystem.openBeneath(
                    root: root.number, path, followsLinks: followsLinks)
            return String(decoding: try file.readAll(), as: UTF8.self)
        } catch {
            return error.name
        }
    }

    @Test(arguments: [
        ("a/f", "inside"), ("./a//f", "inside"), ("l", "inside"), ("a/none", "ENOENT"),
        ("a/f/x", "ENOTDIR"), ("../secret", "EXDEV"), ("out", "EXDEV"), ("up/secret", "EXDEV"),
        ("a/../../secret", "EXDEV"), ("/etc/passwd", "EXDEV"), ("", "ENOENT"), ("a", "EISDIR"),
    ])
    func `nothing outside a root can be opened`(path: String, expected: String) throws {
        #expect(try open(path) == expected)
    }

    @Test(arguments: [("l", "ELOOP"), ("out", "ELOOP"), ("up/secret", "ELOOP"), ("a/f", "inside")])
    func `links are refused when told so`(path: String, expected: String) throws {
        #expect(try open(path, followsLinks: false) == expected)
    }

    @Test(arguments: [
        ("a/f", "inside"), ("./a//f", "inside"), ("a/none", "ENOENT"), ("a/f/x", "ENOTDIR"),
        ("../secret", "EXDEV"), ("a/../../secret", "EXDEV"), ("/etc/passwd", "EXDEV"),
        ("", "ENOENT"), ("a", "EISDIR"), ("a/f/", "ENOTDIR"), ("l", "ELOOP"), ("out", "ELOOP"),
        ("up/secret", "ENOTDIR"),
    ])
    func `walking by hand reaches no more than the kernel allows`(
        path: String, expected: String
    ) throws {
        #expect(try open(path, byWalking: true) == expected)
    }

    @Test func `opening a device does not hang, and its kind can be asked`() throws {
        let device = try FileSystem.openBeneath(root: nil, "/dev/null")
        let kind = try device.status().kind
        #expect(kind == .other)
    }
}
