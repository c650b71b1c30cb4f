// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// When lines are written, and what is kept until then.

import EventLoop
import Memory
import OS
import Testing

@testable import Server

@Suite struct LogWriterTests {
    private let directory: Bench.Directory

    init() throws { directory = try Bench.Directory() }

    private var path: String { directory.path + "/own.log" }

    private func writer(_ parameters: String) throws -> LogWriter {
        let site = try load(
            "server { listen 80; access_log \(path) combined \(parameters); }"
        ).sound()
        return LogWriter(LogFiles(privileged: site))
    }

    private func append(_ text: String, to writer: inout LogWriter, at time: Int64 = 0) {
        let line = Buffer(bytes(text))
        writer.append(line, to: 1, now: Instant(milliseconds: time))
    }

    private var written: String {
        let content = try? FileSystem.open(path).readAll()
        return String(decoding: content ?? [], as: UTF8.self)
    }

    @Test func `lines are written once a turn, in their order`() throws {
        var writer = try writer("")
        append("a\n", to: &writer)
        append("b\n", to: &writer)
        #expect(written == "")
        writer.flush()
        #expect(written == "a\nb\n")
        writer.flush()
        #expect(written == "a\nb\n")
    }

    @Test func `lines in a buffer wait until it is full`() throws {
        var writer = try writer("buffer=5")
        append("aa\n", to: &writer)
        writer.flush()
        #expect(written == "")
        append("bb\n", to: &writer)
        #expect(written == "aa\n")
        append("longer\n", to: &writer)
        #expect(written == "aa\nbb\nlonger\n")
        append("c\n", to: &writer)
        writer.flushAll()
        #expect(written == "aa\nbb\nlonger\nc\n")
    }

    @Test func `lines in a buffer wait no longer than they may`() throws {
        var writer = try writer("buffer=1k flush=100ms")
        append("a\n", to: &writer, at: 1000)
        append("b\n", to: &writer, at: 1050)
        let deadline = writer.nextDeadline
        #expect(deadline == Instant(milliseconds: 1100))
        writer.flushDue(at: Instant(milliseconds: 1099))
        #expect(written == "")
        writer.flushDue(at: Instant(milliseconds: 1100))
        #expect(written == "a\nb\n")
        let next = writer.nextDeadline
        #expect(next == .distantFuture)
    }

    @Test func `what cannot be written is told once a minute`() throws {
        let site = try load(
            "server { listen 80; access_log /dev/full combined; }"
        ).sound()
        var writer = LogWriter(LogFiles(privileged: site))
        for _ in 0..<3 {
            append("a\n", to: &writer)
            writer.flush()
        }
        let failures = writer.takeFailures()
        #expect(failures.map(\.error) == [.noSpace])
        #expect(failures.map(\.path) == [bytes("/dev/full")])
    }
}
