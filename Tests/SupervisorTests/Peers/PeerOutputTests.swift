// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Lines of what peers print, and the environment that they find.

import OS
import Testing

@testable import Supervisor

@Suite struct LineSplitterTests {
    @Test(
        arguments: [
            (["a\nb\n"], ["a", "b"]), (["a", "b\nc", "\n"], ["ab", "c"]), (["\n\n"], ["", ""]),
            (["a\r\nb\r", "\n"], ["a", "b"]), ([""], []), (["tail"], []),
        ])
    func `lines come out whole, however the bytes are cut`(pieces: [String], lines: [String]) {
        var splitter = LineSplitter()
        let found = pieces.flatMap { splitter.split(Array($0.utf8)[...]) }
        #expect(found.map { String(decoding: $0, as: UTF8.self) } == lines)
    }

    @Test func `the last line needs no end`() {
        var splitter = LineSplitter()
        #expect(splitter.split(Array("a\nb".utf8)[...]) == [Array("a".utf8)])
        #expect(splitter.finish() == Array("b".utf8))
        #expect(splitter.finish() == nil)
    }

    @Test func `a line without end is cut between characters`() {
        var splitter = LineSplitter()
        let text = String(repeating: "é", count: 5_000)
        let lines = splitter.split(Array((" " + text + "\n").utf8)[...])
        #expect(lines.allSatisfy { $0.count <= LineSplitter.lineLimit })
        #expect(lines.count == 3)
        #expect(
            lines.map { String(decoding: $0, as: UTF8.self) }.joined() == " " + text)
    }
}

@Suite struct PeerEnvironmentTests {
    private func make(_ command: ManagedCommand, _ inherited: [String] = []) -> [String] {
        PeerEnvironment.make(for: command, number: 2, port: "20001", inherited: inherited)
    }

    @Test func `a peer finds its port, its number and its address, each once`() {
        let command = ManagedCommand(name: "api", words: ["node"])
        #expect(
            make(command, ["PATH=/bin", "PORT=3000", "BERANDA_WORKER=x", "BERANDA_DAEMON=3"])
                == ["PATH=/bin", "HOST=127.0.0.1", "INSTANCE=2", "PORT=20001"])
    }

    @Test func `the configuration overrides everything but the port`() {
        var command = ManagedCommand(name: "api", words: ["node"])
        command.environment = ["A=1=2", "HOST=::1", "PORT=1"]
        command.userName = "www-data"
        command.home = "/var/www"
        let environment = make(command, ["A=0", "HOME=/root", "USER=root"])
        #expect(
            environment == [
                "USER=www-data", "LOGNAME=www-data", "HOME=/var/www", "INSTANCE=2", "A=1=2",
                "HOST=::1", "PORT=20001",
            ])
        #expect(PeerEnvironment.value("A", in: environment) == "1=2")
        #expect(PeerEnvironment.value("B", in: environment) == nil)
    }
}

@Suite struct PeerHandoverTests {
    @Test(arguments: [[], [0], [3, 1, 255]])
    func `what is handed over is read as it was written`(slots: [Int]) {
        let handover = PeerHandover(board: 8, slots: slots.map { PeerSlot(number: $0) })
        #expect(PeerHandover(parsing: handover.text[...]) == handover)
    }

    @Test(
        arguments: ["", "8", "x:1", "8:1,x", "8:256", "-1:0", "8:-1"])
    func `anything else is refused`(text: String) {
        #expect(PeerHandover(parsing: text[...]) == nil)
    }
}
