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
        listeners: [[6], [7, 8], [9]])

    @Test func `the text is as documented`() {
        #expect(
            Self.plain.text
                == "generation=2 supervisor=77 snapshot=3 ready=4 control=5 listeners=6,7+8,9")
    }

    @Test func `what was written is read`() {
        var handover = Self.plain
        #expect(WorkerHandover(parsing: handover.text) == handover)
        handover.user = UserIdentity(userID: 33, groupID: 34, supplementaryGroups: [34, 4])
        #expect(WorkerHandover(parsing: handover.text) == handover)
        handover.user?.supplementaryGroups = []
        #expect(WorkerHandover(parsing: handover.text) == handover)
        handover.listeners = []
        #expect(WorkerHandover(parsing: handover.text) == handover)
    }

    @Test(arguments: [
        "", "x", "generation=1", "generation=1 supervisor=7 snapshot=3 ready=4 control=5",
        "generation=a supervisor=7 snapshot=3 ready=4 control=5 listeners=6",
        "generation=1 supervisor=7 snapshot=3 ready=4 control=5 listeners=6,x",
        "generation=1 supervisor=7 snapshot=3 ready=4 control=5 listeners=6 user=1:2",
        "generation=1 supervisor=7 snapshot=3 ready=4 control=5 listeners=6 user=1:2:x",
        "generation=1 supervisor=7 snapshot=3 ready=4 control=5 listeners=6 junk",
    ])
    func `anything else is refused`(text: String) {
        #expect(WorkerHandover(parsing: text) == nil)
    }
}
