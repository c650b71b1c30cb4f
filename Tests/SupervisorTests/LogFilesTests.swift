// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Making log files for a worker with fewer rights, and giving away nothing else.

import OS
import Testing

@testable import Supervisor

@Suite struct LogFilesTests {
    private let path = "/tmp/beranda-test-log-" + Random.bytes(8).map { "\($0)" }.joined()
    private let worker = UserIdentity(userID: 65_534, groupID: 65_534, supplementaryGroups: [])

    @Test func `a missing file is created, a present one is kept`() throws {
        defer { try? FileSystem.unlink(path) }
        try LogFiles.prepare([path], for: nil)
        #expect(try FileSystem.status(path).size == 0)
        try FileSystem.replaceFile(path, content: Array("line\n".utf8).span)
        try LogFiles.prepare([path], for: nil)
        #expect(try FileSystem.status(path).size == 5)
    }

    @Test(.enabled(if: Process.isPrivileged)) func `it is given to the worker's user`() throws {
        defer { try? FileSystem.unlink(path) }
        try LogFiles.prepare([path], for: worker)
        #expect(try FileSystem.status(path).userID == 65_534)
    }

    @Test func `a link is not followed, and its target not given away`() throws {
        let target = path + ".target"
        defer { for name in [path, target] { try? FileSystem.unlink(name) } }
        try FileSystem.replaceFile(target, content: Array("".utf8).span)
        let owner = try FileSystem.status(target).userID
        try FileSystem.makeSymbolicLink(path, to: target)
        try LogFiles.prepare([path], for: worker)
        #expect(try FileSystem.status(target).userID == owner)
    }

    @Test func `a device is left to the worker`() throws {
        let owner = try FileSystem.status("/dev/null").userID
        try LogFiles.prepare(["/dev/null"], for: worker)
        #expect(try FileSystem.status("/dev/null").userID == owner)
    }

    @Test func `a folder that is missing is named as nginx does`() {
        #expect(throws: LogFiles.Failure.self) {
            try LogFiles.prepare([path + "/log"], for: nil)
        }
        let failure = LogFiles.Failure(path: "/x", error: .noSuchFile)
        #expect(failure.message == "open() \"/x\" failed (2: No such file or directory)")
    }
}
