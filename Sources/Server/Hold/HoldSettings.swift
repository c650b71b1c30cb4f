// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about requests that wait for a peer to come back.

/// `proxy_hold` and `proxy_hold_requests`.
struct HoldSettings: BitwiseCopyable, Sendable {
    /// How long a request waits at most; nil leaves it to the group.
    ///
    /// Units: milliseconds; 0 means not at all.
    var time: Int?
    /// How many requests to a group may wait in each thread.
    var requestLimit = 1024

    /// How long requests wait for groups whose peers are all on this host.
    ///
    /// Units: milliseconds.
    /// Why: the restart of a program takes seconds at most, and nobody but us can hide it. A peer
    ///      elsewhere that refuses connections is more often down for long.
    static var localTime: Int { 5_000 }
}
