// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The board of managed peers, and starting programs that are not ours.

import OS
import Testing

@Suite struct PeerBoardTests {
    private func board() throws -> PeerBoard {
        PeerBoard(try SharedMemory(privateByteCount: PeerBoard.byteCount))
    }

    private func life(_ slot: Int, _ incarnation: UInt32) -> PeerLife {
        PeerLife(slot: PeerSlot(number: slot), incarnation: incarnation)
    }

    @Test(
        arguments: [PeerDoor.port(20_001), .ipv6Port(1), .socket])
    func `what is published is found, until it is withdrawn`(door: PeerDoor) throws {
        let board = try board()
        let life = life(255, .max)
        #expect(board.door(of: life.slot) == nil)
        board.publish(life, door)
        let found = try #require(board.door(of: life.slot))
        #expect(found.life == life)
        #expect(found.door == door)
        #expect(board.isCurrent(life))
        #expect(!board.isCurrent(self.life(255, 1)))
        board.withdraw(life.slot)
        #expect(board.door(of: life.slot) == nil)
    }

    @Test func `addresses are on this host, and sockets in the folder`() throws {
        let board = try board()
        let folder = "/run/beranda-0123456789abcdef"
        board.setFolder(Array(folder.utf8))
        let life = life(7, 3)
        #expect(board.address(of: life, .port(20_001)).description == "127.0.0.1:20001")
        #expect(board.address(of: life, .ipv6Port(20_001)).description == "[::1]:20001")
        #expect(board.address(of: life, .socket).description == "unix:\(folder)/7/3.sock")
    }

    @Test func `the use of each life is counted for itself, and cleared for all`() throws {
        let board = try board()
        for _ in 0..<3 { board.addUse(1, of: life(0, 1)) }
        board.addUse(1, of: life(0, 2))
        board.addUse(-1, of: life(0, 1))
        #expect(board.useCount(of: life(0, 1)) == 2)
        #expect(board.useCount(of: life(0, 2)) == 1)
        #expect(board.useCount(of: life(1, 1)) == 0)
        board.clearUse(of: PeerSlot(number: 0))
        #expect(board.useCount(of: life(0, 1)) == 0)
        board.addUse(-1, of: life(0, 1))
        #expect(board.useCount(of: life(0, 1)) == 0)
    }

    @Test func `a slot beyond the board is never found`() throws {
        let board = try board()
        board.publish(life(1_000_000, 1), .port(1))
        #expect(board.door(of: PeerSlot(number: 1_000_000)) == nil)
    }
}

@Suite struct LaunchTests {
    /// Runs a program to its end, and gives what it has printed.
    private func run(_ change: (inout Launch) -> Void) throws -> String {
        let output = try Pipe()
        var launch = Launch(Program(path: "/bin/sh", arguments: ["sh"]))
        launch.output = output.writing.number
        change(&launch)
        let id = try Process.launch(launch)
        let reading = output.finishWriting()
        var bytes: [UInt8] = []
        while case .bytes = Pipe.receive(from: reading.number, limit: 100, into: &bytes) {}
        let text = String(decoding: bytes, as: UTF8.self)
        while Process.hasGroup(of: id), Process.reap() == nil {}
        return text
    }

    @Test func `a program has its own environment, folder and process group, and no input`() throws
    {
        let text = try run { launch in
            launch.program.arguments = [
                "sh", "-c", "echo $A $PWD; readlink /proc/self/fd/0; ls /proc/self/fd | wc -l",
            ]
            launch.environment = ["A=1", "PATH=/bin:/usr/bin"]
            launch.directory = "/usr"
        }
        #expect(text == "1 /usr\n/dev/null\n4\n")
    }

    @Test(
        arguments: [
            ("/no/such/program", nil, Launch.Step.program, Errno.noSuchFile),
            ("/etc/passwd", nil, .program, .accessDenied),
            ("/bin/sh", "/no/such/folder", .directory, .noSuchFile),
        ] as [(String, String?, Launch.Step, Errno)])
    func `what fails is named`(path: String, directory: String?, step: Launch.Step, error: Errno) {
        var launch = Launch(Program(path: path, arguments: ["x"]))
        launch.directory = directory
        #expect(throws: Launch.Failure(step: step, error: error)) {
            _ = try Process.launch(launch)
        }
    }

    @Test func `programs are found as a shell finds them`() {
        #expect(ProgramSearch.find("sh", path: "/no:/bin") == .found(path: "/bin/sh"))
        #expect(ProgramSearch.find("sh", path: "") == .notFound)
        #expect(
            ProgramSearch.find("./sh", path: nil, directory: "/bin") == .found(path: "/bin/./sh"))
        #expect(ProgramSearch.find("passwd", path: "/etc") == .notExecutable(path: "/etc/passwd"))
        #expect(ProgramSearch.find("no-such-program", path: nil) == .notFound)
    }
}
