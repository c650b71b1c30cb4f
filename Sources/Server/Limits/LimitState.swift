// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What limits have said about a request.

internal import OS

/// What an exchange remembers of its limits: each is asked once.
struct LimitState {
    /// What `$limit_req_status` and `$limit_conn_status` say; the raw values are their words.
    enum Status: String, Sendable {
        case passed = "PASSED"
        case delayed = "DELAYED"
        case rejected = "REJECTED"
        case delayedDry = "DELAYED_DRY_RUN"
        case rejectedDry = "REJECTED_DRY_RUN"
    }

    /// Nil before a limit was asked.
    var requests: Status?
    var connections: Status?
    /// Until when a delayed request waits.
    var waitsUntil: Instant?
    /// Where it is counted as being served.
    private(set) var holds: [ConnectionHold] = []

    /// Notes that it is counted.
    mutating func hold(_ hold: ConnectionHold) { holds.append(hold) }

    /// Gives back what it is counted for.
    mutating func release() {
        for hold in holds { hold.end() }
        holds.removeAll(keepingCapacity: true)
    }

    /// Forgets everything.
    mutating func reset() {
        requests = nil
        connections = nil
        waitsUntil = nil
        if !holds.isEmpty { release() }
    }
}
