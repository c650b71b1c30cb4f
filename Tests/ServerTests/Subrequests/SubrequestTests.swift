// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a subrequest keeps for the request that asked for it, without anybody who serves it.

import Memory
import OS
import Testing

@testable import Server

@Suite struct SubrequestTests {
    private func made(_ purpose: Subrequest.Purpose) -> Subrequest {
        Subrequest(
            purpose, of: SlotID(index: 0, generation: 1), depth: 1, SubrequestBudget(), Exchange())
    }

    private func send(_ count: Int, to subrequest: Subrequest) -> Transfer {
        let buffer = Buffer([UInt8](repeating: 120, count: count))
        return subrequest.send(buffer.readableBytes)
    }

    @Test func `content waits for room, and goes on when it is taken`() {
        let subrequest = made(.content)
        let limit = Subrequest.queueByteLimit
        #expect(send(limit - 1, to: subrequest) == .bytes(limit - 1))
        #expect(!subrequest.isBlocked)
        #expect(send(10, to: subrequest) == .bytes(1))
        #expect(subrequest.isBlocked)
        #expect(send(10, to: subrequest) == .wouldBlock)
        var taken = Buffer(capacity: 0)
        let hadWaited = subrequest.takeContent(into: &taken)
        #expect(hadWaited)
        #expect(taken.count == limit)
        #expect(send(10, to: subrequest) == .bytes(10))
        let hasWaited = subrequest.takeContent(into: &taken)
        #expect(!hasWaited)
        #expect(taken.count == limit + 10)
    }

    @Test func `two pieces are kept as one`() {
        let subrequest = made(.content)
        let first = Buffer(bytes("ab"))
        let second = Buffer(bytes("cde"))
        #expect(subrequest.send(first.readableBytes, second.readableBytes) == .bytes(5))
        var taken = Buffer(capacity: 0)
        _ = subrequest.takeContent(into: &taken)
        #expect(taken.copied() == bytes("abcde"))
    }

    @Test(arguments: [Subrequest.Purpose.authorization, .mirror])
    func `content that nobody wants is dropped, but not without end`(
        _ purpose: Subrequest.Purpose
    ) {
        let subrequest = made(purpose)
        let limit = Subrequest.droppedByteLimit
        #expect(send(limit, to: subrequest) == .bytes(limit))
        let isEmpty = subrequest.queue.isEmpty
        #expect(isEmpty)
        #expect(send(1, to: subrequest) == .failed(.brokenPipe))
    }

    @Test func `a mirror goes on alone, a permission once it is given`() {
        #expect(made(.mirror).isDetached)
        let subrequest = made(.authorization)
        #expect(!subrequest.isDetached)
        subrequest.noteAnswer()
        #expect(subrequest.isDetached)
        #expect(!made(.content).isDetached)
    }

    @Test func `an end is final`() {
        let subrequest = made(.content)
        #expect(!subrequest.isDecided)
        subrequest.end(isWhole: false)
        subrequest.end(isWhole: true)
        #expect(subrequest.stage == .failed)
        #expect(subrequest.isDecided)
    }

    @Test func `a budget ends`() {
        let budget = SubrequestBudget()
        for _ in 0..<SubrequestBudget.limit { #expect(budget.take()) }
        #expect(!budget.take())
    }
}
