// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What limits have said about a request.

internal import OS

/// What limits have said: each is asked once for a request and its subrequests.
struct LimitVerdicts: BitwiseCopyable, Equatable {
    /// What `$limit_req_status` and `$limit_conn_status` say.
    enum Status: BitwiseCopyable, Sendable {
        case passed, delayed, rejected, delayedDry, rejectedDry

        var text: StaticString {
            switch self {
            case .passed: "PASSED"
            case .delayed: "DELAYED"
            case .rejected: "REJECTED"
            case .delayedDry: "DELAYED_DRY_RUN"
            case .rejectedDry: "REJECTED_DRY_RUN"
            }
        }
    }

    /// Nil before a limit was asked.
    var requests: Status?
    var connections: Status?

    /// Takes over what is known elsewhere.
    mutating func take(_ other: LimitVerdicts) {
        requests = requests ?? other.requests
        connections = connections ?? other.connections
    }
}

/// What an exchange remembers of its limits.
struct LimitState {
    var verdicts = LimitVerdicts()
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
        verdicts = LimitVerdicts()
        waitsUntil = nil
        if !holds.isEmpty { release() }
    }
}
