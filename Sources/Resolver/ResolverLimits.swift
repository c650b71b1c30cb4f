// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The numbers that bound the resolver.

/// How long answers are believed, how long we wait for them, and how many there may be.
///
/// Units: milliseconds, unless the name ends in `Limit`.
package struct ResolverLimits: BitwiseCopyable, Sendable {
    /// The least time for which an answer holds, whatever its TTL says.
    ///
    /// Why: a TTL of 0 would mean a question for each connection.
    package var shortestValidity: Int64 = 1_000

    /// The most time for which an answer holds, whatever its TTL says.
    ///
    /// Why: somebody who moves a backend must not have to wait for a day.
    package var longestValidity: Int64 = 3_600_000

    /// Replaces the TTL of every answer (`valid=` of the directive `resolver`).
    package var fixedValidity: Int64?

    /// How long a line of /etc/hosts holds; it has no TTL.
    package var hostsValidity: Int64 = 5_000

    /// How long a failure is remembered, and thereby how often a failing name is asked for.
    package var failureValidity: Int64 = 2_000

    /// How long after its end an answer is still used while a new one is being asked for.
    package var refreshGrace: Int64 = 60_000

    /// How long after its end an answer is still used when asking anew fails.
    ///
    /// Why: a name server that is down must not take the site with it. Not for ever, because
    ///      addresses are given to others.
    package var staleness: Int64 = 3_600_000

    /// The least validity of answers that are used after their end at all.
    ///
    /// Why: whoever lets an answer hold for a second wants to be asked each second; an address that
    ///      is a minute old is wrong then.
    package var shortestStale: Int64 = 10_000

    /// The wait for the first answer of each server; doubled with each round.
    package var questionTimeout: Int32 = 2_000

    /// How often each server is asked.
    package var roundLimit: Int32 = 2

    /// How often each of several servers that the operator names is asked; one alone is asked as
    /// often in one question, with growing patience.
    package var namedServerRoundLimit: Int32 = 3

    /// Names known at once.
    package var nameLimit = 512

    /// Waiters at once, over all names.
    package var waiterLimit = 16_384

    /// Lines kept of one service.
    package var serviceRecordLimit = 32

    /// Addresses kept of one name.
    package var addressLimit = 32

    package init() {}
}
