// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The text that carries the handover from the supervisor to a worker.

import OS
import Testing

@testable import Supervisor

@Suite struct WorkerHandoverTests {
    private static let plain = WorkerHandover(
        generation: 2, supervisor: ProcessID(rawValue: 77), snapshot: 3, ready: 4, control: 5,
        listeners: [[6], [7, 8], [9]], board: 10, lease: ProcessLease(rawValue: 513),
        zones: [11, 12])

    @Test func `the text is as documented`() {
        #expect(
            Self.plain.text
                == "generation=2 supervisor=77 snapshot=3 ready=4 control=5 listeners=6,7+8,9 "
                + "board=10 lease=513 zones=11,12")
    }

    @Test func `what was written is read`() {
        var handover = Self.plain
        #expect(WorkerHandover(parsing: handover.text) == handover)
        handover.user = UserIdentity(userID: 33, groupID: 34, supplementaryGroups: [34, 4])
        #expect(WorkerHandover(parsing: handover.text) == handover)
        handover.user?.supplementaryGroups = []
        #expect(WorkerHandover(parsing: handover.text) == handover)
        handover.listeners = []
        handover.zones = []
        #expect(WorkerHandover(parsing: handover.text) == handover)
    }

    private static let rest =
        "generation=1 supervisor=7 snapshot=3 ready=4 control=5 listeners=6 board=7 lease=1 zones=8"

    @Test func `the text of those that are refused is sound by itself`() {
        #expect(WorkerHandover(parsing: Self.rest) != nil)
    }

    @Test(arguments: [
        "", "x", "generation=1", "generation=1 supervisor=7 snapshot=3 ready=4 control=5",
        "generation=1 supervisor=7 snapshot=3 ready=4 control=5 listeners=6",
        rest.replacing("board=7", with: "board=x"), rest.replacing("lease=1", with: "lease=-1"),
        rest.replacing("zones=8", with: "zones=8,x"), rest.replacing("=6", with: "=6,x"),
        rest + " user=1:2", rest + " user=1:2:x", rest + " junk",
    ])
    func `anything else is refused`(text: String) {
        #expect(WorkerHandover(parsing: text) == nil)
    }
}
