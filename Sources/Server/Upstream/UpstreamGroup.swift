// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// An `upstream` block, as all threads share it.

internal import OS
internal import Synchronization

/// A group of peers that one `proxy_pass` may choose from.
///
/// Why: a class, so that using it beside the services it belongs to counts one reference and not
///      one for each of its parts.
final class UpstreamGroup: Sendable {
    /// The name in the configuration: what `$proxy_host` says.
    let name: [UInt8]
    let peers: [Peer]
    let keepAlive: UpstreamKeepAlive
    /// Whether it stands for the address of a `proxy_pass` instead of an `upstream` block.
    let isImplicit: Bool
    private let selector: PeerSelector

    init(name: [UInt8], peers: [Peer], keepAlive: UpstreamKeepAlive, isImplicit: Bool) {
        self.name = name
        self.peers = peers
        self.keepAlive = keepAlive
        self.isImplicit = isImplicit
        selector = PeerSelector(peers)
    }

    /// Chooses the next peer that has not been tried.
    ///
    /// Units: `now` in seconds.
    func select(tried: PeerSet, at now: Int) -> Int? {
        selector.select(from: peers, tried: tried, at: now)
    }

    /// Notes that a peer failed.
    func noteFailure(of peer: Int, at now: Int) {
        selector.noteFailure(of: peer, among: peers, at: now)
    }

    /// Notes that a peer answered.
    func noteSuccess(of peer: Int) { peers[peer].health.noteSuccess() }
}

/// How connections to the peers of a group are kept for the next request.
///
/// Spec: nginx `keepalive`, `keepalive_requests`, `keepalive_time`, `keepalive_timeout`. Our
///       timeout is four seconds unless set: Node closes idle connections after five, and a request
///       that meets such a close fails.
struct UpstreamKeepAlive: Sendable {
    /// Idle connections that each thread keeps for the group.
    var idleLimit = 32
    var requestLimit = 1_000
    /// Units: milliseconds.
    var timeout = 4_000
    /// The age after which a connection is not used again.
    ///
    /// Units: milliseconds.
    var time = 3_600_000
}

/// One `server` of a group.
struct Peer: Sendable {
    /// As the configuration writes it, with the port: what `$upstream_addr` says.
    var name: [UInt8]
    var target: PeerTarget
    var weight = 1
    var failureLimit = 1
    /// Units: seconds.
    var failureTimeout = 10
    var isBackup = false
    var isDown = false
    let health = PeerHealth()
}

/// Where a peer is.
enum PeerTarget: Sendable {
    case address(SocketAddress)
    /// To be resolved when it is dialled.
    case name(host: [UInt8], port: UInt16)
}

/// What is known about the health of a peer, shared by all threads.
///
/// Units: seconds of the monotonic clock; 0 means never.
/// Why: relaxed atomics. A count that is late by one request costs one try, a lock would cost every
///      request.
final class PeerHealth: Sendable {
    private let failures = Atomic<Int>(0)
    /// When it failed last.
    private let failedAt = Atomic<Int>(0)
    /// When it was last tried or failed.
    private let checkedAt = Atomic<Int>(0)

    /// Whether its failures rule it out at `now`.
    func isUnavailable(_ peer: borrowing Peer, at now: Int) -> Bool {
        peer.failureLimit > 0 && failures.load(ordering: .relaxed) >= peer.failureLimit
            && now - checkedAt.load(ordering: .relaxed) <= peer.failureTimeout
    }

    /// Notes that it was chosen.
    func noteChosen(_ peer: borrowing Peer, at now: Int) {
        if now - checkedAt.load(ordering: .relaxed) > peer.failureTimeout {
            checkedAt.store(now, ordering: .relaxed)
        }
    }

    func noteFailure(at now: Int) {
        failures.wrappingAdd(1, ordering: .relaxed)
        failedAt.store(now, ordering: .relaxed)
        checkedAt.store(now, ordering: .relaxed)
    }

    func noteSuccess() {
        // Only a success of a try that began after the last failure clears the record.
        if failedAt.load(ordering: .relaxed) < checkedAt.load(ordering: .relaxed) {
            failures.store(0, ordering: .relaxed)
        }
    }
}
