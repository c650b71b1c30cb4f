// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about health checks.

internal import Configuration

/// One `health_check`, for each peer of one group.
///
/// Units: milliseconds.
struct HealthCheck: Sendable {
    /// How a peer is asked.
    enum Kind: String, Sendable {
        /// By a request of HTTP.
        case request
        /// By a connection, and perhaps bytes on it.
        case connection
        /// By a datagram.
        case datagram
    }

    var kind = Kind.request
    /// An index of `Site.groups`.
    var group = 0
    /// Whose settings hold for its requests: an index of `Site.locations`.
    var location = 0
    /// An index of `Site.hosts`.
    var host = 0
    var interval = 5_000
    /// Each check begins later than it should by a part of this.
    var jitter = 0
    /// So many failures in a row make a peer unhealthy.
    var failureLimit = 1
    /// So many passes in a row make it healthy.
    var passLimit = 1
    /// The target of its requests.
    var target: [UInt8] = [UInt8(ascii: "/")]
    /// The port that is asked instead of the peer's own.
    var port: UInt16?
    /// Whether peers get no requests until they have passed.
    var isMandatory = false
    /// Whether those that were healthy before a reload get requests at once all the same.
    var isPersistent = false
    /// How long one connection is used for checks; 0 for a new one each time.
    var keepAliveTime = 0
    var match = HealthMatch.usual
    /// What is said to peers of sessions, and what they must say.
    var session = SessionMatch()
    /// `proxy_protocol`: the header of a connection to a peer of sessions.
    var header = StreamPolicy.SentHeader.none

    /// What the log calls the tests.
    var matchName: [UInt8] { kind == .request ? match.name : session.name }

    /// How many checks of one peer there may be in all: more of them would be a load of their own.
    static var peerLimit: Int { 1 << 16 }
}

/// A `health_check` before all `match` blocks and groups are known.
struct HealthCheckDraft {
    var check = HealthCheck()
    /// The name of its `match`.
    var match: (name: [UInt8], location: SourceLocation)?
    let location: SourceLocation
}
