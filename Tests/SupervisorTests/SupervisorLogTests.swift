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

    @Test func `each log has lines of its own level`() throws {
        let second = path + "-2"
        defer {
            try? FileSystem.unlink(path)
            try? FileSystem.unlink(second)
        }
        var log = SupervisorLog()
        try log.open([
            ErrorLogPlan(.file(path: path)), ErrorLogPlan(.file(path: second), .debug),
        ])
        log.write(.warning, "quiet")
        log.write(.error, "loud")
        log.write(.debug, "all")
        let text = String(decoding: try FileSystem.open(path).readAll(), as: UTF8.self)
        #expect(!text.contains("quiet") && !text.contains("all"))
        #expect(text.contains("[error] ") && text.contains(": loud\n"))
        let whole = String(decoding: try FileSystem.open(second).readAll(), as: UTF8.self)
        #expect(whole.split(separator: "\n").count == 3)
        #expect(whole.contains("[warn] ") && whole.contains("[debug] "))
    }

    @Test func `a destination that cannot be opened leaves the old ones`() throws {
        var log = SupervisorLog()
        let plan = ErrorLogPlan(.file(path: path + "/missing/log"))
        #expect(throws: LogFiles.Failure.self) { try log.open([plan]) }
        #expect(log.plans == [ErrorLogPlan(.standardError)])
        #expect(log.number == 2)
    }
}
