// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Log files whose names come from requests: which of them stay open.

import EventLoop
import OS
import Testing

@testable import Server

@Suite struct NamedLogFilesTests {
    private let directory: Bench.Directory
    private let files = NamedLogFiles()

    init() throws { directory = try Bench.Directory() }

    private func write(
        to name: String, _ cache: LogFileCacheSettings?, at time: Int64 = 0
    ) -> Errno? {
        unsafe files.write(
            bytes("x").span.bytes, to: bytes(directory.path + "/" + name), cache,
            Instant(milliseconds: time))
    }

    private func content(of name: String) -> Int? {
        try? FileSystem.open(directory.path + "/" + name).readAll().count
    }

    private func move(_ name: String) throws {
        try FileSystem.rename(directory.path + "/" + name, to: directory.path + "/moved")
    }

    @Test func `without a cache each line opens its file`() throws {
        #expect(write(to: "a", nil) == nil)
        try move("a")
        #expect(write(to: "a", nil) == nil)
        #expect(content(of: "a") == 1)
        #expect(write(to: "none/a", nil) == .noSuchFile)
    }

    @Test func `a file stays open once it was used enough`() throws {
        let cache = LogFileCacheSettings(number: 1, entryLimit: 2, useMinimum: 2)
        _ = write(to: "a", cache)
        _ = write(to: "a", cache)
        try move("a")
        _ = write(to: "a", cache)
        #expect(content(of: "moved") == 3)
        #expect(content(of: "a") == nil)
    }

    @Test func `its name is looked up again when it is no longer valid`() throws {
        let cache = LogFileCacheSettings(number: 1, entryLimit: 2, validTime: 500)
        _ = write(to: "a", cache)
        try move("a")
        _ = write(to: "a", cache, at: 499)
        _ = write(to: "a", cache, at: 500)
        #expect(content(of: "moved") == 2)
        #expect(content(of: "a") == 1)
    }

    @Test func `the one that was not used for longest makes room`() throws {
        let cache = LogFileCacheSettings(number: 1, entryLimit: 2)
        _ = write(to: "a", cache, at: 1)
        _ = write(to: "b", cache, at: 2)
        _ = write(to: "c", cache, at: 3)
        try move("a")
        _ = write(to: "a", cache, at: 4)
        #expect(content(of: "a") == 1)
    }

    @Test func `all are closed when logs are reopened`() throws {
        let cache = LogFileCacheSettings(number: 1, entryLimit: 2)
        _ = write(to: "a", cache)
        try move("a")
        files.closeAll()
        _ = write(to: "a", cache)
        #expect(content(of: "a") == 1)
    }
}
