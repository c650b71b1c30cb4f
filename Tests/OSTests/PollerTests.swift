// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Readiness, wake-ups and signals.

import OS
import Testing

@Suite struct PollerTests {
    @Test func `nothing ready is no event`() throws {
        var poller = try Poller()
        let count = poller.wait(timeoutMilliseconds: 0)
        #expect(count == 0)
    }

    @Test func `edges are reported once`() throws {
        var poller = try Poller()
        let pair = try Socket.pair()
        try poller.add(pair.first.number, token: 0x1234_5678_9ABC_DEF0)
        let first = poller.wait(timeoutMilliseconds: 100)
        #expect(first == 1)
        let event = poller.event(0)
        #expect(event.token == 0x1234_5678_9ABC_DEF0)
        #expect(event.isWritable)
        #expect(!event.isReadable)
        #expect(!event.isHangUp)
        let again = poller.wait(timeoutMilliseconds: 0)
        #expect(again == 0)
        let bytes: [UInt8] = [1]
        _ = unsafe pair.second.send(bytes.span.bytes)
        let second = poller.wait(timeoutMilliseconds: 100)
        #expect(second == 1)
        let isReadable = poller.event(0).isReadable
        #expect(isReadable)
        pair.second.shutdownWrite()
        let third = poller.wait(timeoutMilliseconds: 100)
        #expect(third == 1)
        let last = poller.event(0)
        #expect(last.isHangUp)
        #expect(last.isReadable)
        #expect(!last.isClosed)
    }

    @Test func `a removed descriptor is silent`() throws {
        var poller = try Poller()
        let counter = try EventCounter()
        try poller.addLevel(counter.number, token: 1)
        counter.signal()
        let before = poller.wait(timeoutMilliseconds: 100)
        poller.remove(counter.number)
        let after = poller.wait(timeoutMilliseconds: 0)
        #expect(before == 1)
        #expect(after == 0)
    }

    @Test func `a counter is readable until drained`() throws {
        var poller = try Poller()
        let counter = try EventCounter()
        try poller.addLevel(counter.number, token: 7)
        counter.signal()
        counter.signal()
        let first = poller.wait(timeoutMilliseconds: 100)
        let second = poller.wait(timeoutMilliseconds: 100)
        #expect(first == 1)
        #expect(second == 1)
        let drained = counter.drain()
        #expect(drained == 2)
        let third = poller.wait(timeoutMilliseconds: 0)
        let empty = counter.drain()
        #expect(third == 0)
        #expect(empty == 0)
    }

    @Test func `registering twice is an error`() throws {
        let poller = try Poller()
        let counter = try EventCounter()
        try poller.addLevel(counter.number, token: 1)
        let number = counter.number
        var error: Errno?
        do { try poller.addLevel(number, token: 1) } catch let caught { error = caught }
        #expect(error == .exists)
    }

    @Test func `sets of signals`() {
        let set: SignalSet = [Signal.hangUp, 64]
        #expect(set.contains(Signal.hangUp))
        #expect(set.contains(64))
        #expect(!set.contains(Signal.terminate))
        #expect(!set.contains(0))
        #expect(!set.contains(65))
        #expect(SignalSet.all.contains(1))
    }
}
