// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a series of checks makes of a peer.

import Testing

@testable import Server

@Suite struct HealthVerdictTests {
    /// The states after each check: `+` passes, `-` fails; `c`, `h` and `u` are the states.
    private func states(
        _ checks: String, from state: HealthVerdict.State, fails: Int, passes: Int
    ) -> String {
        var check = HealthCheck()
        check.failureLimit = fails
        check.passLimit = passes
        var verdict = HealthVerdict(state)
        var states = ""
        for sign in checks {
            let before = verdict.state
            let hasChanged = verdict.note(passed: sign == "+", check)
            #expect(hasChanged == (before != verdict.state))
            switch verdict.state {
            case .checking: states += "c"
            case .healthy: states += "h"
            case .unhealthy: states += "u"
            }
        }
        return states
    }

    @Test(arguments: [
        ("-+-+", 1, 1, "uhuh"), ("--+--++", 2, 2, "huuuuuh"), ("-+-+--", 2, 1, "hhhhhu"),
        ("---++-+++", 3, 3, "hhuuuuuuh"), ("+++++", 1, 1, "hhhhh"),
    ])
    func `so many in a row change a peer that is healthy at first`(
        _ checks: String, _ fails: Int, _ passes: Int, _ expected: String
    ) {
        #expect(states(checks, from: .healthy, fails: fails, passes: passes) == expected)
    }

    @Test(
        arguments: [
            (false, false, nil, .healthy), (false, false, .unhealthy, .unhealthy),
            (false, false, .healthy, .healthy), (true, false, nil, .checking),
            (true, false, .healthy, .checking), (true, false, .unhealthy, .checking),
            (true, true, nil, .checking), (true, true, .healthy, .healthy),
            (true, true, .unhealthy, .checking),
        ] as [(Bool, Bool, HealthVerdict.State?, HealthVerdict.State)])
    func `a process begins with what the one before has left it`(
        _ isMandatory: Bool, _ isPersistent: Bool, _ earlier: HealthVerdict.State?,
        _ expected: HealthVerdict.State
    ) {
        var check = HealthCheck()
        check.isMandatory = isMandatory
        check.isPersistent = isPersistent
        #expect(check.firstState(after: earlier) == expected)
    }

    @Test(arguments: [("+-", "hu"), ("-+", "uh")])
    func `the first check of a mandatory one decides`(_ checks: String, _ expected: String) {
        #expect(states(checks, from: .checking, fails: 1, passes: 1) == expected)
        let more = states(checks, from: .checking, fails: 3, passes: 3)
        #expect(more.first == expected.first)
    }
}
