// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The lines of the error log.

import OS
import Testing

@testable import Supervisor

@Suite struct SupervisorLogTests {
    private let path = "/tmp/beranda-test-error-" + Random.bytes(8).map { "\($0)" }.joined()

    @Test func `a line has nginx's shape`() throws {
        let line = SupervisorLog.line(
            .notice, "start", at: LocalTime(seconds: 1_000_000_000),
            process: ProcessID(rawValue: 12))
        let shape = /\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[notice\] 12#0: start\n/
        #expect(try shape.wholeMatch(in: line) != nil, "\(line)")
    }

    @Test func `lines below the threshold are not written`() throws {
        defer { try? FileSystem.unlink(path) }
        var log = SupervisorLog()
        try log.open(.file(path: path))
        log.write(.warning, "quiet")
        log.write(.error, "loud")
        log.threshold = .debug
        log.write(.debug, "all")
        let text = String(decoding: try FileSystem.open(path).readAll(), as: UTF8.self)
        #expect(!text.contains("quiet"))
        #expect(text.contains("[error] ") && text.contains(": loud\n"))
        #expect(text.contains("[debug] ") && text.contains(": all\n"))
    }

    @Test func `a destination that cannot be opened leaves the old one`() throws {
        var log = SupervisorLog()
        #expect(throws: Errno.noSuchFile) { try log.open(.file(path: path + "/missing/log")) }
        #expect(log.destination == .standardError)
        #expect(log.number == 2)
    }
}
