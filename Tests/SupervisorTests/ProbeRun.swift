// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// One run of the probe, in a folder of its own.

import OS
import Testing

@testable import Supervisor

/// A supervisor with its workers, as a test sees them from outside.
final class ProbeRun {
    /// What a worker answers.
    struct Answer: Equatable {
        let generation: Int
        let worker: ProcessID
        let socketCount: Int
    }

    let folder: String
    let process: ProcessID

    /// Starts the probe with a plan; `listen` lines go to a socket in the folder.
    init(_ lines: String...) throws {
        folder = "/tmp/beranda-test-" + Random.bytes(8).map { "\($0)" }.joined()
        try FileSystem.makeDirectory(folder, mode: 0o755)
        try Self.write(lines, in: folder)
        let runner = String(decoding: try FileSystem.realPath("/proc/self/exe"), as: UTF8.self)
        let programs = runner.split(separator: "/").dropLast().joined(separator: "/")
        process = try Process.spawn(
            Program(path: "/\(programs)/SupervisorProbe", arguments: ["probe"]),
            environment: Process.environment + ["PROBE_FOLDER=\(folder)"])
    }

    deinit {
        // A test that failed leaves nothing behind; its worker dies with the supervisor.
        for id in [runningID, process].compactMap(\.self) where !hasEnded {
            try? Process.send(Signal.kill, to: id)
        }
        for entry in (try? FileSystem.listDirectory(folder)) ?? [] {
            try? FileSystem.unlink(Array("\(folder)/".utf8) + entry.name)
        }
        try? FileSystem.removeDirectory(folder)
    }

    /// The number in the pid file.
    var runningID: ProcessID? { try? PidFile.read(folder + "/pid") }

    /// What the run left as its exit code.
    var exitCode: String? { content(of: "exit") }

    private var hasEnded: Bool { exitCode != nil }

    func content(of name: String) -> String? {
        guard let bytes = try? FileSystem.open(folder + "/" + name).readAll() else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes another plan.
    func plan(_ lines: String...) throws { try Self.write(lines, in: folder) }

    func signal(_ number: Int32) throws { try Process.send(number, to: process) }

    /// Waits until something is so; false after ten seconds.
    func waits(for condition: () -> Bool) throws -> Bool {
        let end = Instant.now() + 10_000
        var poller = try Poller()
        while Instant.now() < end {
            if condition() { return true }
            _ = poller.wait(timeoutMilliseconds: 5)
        }
        return condition()
    }

    /// Waits for the pid file, which means that the first worker serves.
    func waitUntilServing() throws {
        try #require(try waits { runningID != nil }, "\(content(of: "error.log") ?? "no log")")
    }

    /// Waits until the log holds a line.
    func waitForLog(_ text: String) throws {
        try #require(
            try waits { content(of: "error.log")?.contains(text) == true },
            "\(text): \(content(of: "error.log") ?? "no log")")
    }

    /// Connects, sends a byte, and reads the worker's answer; nil when the connection is refused.
    func ask(_ byte: Character = " ", at name: String = "socket") throws -> Answer? {
        let address = SocketAddress.unix(path: Array("\(folder)/\(name)".utf8))
        guard let connecting = try? Socket.connect(to: address) else { return nil }
        Process.write(Array("\(byte)".utf8), to: connecting.socket.number)
        var poller = try Poller()
        try poller.addLevel(connecting.socket.number, token: 0)
        try #require(poller.wait(timeoutMilliseconds: 10_000) > 0, "nobody answers")
        var bytes = [UInt8](repeating: 0, count: 100)
        var span = bytes.mutableSpan
        guard case .bytes(let count) = unsafe connecting.socket.receive(into: span.mutableBytes)
        else { return nil }
        let words = String(decoding: bytes[..<(count - 1)], as: UTF8.self).split(separator: " ")
        let numbers = words.compactMap { Int32($0) }
        guard numbers.count == 3 else { return nil }
        return Answer(
            generation: Int(numbers[0]), worker: ProcessID(rawValue: numbers[1]),
            socketCount: Int(numbers[2]))
    }

    private static func write(_ lines: [String], in folder: String) throws {
        let text = lines.map { $0.replacing("FOLDER", with: folder) }.joined(separator: "\n")
        try FileSystem.replaceFile(folder + "/plan", content: Array(text.utf8).span)
    }
}
