// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The pid file, and signals to the server that it names.

import OS
import Testing

@testable import Supervisor

@Suite struct PidFileTests {
    private let path = "/tmp/beranda-test-pid-" + Random.bytes(8).map { "\($0)" }.joined()

    @Test func `it names this process, and goes when it is removed`() throws {
        let file = PidFile(path: path)
        try file.write()
        #expect(try PidFile.read(path) == Process.id)
        file.remove()
        #expect(throws: Errno.noSuchFile) { try FileSystem.status(path) }
    }

    @Test func `another process's file is left alone`() throws {
        defer { try? FileSystem.unlink(path) }
        try FileSystem.replaceFile(path, content: Array("1\n".utf8).span)
        PidFile(path: path).remove()
        #expect(try PidFile.read(path) == ProcessID(rawValue: 1))
    }

    @Test func `a link in its place is replaced, not followed`() throws {
        let target = path + ".target"
        defer { for name in [path, target] { try? FileSystem.unlink(name) } }
        try FileSystem.replaceFile(target, content: Array("keep".utf8).span)
        try FileSystem.makeSymbolicLink(path, to: target)
        try PidFile(path: path).write()
        #expect(try FileSystem.open(target).readAll() == Array("keep".utf8))
        #expect(try PidFile.read(path) == Process.id)
    }

    @Test(arguments: ["", "\n", "-1\n", "0\n", "abc\n", "+5\n", "1 2\n", "99999999999\n"])
    func `anything but a number names no process`(content: String) throws {
        defer { try? FileSystem.unlink(path) }
        try FileSystem.replaceFile(path, content: Array(content.utf8).span)
        #expect(try PidFile.read(path) == nil)
        #expect(
            throws: RunningServer.Failure(message: "invalid PID number in \"\(path)\"")
        ) { try RunningServer.send(0, pidPath: path) }
    }

    @Test func `a missing file asks whether the server runs`() {
        let message = "open() \"\(path)\" failed (2: No such file or directory)"
        #expect(
            throws: RunningServer.Failure(message: message + "; is the server running?")
        ) { try RunningServer.send(0, pidPath: path) }
    }

    @Test func `a signal reaches the process that is named`() throws {
        defer { try? FileSystem.unlink(path) }
        try PidFile(path: path).write()
        // Signal 0 is no signal, and tells only whether one could be sent.
        try RunningServer.send(0, pidPath: path)
    }
}
