// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Who lives, and what threads count.

import Testing

@testable import OS

@Suite struct ProcessBoardTests {
    private let board: ProcessBoard

    init() throws {
        board = ProcessBoard(try SharedMemory(privateByteCount: ProcessBoard.byteCount))
    }

    @Test func `one lives from the grant to the revocation`() throws {
        let one = try #require(board.grant(serial: 1))
        let other = try #require(board.grant(serial: 2))
        #expect(one != other && one.rawValue != 0 && other.rawValue != 0)
        #expect(board.isAlive(one.rawValue) && board.isAlive(other.rawValue))
        board.revoke(one)
        #expect(!board.isAlive(one.rawValue) && board.isAlive(other.rawValue))
        let next = try #require(board.grant(serial: 3))
        #expect(next != one && board.isAlive(next.rawValue) && !board.isAlive(one.rawValue))
    }

    @Test(arguments: [0, 1, 255, UInt32.max])
    func `nobody else lives`(lease: UInt32) { #expect(!board.isAlive(lease)) }

    @Test(arguments: [0, UInt32.max - 1, UInt32.max])
    func `any serial gives a lease`(serial: UInt32) throws {
        let lease = try #require(board.grant(serial: serial))
        #expect(lease.rawValue != 0 && board.isAlive(lease.rawValue))
    }

    @Test func `there is a limit of processes`() {
        for serial in 0..<UInt32(ProcessBoard.processLimit) {
            #expect(board.grant(serial: serial) != nil)
        }
        #expect(board.grant(serial: 999) == nil)
    }

    @Test func `sums outlive their thread, and what is held does not`() throws {
        let lease = try #require(board.grant(serial: 1))
        let other = try #require(board.grant(serial: 2))
        let line = try #require(board.takeLine(for: lease))
        let second = try #require(board.takeLine(for: lease))
        let third = try #require(board.takeLine(for: other))
        for line in [line, second, third] {
            line.add(2, to: 0)
            line.add(5, to: ProcessBoard.sumCount)
            line.add(-1, to: ProcessBoard.sumCount)
        }
        #expect(board.total(0) == 6 && board.total(ProcessBoard.sumCount) == 12)
        board.revoke(lease)
        #expect(board.total(0) == 6 && board.total(ProcessBoard.sumCount) == 4)
        #expect(board.total(-1) == 0 && board.total(ProcessBoard.counterCount) == 0)
    }

    @Test func `there is a limit of threads`() throws {
        let lease = try #require(board.grant(serial: 1))
        for _ in 0..<ProcessBoard.lineLimit { #expect(board.takeLine(for: lease) != nil) }
        #expect(board.takeLine(for: lease) == nil)
        board.revoke(lease)
        #expect(board.takeLine(for: lease) != nil)
    }
}
