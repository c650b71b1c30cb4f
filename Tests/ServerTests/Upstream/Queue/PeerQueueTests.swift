// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Who may wait, and in which order.

import Memory
import Testing

@testable import Server

@Suite struct PeerQueueTests {
    @Test func `a queue has as many places as it says`() {
        let queue = PeerQueue(limit: 2, timeout: 1)
        var first = QueuePlace(in: queue, ticket: 1)
        let second = QueuePlace(in: queue, ticket: 2)
        let third = QueuePlace(in: queue, ticket: 3)
        #expect(first?.ticket == 1 && second != nil && third == nil)
        #expect(queue.length == 2)
        // A place is free with the value that stands for it.
        first = nil
        #expect(first == nil && queue.length == 1)
        first = QueuePlace(in: queue, ticket: 4)
        #expect(first?.ticket == 4)
    }

    @Test func `who comes back waits before the others`() {
        var table = QueueTable()
        #expect(table.isEmpty)
        let tickets = (0..<3).map { _ in table.nextTicket() }
        for ticket in tickets {
            let client = SlotID(index: UInt32(ticket), generation: 0)
            table.add(
                QueueTable.Entry(client: client, ticket: ticket), group: 7, isForNames: false,
                isFirst: ticket == tickets[2])
        }
        #expect(table.contains(7) && !table.contains(8))
        #expect(table.lines.map { $0.waiting.map(\.ticket) } == [[3, 1, 2]])
    }

    @Test func `who waits for names does not stand before those who wait for room`() {
        var table = QueueTable()
        let entry = QueueTable.Entry(client: SlotID(index: 1, generation: 1), ticket: 1)
        table.add(entry, group: 7, isForNames: true, isFirst: false)
        #expect(!table.isEmpty && !table.contains(7))
        table.add(entry, group: 7, isForNames: false, isFirst: false)
        #expect(table.lines.map(\.isForNames) == [true, false])
    }

    @Test(arguments: [
        "queue 0;", "queue 1 timeout;", "queue 1 timeout=x;", "queue 1 2;", "queue x;",
    ])
    func `what is no queue is refused`(line: String) throws {
        #expect(throws: (any Error).self) { try load("upstream a { server a; \(line) }").sound() }
    }

    @Test func `a queue is read`() throws {
        let text = """
            upstream a { server a max_conns=1; queue 5; }
            upstream b { server b max_conns=1; queue 7 timeout=2s; }
            upstream c { server c; }
            """
        let groups = try load(text).sound().groups
        #expect(groups.map { $0.queue?.timeout } == [60_000, 2_000, nil])
    }
}
