// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Folders and their index files, while somebody changes them.

import Memory
import OS
import Testing

@testable import Server

@Suite struct StaticFileTests {
    private static let site = "server { listen 80; root DIR; index a.html index.html; MORE }"

    private static func bench(_ more: String = "", files: [String: String]) throws -> Bench {
        let text = site.split(separator: "MORE", omittingEmptySubsequences: false)
        return try Bench(text.joined(separator: more), files: files)
    }

    private static func status(of target: String, _ bench: inout Bench) throws -> Int {
        let (slot, step) = try bench.begin("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(step == .respond)
        // What is listed has no file.
        if bench.exchanges[slot].response.status == 200 {
            #expect(bench.content(of: slot).bytes == Array("page".utf8))
        }
        return bench.exchanges[slot].response.status
    }

    @Test(arguments: ["", "autoindex on;"])
    func `a folder that comes back between two looks has its index`(_ more: String) throws {
        var bench = try Self.bench(more, files: ["index.html": "page"])
        let (path, other) = (bench.directory.path, bench.directory.path + ".away")
        try FileSystem.rename(path, to: other)
        #expect(try Self.status(of: "/a.html", &bench) == 404)
        #expect(try Self.status(of: "/index.html", &bench) == 404)
        try FileSystem.rename(other, to: path)
        // Nobody has applied the events: the index is remembered as missing, the folder is not.
        #expect(try Self.status(of: "/", &bench) == 200)
    }

    @Test func `a folder without an index is forbidden, and one that is away is missing`() throws {
        var bench = try Self.bench(files: ["b.html": "page"])
        #expect(try Self.status(of: "/", &bench) == 403)
        #expect(try Self.status(of: "/none/", &bench) == 404)
    }
}
