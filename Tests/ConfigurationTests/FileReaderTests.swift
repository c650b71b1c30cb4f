// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Readers over files in memory, and the text of paths.

import Testing

@testable import Configuration

@Suite struct FileReaderTests {
    @Test(arguments: [
        ("/a//b/./c", "/a/b/c"), ("/a/../b", "/b"), ("/../a", "/a"), ("a/../../b", "../b"),
        ("./a", "a"), ("/", "/"), ("", ""), ("a/", "a"),
    ])
    func `paths are normalised by their text`(path: String, expected: String) {
        #expect(normalizedPath(path) == expected)
    }

    @Test func `files in memory are read and listed`() throws {
        let reader = FileReader(files: [SourceFile(path: "/a/b/c", bytes: [1])])
        #expect(try reader.read("/a/./b/c") == [1])
        #expect(reader.list("/a") == ["b"])
        #expect(reader.list("/") == ["a"])
        #expect(reader.list("/a/b/") == ["c"])
        #expect(reader.list("/x").isEmpty)
        #expect(throws: FileReader.Failure("No such file or directory")) { try reader.read("/a") }
    }
}
