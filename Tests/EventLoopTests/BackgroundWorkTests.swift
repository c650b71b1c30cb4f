// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Jobs on other threads, and how their results come back.

import EventLoop
import OS
import Synchronization
import Testing

@Suite struct BackgroundWorkTests {
    /// Collects messages until there are `count`, asleep in a poller as a loop would be.
    private func collect(_ mailbox: LoopMailbox<Int>, _ count: Int) throws -> [Int] {
        var poller = try Poller()
        try poller.addLevel(mailbox.number, token: 1)
        var messages: [Int] = []
        for _ in 0..<10_000 where messages.count < count {
            if poller.wait(timeoutMilliseconds: 1000) > 0 { messages += mailbox.drain() }
        }
        return messages
    }

    @Test func `every job reports once`() throws {
        let work = BackgroundWork(threadCountLimit: 2)
        let mailbox = try LoopMailbox<Int>()
        for i in 0..<500 {
            let accepted = work.submit { mailbox.post(i) }
            #expect(accepted)
        }
        #expect(try collect(mailbox, 500).sorted() == Array(0..<500))
    }

    @Test func `threads stay within their limit and go when nothing waits`() throws {
        final class Load: Sendable {
            let running = Atomic<Int>(0)
            let most = Atomic<Int>(0)
        }
        let load = Load()
        let work = BackgroundWork(threadCountLimit: 3, niceness: 5)
        let mailbox = try LoopMailbox<Int>()
        for i in 0..<200 {
            _ = work.submit {
                let now = load.running.add(1, ordering: .relaxed).newValue
                _ = load.most.max(now, ordering: .relaxed)
                load.running.subtract(1, ordering: .relaxed)
                mailbox.post(i)
            }
        }
        _ = try collect(mailbox, 200)
        #expect(load.most.load(ordering: .relaxed) <= 3)
        for _ in 0..<10_000 where work.threadCount > 0 { _ = Instant.now() }
        let deadline = Instant.now() + 2000
        while work.threadCount > 0 && Instant.now() < deadline {}
        #expect(work.threadCount == 0)
    }

    @Test func `too many jobs are refused`() throws {
        let work = BackgroundWork(threadCountLimit: 1, jobCountLimit: 2)
        let mailbox = try LoopMailbox<Int>()
        let gate = Mutex(())
        let verdicts = gate.withLock { _ in
            // The first one runs, and waits for the gate; two wait behind it.
            (0..<4).map { i in
                work.submit {
                    gate.withLock { _ in }
                    mailbox.post(i)
                }
            }
        }
        #expect(verdicts == [true, true, true, false])
        #expect(try collect(mailbox, 3).sorted() == [0, 1, 2])
    }

    @Test func `messages keep their order and wake once`() throws {
        let mailbox = try LoopMailbox<Int>()
        for i in 0..<10 { mailbox.post(i) }
        #expect(mailbox.drain() == Array(0..<10))
        #expect(mailbox.drain() == [])
        mailbox.post(10)
        #expect(try collect(mailbox, 1) == [10])
    }
}
