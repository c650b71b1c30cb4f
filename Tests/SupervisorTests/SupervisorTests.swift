// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The supervisor with real processes, signals and sockets.

import OS
import Testing

@testable import Supervisor

@Suite struct SupervisorTests {
    private static let listen = "listen unix:FOLDER/socket"

    // MARK: Start and stop

    @Test(arguments: [Signal.terminate, Signal.interrupt, Signal.quit])
    func `it serves, stops on a signal, and leaves no file behind`(signal: Int32) throws {
        let run = try ProbeRun(Self.listen)
        try run.waitUntilServing()
        #expect(run.runningID == run.process)
        let answer = try #require(try run.ask())
        #expect(answer.generation == 1)
        try run.signal(signal)
        #expect(try run.waits { run.exitCode == "0" })
        #expect(run.content(of: "pid") == nil)
        #expect(try run.ask() == nil)
        #expect(throws: Errno.noSuchFile) { try FileSystem.status(run.folder + "/socket") }
    }

    @Test func `a worker that does not stop is killed`() throws {
        let run = try ProbeRun(Self.listen, "worker stubborn", "patience 1")
        try run.waitUntilServing()
        let answer = try #require(try run.ask())
        try run.signal(Signal.quit)
        #expect(try run.waits { run.exitCode == "0" })
        try run.waitForLog("worker process \(answer.worker) did not end in time")
    }

    @Test func `a refused configuration ends the start`() throws {
        let run = try ProbeRun("refuse")
        #expect(try run.waits { run.exitCode == "1" })
        try run.waitForLog("[emerg]")
        #expect(run.content(of: "pid") == nil)
    }

    @Test func `an address that cannot be had is named as nginx does`() throws {
        let run = try ProbeRun("listen unix:FOLDER/missing/socket", "listen 192.0.2.1:8080")
        #expect(try run.waits { run.exitCode == "1" })
        let log = try #require(run.content(of: "error.log"))
        #expect(log.contains("bind() to unix:\(run.folder)/missing/socket failed (2: No such"))
        #expect(log.contains("bind() to 192.0.2.1:8080 failed (99: Cannot assign requested"))
    }

    @Test func `an address in use is tried again, then given up`() throws {
        let first = try ProbeRun(Self.listen)
        try first.waitUntilServing()
        let second = try ProbeRun("listen unix:\(first.folder)/socket")
        #expect(try second.waits { second.exitCode == "1" })
        try second.waitForLog("failed (98: Address already in use)")
        // The other one's socket is still in its place.
        #expect(try first.ask() != nil)
    }

    @Test func `a worker that cannot start ends the start`() throws {
        let run = try ProbeRun(Self.listen, "worker fails")
        #expect(try run.waits { run.exitCode == "1" })
        try run.waitForLog("exited with code 7")
        #expect(run.content(of: "pid") == nil)
    }

    @Test func `a pid file that cannot be written ends the start`() throws {
        let run = try ProbeRun(Self.listen, "pid missing/pid")
        #expect(try run.waits { run.exitCode == "1" })
        try run.waitForLog("missing/pid\" failed (2: No such file or directory)")
    }

    @Test func `as a daemon it is another process, which serves when the first one ends`() throws {
        let run = try ProbeRun(Self.listen, "daemon")
        try run.waitUntilServing()
        let daemon = try #require(run.runningID)
        #expect(daemon != run.process)
        #expect(try run.ask() != nil)
        try Process.send(Signal.terminate, to: daemon)
        #expect(try run.waits { run.exitCode == "0" })
    }

    @Test(.enabled(if: Process.isPrivileged))
    func `the worker gives up its rights, and the logs are its own`() throws {
        let run = try ProbeRun(Self.listen, "user 65534")
        try run.waitUntilServing()
        let answer = try #require(try run.ask())
        let status = try FileSystem.open("/proc/\(answer.worker)/status")
        var bytes = [UInt8](repeating: 0, count: 4_096)
        var span = bytes.mutableSpan
        _ = unsafe status.read(into: span.mutableBytes, at: 0)
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.contains("Uid:\t65534\t65534\t65534\t65534"))
        #expect(lines.contains("Gid:\t65534\t65534\t65534\t65534"))
        #expect(lines.contains { $0.hasPrefix("Groups:\t65534") })
        #expect(lines.contains("CapEff:\t0000000000000000"))
        #expect(try FileSystem.status(run.folder + "/access.log").userID == 65_534)
        // The bond to the supervisor outlives the change of user.
        try run.signal(Signal.kill)
        #expect(try run.waits { (try? run.ask()) == .some(nil) })
    }

    // MARK: Death

    /// How long a dead worker may stay unreplaced.
    ///
    /// The goal is 200 ms, with nothing else on the machine: `BERANDA_GAP=0.2` asks for it. Units:
    /// milliseconds.
    private static var gap: Int64 {
        let text = Process.environmentValue("BERANDA_GAP") ?? "2"
        return Int64((Double(text) ?? 2) * 1000)
    }

    @Test func `a worker that dies is replaced at once, and no connection is refused`() throws {
        let run = try ProbeRun(Self.listen)
        try run.waitUntilServing()
        let first = try #require(try run.ask("!"))
        let start = Instant.now()
        var next = try #require(try run.ask())
        while next.worker == first.worker { next = try #require(try run.ask()) }
        #expect(Instant.now() - start <= Self.gap)
        #expect(next.generation == first.generation)
        try run.waitForLog("worker process \(first.worker) exited on signal 4")
    }

    @Test func `workers die with the supervisor`() throws {
        let run = try ProbeRun(Self.listen)
        try run.waitUntilServing()
        let answer = try #require(try run.ask())
        try run.signal(Signal.kill)
        // An orphan is not ours to collect, so it may remain as a zombie, but it answers no more.
        #expect(try run.waits { (try? run.ask()) == .some(nil) })
        #expect(answer.worker != run.process)
    }

    // MARK: Reload

    @Test func `a reload brings a new generation, and many of them refuse nobody`() throws {
        let run = try ProbeRun(Self.listen)
        try run.waitUntilServing()
        for generation in 2...20 {
            try run.signal(Signal.hangUp)
            var answer = try #require(try run.ask())
            let end = Instant.now() + 10_000
            while answer.generation < generation, Instant.now() < end {
                answer = try #require(try run.ask())
            }
            #expect(answer.generation == generation)
        }
        // The old workers have nothing to finish, so one after the other has ended.
        let log = try #require(run.content(of: "error.log"))
        #expect(log.split(separator: "\n").count { $0.contains("exited with code 0") } >= 17)
    }

    @Test func `reloads that come faster than workers start are not lost`() throws {
        let run = try ProbeRun(Self.listen)
        try run.waitUntilServing()
        for _ in 0..<50 { try run.signal(Signal.hangUp) }
        try run.plan(Self.listen, "listen unix:FOLDER/other")
        try run.signal(Signal.hangUp)
        #expect(try run.waits { (try? run.ask(at: "other")) != .some(nil) })
    }

    @Test func `a reload opens and closes listeners`() throws {
        let run = try ProbeRun(Self.listen)
        try run.waitUntilServing()
        #expect(try run.ask(at: "other") == nil)
        try run.plan(Self.listen, "listen unix:FOLDER/other")
        try run.signal(Signal.hangUp)
        #expect(try run.waits { (try? run.ask(at: "other")) != .some(nil) })
        #expect(try #require(try run.ask(at: "other")).socketCount == 2)
        try run.plan("listen unix:FOLDER/other")
        try run.signal(Signal.hangUp)
        #expect(try run.waits { (try? run.ask()) == .some(nil) })
        #expect(try #require(try run.ask(at: "other")).generation == 3)
    }

    @Test func `a refused configuration changes nothing`() throws {
        let run = try ProbeRun(Self.listen)
        try run.waitUntilServing()
        let before = try #require(try run.ask())
        try run.plan("refuse")
        try run.signal(Signal.hangUp)
        try run.waitForLog("the plan is refused")
        #expect(try run.ask() == before)
    }

    @Test func `a listener that cannot be opened changes nothing`() throws {
        let run = try ProbeRun(Self.listen)
        try run.waitUntilServing()
        let before = try #require(try run.ask())
        try run.plan(
            Self.listen, "listen unix:FOLDER/other", "listen unix:FOLDER/missing/socket")
        try run.signal(Signal.hangUp)
        try run.waitForLog("reload failed, the old configuration stays")
        #expect(try run.ask() == before)
        #expect(throws: Errno.noSuchFile) { try FileSystem.status(run.folder + "/other") }
    }

    @Test func `a new worker that fails changes nothing`() throws {
        let run = try ProbeRun(Self.listen)
        try run.waitUntilServing()
        let before = try #require(try run.ask())
        try run.plan("listen unix:FOLDER/other", "worker fails")
        try run.signal(Signal.hangUp)
        try run.waitForLog("reload failed, the old configuration stays")
        #expect(try run.ask() == before)
        #expect(throws: Errno.noSuchFile) { try FileSystem.status(run.folder + "/other") }
    }

    @Test func `an old worker that drains for too long is killed`() throws {
        let run = try ProbeRun(Self.listen, "worker stubborn", "patience 1")
        try run.waitUntilServing()
        let before = try #require(try run.ask())
        try run.plan(Self.listen)
        try run.signal(Signal.hangUp)
        try run.waitForLog("worker process \(before.worker) exited on signal 9")
    }

    @Test func `a reload moves the pid file`() throws {
        let run = try ProbeRun(Self.listen)
        try run.waitUntilServing()
        try run.plan(Self.listen, "pid moved")
        try run.signal(Signal.hangUp)
        #expect(try run.waits { run.content(of: "moved") == "\(run.process)\n" })
        #expect(try run.waits { run.content(of: "pid") == nil })
        try run.signal(Signal.terminate)
        #expect(try run.waits { run.exitCode == "0" && run.content(of: "moved") == nil })
    }

    // MARK: Logs and listeners

    @Test func `logs that were renamed are opened again`() throws {
        let run = try ProbeRun(Self.listen)
        try run.waitUntilServing()
        #expect(run.content(of: "access.log") == "")
        for name in ["access.log", "error.log"] {
            try FileSystem.rename("\(run.folder)/\(name)", to: "\(run.folder)/\(name).1")
        }
        try run.signal(Signal.user1)
        #expect(try run.waits { run.content(of: "access.log") == "reopened\n" })
        try run.signal(Signal.terminate)
        try run.waitForLog("exiting")
    }

    @Test func `sockets that share a port all reach the worker`() throws {
        let port = try #require(SocketAddress("127.0.0.1:39120").flatMap(FreePort.next))
        let run = try ProbeRun(Self.listen, "share 127.0.0.1:\(port)")
        try run.waitUntilServing()
        #expect(try #require(try run.ask()).socketCount == 3)
    }

    @Test func `a free port is found beside one that is taken`() throws {
        let wanted = try #require(SocketAddress("127.0.0.1:39320"))
        let first = try #require(FreePort.next(after: wanted))
        let taken = try Listener.open(try #require(SocketAddress("127.0.0.1:\(first)")))
        let second = try #require(FreePort.next(after: wanted))
        #expect(second > first)
        #expect(taken.number >= 0)
        #expect(FreePort.next(after: .unix(path: [47])) == nil)
        #expect(FreePort.next(after: try #require(SocketAddress("127.0.0.1:65535"))) == nil)
        #expect(FreePort.next(after: try #require(SocketAddress("[::1]:39520"))) != 39_520)
    }
}
