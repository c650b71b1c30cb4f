// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Names of the files that hold the content of requests.

import OS
import Testing

@testable import Server

@Suite struct ContentFileNameTests {
    @Test(arguments: [
        ([], 7, "/t/0000000007"),
        ([1], 1234, "/t/4/0000001234"),
        ([1, 2], 1234, "/t/4/23/0000001234"),
        ([2, 2, 2], 4_123_456_789, "/t/89/67/45/4123456789"),
        ([3, 3, 3], 0, "/t/000/000/000/0000000000"),
    ])
    func `the last digits name the folders`(
        _ levels: [Int], _ number: UInt32, _ path: String
    ) {
        let name = ContentFileName(bytes("/t"), levels, number: number)
        #expect(String(decoding: name.path, as: UTF8.self) == path)
    }

    @Test func `folders are made when a file needs them`() throws {
        let directory = try Bench.Directory()
        var name = ContentFileName(bytes(directory.path), [1, 2])
        let file = try name.makeFile()
        #expect(try file.status().size == 0)
        #expect(try FileSystem.status(name.path).kind == .regular)
        let parts = name.path.split(separator: UInt8(ascii: "/"))
        try FileSystem.unlink(name.path)
        for count in [2, 1] {
            let folder = parts.dropLast(3 - count).map { Array($0) }.joined(separator: bytes("/"))
            try FileSystem.removeDirectory(bytes("/") + folder)
        }
    }

    @Test func `a name that is taken is not used again`() throws {
        let directory = try Bench.Directory()
        var first = ContentFileName(bytes(directory.path), [], number: 5)
        var second = first
        _ = try first.makeFile()
        _ = try second.makeFile()
        #expect(first.path != second.path)
    }

    @Test func `a folder that is not there is told`() {
        var name = ContentFileName(bytes("/nowhere/at/all"), [])
        #expect(throws: Errno.noSuchFile) { _ = try name.makeFile() }
    }
}
