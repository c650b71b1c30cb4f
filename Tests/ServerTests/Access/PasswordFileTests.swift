// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The lines of htpasswd files, and files that change.

import Digests
import Memory
import OS
import Testing

@testable import Server

@Suite struct PasswordFileTests {
    @Test(arguments: [
        ("joe:hash", "joe", "hash"), ("joe:hash\n", "joe", "hash"), ("joe:hash\r\n", "joe", "hash"),
        ("joe:hash:more\n", "joe", "hash"), ("\n\njoe:hash\n", "joe", "hash"),
        ("# joe:old\njoe:hash\n", "joe", "hash"), ("joe:first\njoe:second\n", "joe", "first"),
        ("ann:x\njoe:hash", "joe", "hash"), ("joe:\n", "joe", ""), (":hash\n", "", "hash"),
        ("joe\njoe:hash\n", "joe", "hash"), ("joe:hash", "jo", nil), ("joe:hash", "joes", nil),
        ("#joe:hash", "#joe", nil), ("\rjoe:hash", "\rjoe", nil), ("", "joe", nil),
        ("joe", "joe", nil), ("a b:hash", "a b", "hash"),
    ])
    func `a line has a user and a hash`(_ content: String, _ user: String, _ hash: String?) {
        let file = PasswordFile(bytes(content))
        #expect(file.hash(of: bytes(user))?.text == hash.map { bytes($0) })
    }

    @Test func `a file is read again once it has changed`() throws {
        let directory = try Bench.Directory()
        let path = bytes(directory.path + "/htpasswd")
        var files = PasswordFiles()
        #expect(throws: Errno.noSuchFile) { try files.hash(of: "joe", at: path) }
        for hash in ["one", "two", "one"] {
            try FileSystem.replaceFile(
                directory.path + "/htpasswd", content: bytes("joe:\(hash)\n").span)
            for _ in 0..<2 { #expect(try files.hash(of: "joe", at: path) == bytes(hash)) }
        }
        try FileSystem.unlink(directory.path + "/htpasswd")
        #expect(throws: Errno.noSuchFile) { try files.hash(of: "joe", at: path) }
        #expect(throws: Errno.isDirectory) { try files.hash(of: "joe", at: bytes("/tmp")) }
    }

    @Test func `no address has more than half of the places`() throws {
        let waiting = WaitingChecks()
        let one = CompactAddress(ipv4: 1, port: 1)
        let again = CompactAddress(ipv4: 1, port: 2)
        for _ in 0..<WaitingChecks.limit { #expect(waiting.enter(one)) }
        #expect(!waiting.enter(again))
        #expect(waiting.enter(CompactAddress(ipv4: 2, port: 1)))
        waiting.leave(again)
        #expect(waiting.enter(one))
        #expect(!waiting.enter(one))
    }

    @Test func `right passwords are remembered, the oldest are forgotten`() {
        var memory = PasswordMemory()
        let hash = PasswordFile(bytes("joe:hash")).hash(of: bytes("joe"))
        let other = PasswordFile(bytes("joe:other")).hash(of: bytes("joe"))
        guard let hash, let other else {
            Issue.record("the user is missing")
            return
        }
        let keys = (0..<PasswordMemory.countLimit + 10).map {
            memory.key((bytes("joe"), bytes("\($0)")), hash)
        }
        let others = [
            memory.key((bytes("joe"), bytes("1")), other),
            memory.key((bytes("joe1"), bytes("")), hash),
        ]
        #expect(Set(keys + others).count == keys.count + 2)
        for key in keys {
            memory.insert(key)
            memory.insert(key)
        }
        let isKnown = keys.map { memory.contains($0) }
        #expect(isKnown == keys.indices.map { $0 >= 10 })
    }
}

extension PasswordFiles {
    /// As if it were a minute after the file was written.
    fileprivate mutating func hash(of user: String, at path: [UInt8]) throws -> [UInt8]? {
        let now = (try? FileSystem.status(path).changedSeconds) ?? 0
        return try file(at: path, wallSeconds: now + 60).hash(of: bytes(user))?.text
    }
}
