// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Who waits for which group, and when it is dialled again.

import Memory
import OS
import Testing

@testable import Server

@Suite struct HoldTableTests {
    private let start = Instant(milliseconds: 1_000)

    private func client(_ number: Int) -> SlotID { SlotID(index: UInt32(number), generation: 1) }

    private func enter(_ table: inout HoldTable, _ number: Int, group: Int = 0, limit: Int = 2)
        -> HoldTable.Entry
    {
        table.enter(client(number), group: group, limit: limit, at: start, probingAt: start + 50)
    }

    @Test func `the first who waits begins a hold and others join it`() {
        var table = HoldTable()
        #expect(table.isEmpty && table.nextProbe == nil)
        #expect(enter(&table, 1) == .first)
        #expect(enter(&table, 2) == .joined)
        #expect(table.contains(0) && !table.contains(1))
        #expect(table.nextProbe == start + 50)
    }

    @Test func `each group has its own limit`() {
        var table = HoldTable()
        #expect(enter(&table, 1, limit: 1) == .first)
        #expect(enter(&table, 2, limit: 1) == .refused)
        #expect(enter(&table, 3, group: 1, limit: 1) == .first)
        #expect(enter(&table, 4, group: 2, limit: 0) == .refused)
        #expect(!table.contains(2))
    }

    @Test func `whoever has waited in vain is counted and leaves`() {
        var table = HoldTable()
        _ = enter(&table, 1)
        _ = enter(&table, 2)
        table.noteFailure(of: client(1), group: 0)
        table.noteFailure(of: client(9), group: 7)
        #expect(table.holds[0].waiting == [client(2)])
        #expect(table.holds[0].failureCount == 1)
    }

    @Test func `the steps between two looks grow up to a quarter of a second`() {
        var hold = GroupHold(group: 0, at: start, probingAt: start)
        var times: [Int64] = []
        for _ in 0..<5 {
            hold.scheduleProbe(from: start)
            times.append(hold.nextProbeAt - start)
        }
        #expect(times == [50, 100, 200, 250, 250])
    }
}
