// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How the wait before a restart grows, and when it is forgotten.

import Testing

@testable import Supervisor

@Suite struct RestartPolicyTests {
    @Test func `a worker that served is replaced at once, however often`() {
        var policy = RestartPolicy()
        for _ in 0..<20 { #expect(policy.delayAfterDeath(livedFor: 1_000) == 0) }
    }

    @Test func `early deaths slow the restarts down, up to a limit`() {
        var policy = RestartPolicy()
        let delays = (0..<10).map { _ in policy.delayAfterDeath(livedFor: 999) }
        #expect(delays == [0, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000])
    }

    @Test func `a worker that served makes the early deaths forgotten`() {
        var policy = RestartPolicy()
        for _ in 0..<5 { _ = policy.delayAfterDeath(livedFor: 0) }
        #expect(policy.delayAfterDeath(livedFor: 60_000) == 0)
        #expect(policy.delayAfterDeath(livedFor: 0) == 0)
        #expect(policy.delayAfterDeath(livedFor: 0) == 100)
    }

    @Test func `a thousand early deaths do not overflow`() {
        var policy = RestartPolicy()
        for _ in 0..<1_000 { _ = policy.delayAfterDeath(livedFor: 0) }
        #expect(policy.delayAfterDeath(livedFor: 0) == 5_000)
    }
}
