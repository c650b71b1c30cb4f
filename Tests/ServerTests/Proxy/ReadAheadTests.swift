// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The queue of what was taken ahead: bytes come out in the order in which they went in.

import Memory
import OS
import Testing

@testable import Server

@Suite struct ReadAheadTests {
    /// All that is in the queue, taken in steps of at most `step` bytes.
    private func drain(
        _ queue: inout ReadAhead, step: Int, staysInFile: Bool
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while !queue.isEmpty {
            if staysInFile, let (descriptor, range) = queue.nextInFile {
                let count = min(step, range.count)
                var copy = Buffer(capacity: count)
                let outcome = SharedFile(descriptor).read(
                    into: copy.free, limit: count, at: range.start)
                #expect(outcome == .bytes(count))
                copy.didFill(count)
                bytes += copy.copied()
                queue.didTakeFromFile(count)
            } else {
                try queue.bringForward()
                let count = min(step, queue.front.count)
                bytes += Array(copying: queue.front.span(0..<count))
                queue.didTake(count)
            }
        }
        return bytes
    }

    @Test(arguments: [1, 7, 1 << 20], [true, false])
    func `memory, file and memory again keep their order`(
        _ step: Int, _ staysInFile: Bool
    ) throws {
        let input = Buffer(Array("0123456789abcdefghij".utf8))
        var queue = ReadAhead()
        try queue.makeFile(in: Array("/tmp".utf8))
        queue.keep(0..<4, of: input)
        #expect(queue.memoryCount == 4)
        let outcome1 = queue.writeTail(limit: 1 << 20)
        #expect(outcome1 == .bytes(4))
        let outcome2 = queue.write(4..<15, of: input)
        #expect(outcome2 == .bytes(11))
        queue.keep(15..<20, of: input)
        #expect(queue.isInFile == true)
        #expect(queue.count == 20)
        #expect(queue.memoryCount == 5)
        let bytes = try drain(&queue, step: step, staysInFile: staysInFile)
        #expect(bytes == input.copied())
    }

    @Test func `what is taken out between is behind what was there`() throws {
        let input = Buffer(Array("0123456789".utf8))
        var queue = ReadAhead()
        queue.keep(0..<4, of: input)
        try queue.bringForward()
        queue.didTake(2)
        queue.keep(4..<6, of: input)
        try queue.makeFile(in: Array("/tmp".utf8))
        let outcome3 = queue.writeTail(limit: 1 << 20)
        #expect(outcome3 == .bytes(2))
        let outcome4 = queue.write(6..<10, of: input)
        #expect(outcome4 == .bytes(4))
        let isBehind = queue.nextInFile == nil
        #expect(isBehind)
        let bytes = try drain(&queue, step: 3, staysInFile: true)
        #expect(bytes == Array("23456789".utf8))
    }

    @Test func `a file that was emptied begins anew`() throws {
        let input = Buffer(Array("0123456789".utf8))
        var queue = ReadAhead()
        try queue.makeFile(in: Array("/tmp".utf8))
        let outcome5 = queue.write(0..<10, of: input)
        #expect(outcome5 == .bytes(10))
        #expect(queue.fileEnd == 10)
        queue.didTakeFromFile(10)
        #expect(queue.fileEnd == 0)
        #expect(queue.isInFile == false)
        let outcome6 = queue.write(3..<5, of: input)
        #expect(outcome6 == .bytes(2))
        let outcome7 = try drain(&queue, step: 9, staysInFile: true)
        #expect(outcome7 == Array("34".utf8))
    }

    @Test func `the tail does not let the file grow beyond its limit`() throws {
        let input = Buffer(Array("0123456789".utf8))
        var queue = ReadAhead()
        try queue.makeFile(in: Array("/tmp".utf8))
        queue.keep(0..<10, of: input)
        let outcome8 = queue.writeTail(limit: 6)
        #expect(outcome8 == .bytes(6))
        #expect(queue.memoryCount == 4)
        let outcome9 = try drain(&queue, step: 4, staysInFile: false)
        #expect(outcome9 == input.copied())
    }

    @Test func `without a file nothing is written and nothing is lost`() throws {
        let input = Buffer(Array("0123".utf8))
        var queue = ReadAhead()
        queue.keep(0..<4, of: input)
        let outcome10 = queue.writeTail(limit: 10)
        #expect(outcome10 == .endOfStream)
        let outcome11 = queue.write(0..<4, of: input)
        #expect(outcome11 == .endOfStream)
        do throws(Errno) {
            try queue.makeFile(in: Array("/proc/nothing".utf8))
            Issue.record("a file in /proc")
        } catch {
            queue.noteFailure()
        }
        #expect(queue.hasFailed == true)
        let outcome12 = try drain(&queue, step: 4, staysInFile: true)
        #expect(outcome12 == Array("0123".utf8))
        queue.reset()
        #expect(queue.hasFailed == false)
    }
}
