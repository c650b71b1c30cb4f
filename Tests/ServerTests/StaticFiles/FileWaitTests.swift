// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Waiting for the content of a file.

import EventLoop
import FileCache
import Glibc
import HTTP
import Memory
import OS
import Testing

@testable import Server

@Suite struct FileWaitTests {
    private static let text = String(repeating: "0123456789", count: 10_000)

    private static func bench() throws -> Bench {
        try Bench("server { listen 80; root DIR; }", files: ["a.txt": text])
    }

    /// Waits for what the background tells the loop.
    private static func messages(of bench: borrowing Bench) -> [WorkerCommand] {
        while bench.background.threadCount > 0 {
            var time = timespec(tv_sec: 0, tv_nsec: 1_000_000)
            unsafe nanosleep(&time, nil)
        }
        return bench.mailbox.drain()
    }

    @Test func `a large file is waited for, and then answered from memory`() throws {
        var bench = try Self.bench()
        let (slot, step) = try bench.begin("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(step == .wait)
        #expect(bench.exchanges[slot].stage == .loadingFile)
        let client = bench.exchanges[slot].client
        #expect(Self.messages(of: bench) == [.resume(client)])
        #expect(bench.exchanges[slot].proceed(&bench.peers, &bench.services) == .respond)
        let (bytes, last) = bench.content(of: slot)
        #expect(bytes == Array(Self.text.utf8))
        #expect(last == .end)
    }

    @Test func `a file that cannot be read in time is an error of the server`() throws {
        var bench = try Self.bench()
        let (slot, step) = try bench.begin("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(step == .wait)
        #expect(bench.exchanges[slot].fileTimedOut(&bench.services) == .respond)
        #expect(bench.exchanges[slot].response.status == 500)
        #expect(!Self.messages(of: bench).isEmpty)
    }

    @Test func `a file that is gone meanwhile is missing`() throws {
        var bench = try Self.bench()
        let (slot, step) = try bench.begin("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(step == .wait)
        try FileSystem.unlink(bench.directory.path + "/a.txt")
        _ = Self.messages(of: bench)
        bench.cache.processEvents()
        #expect(bench.exchanges[slot].proceed(&bench.peers, &bench.services) == .respond)
        #expect(bench.exchanges[slot].response.status == 404)
    }

    @Test func `a file that is rewritten without end is answered from its descriptor`() throws {
        var bench = try Self.bench()
        var (slot, step) = try bench.begin("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        var waitCount = 0
        while step == .wait {
            waitCount += 1
            _ = Self.messages(of: bench)
            try FileSystem.replaceFile(
                bench.directory.path + "/a.txt", content: Array(Self.text.utf8).span)
            bench.cache.processEvents()
            step = bench.exchanges[slot].proceed(&bench.peers, &bench.services)
        }
        #expect(step == .respond)
        #expect(waitCount == 3)
        #expect(bench.exchanges[slot].response.status == 200)
        guard case .file = bench.exchanges[slot].nextPiece(&bench.peers, &bench.services) else {
            Issue.record("not sent from the descriptor")
            return
        }
    }
}
