// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// When a worker that died is started again. Pure: times come in as numbers.

/// Decides how long to wait before a worker that died is started again.
///
/// A worker that served for a while is replaced at once. One that dies again and again right after
/// its start is started ever more slowly, so that a machine is not kept busy by a fault that only a
/// human can mend.
///
/// Units: milliseconds.
package struct RestartPolicy: BitwiseCopyable, Sendable {
    /// How long a worker must live to count as one that worked.
    static let earlyDeathLimit: Int64 = 1_000

    /// The wait after the second early death; each further one doubles it.
    static let firstDelay: Int64 = 100

    /// The longest wait.
    static let delayLimit: Int64 = 5_000

    /// How many workers in a row died early.
    private(set) var earlyDeaths = 0

    package init() {}

    /// Notes a death and says how long to wait before the next start.
    package mutating func delayAfterDeath(livedFor lifetime: Int64) -> Int64 {
        guard lifetime < Self.earlyDeathLimit else {
            earlyDeaths = 0
            return 0
        }
        defer { earlyDeaths = min(earlyDeaths + 1, 16) }
        guard earlyDeaths > 0 else { return 0 }
        return min(Self.firstDelay << Int64(earlyDeaths - 1), Self.delayLimit)
    }
}
