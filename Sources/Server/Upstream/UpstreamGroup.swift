// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// An `upstream` block, as all threads share it.
//
// It knows neither HTTP nor exchanges: sessions of `stream` choose their peers here as well.

internal import Synchronization

/// A group of peers that one `proxy_pass` may choose from.
///
/// Why: a class, so that using it beside the services it belongs to counts one reference and not
///      one for each of its parts.
final class UpstreamGroup: Sendable {
    /// The name in the configuration: what `$proxy_host` says.
    let name: [UInt8]
    /// Invariant: a peer keeps its place as long as the process lives.
    let peers: [Peer]
    let balancing: Balancing
    /// What goes into `PeerRequest.key`.
    let key: BalancingKey
    /// What keeps clients with their peers.
    let sticky: Sticky?
    let isSticky: Bool
    /// Where requests wait while no peer has room.
    let queue: PeerQueue?
    let keepAlive: UpstreamKeepAlive
    /// Its own `proxy_hold`.
    let holdTime: Int?
    /// How long those of its peers may take to start that are started here.
    ///
    /// Units: milliseconds.
    let startTime: Int
    /// Whether it stands for the address of a `proxy_pass` instead of an `upstream` block.
    let isImplicit: Bool
    /// Who is asked for the names of its peers: 0 is the system.
    let resolver: Int
    /// Those of its servers that are resolved again and again.
    let named: [NamedPeers]
    /// How many of them nothing has been heard of yet.
    private let unheardCount: Atomic<Int>
    /// Where requests wait for that; nil for a group without names.
    let nameQueue: PeerQueue?
    let hasBackups: Bool
    /// Whether there is only one peer, about whom no choice is to be made.
    let isSingle: Bool
    let primarySpread: PeerSpread
    let backupSpread: PeerSpread
    let turns: RoundRobin
    let dice = SharedDice()

    init(
        name: [UInt8], peers: [Peer], balancing: Balancing = .roundRobin,
        key: BalancingKey = .none, sticky: Sticky? = nil, queue: PeerQueue? = nil,
        keepAlive: UpstreamKeepAlive, holdTime: Int? = nil, startTime: Int = 0,
        isImplicit: Bool, resolver: Int = 0,
        resolverTimeout: Int = UpstreamGroup.resolverTimeout,
        named: [NamedPeers] = []
    ) {
        self.name = name
        self.peers = peers
        self.balancing = balancing
        self.key = key
        self.sticky = sticky
        isSticky = sticky != nil
        self.queue = queue
        self.keepAlive = keepAlive
        self.holdTime = holdTime
        self.startTime = startTime
        self.isImplicit = isImplicit
        self.resolver = resolver
        self.named = named
        unheardCount = Atomic(named.count)
        nameQueue =
            named.isEmpty
            ? nil
            : PeerQueue(limit: Self.nameQueueLimit, timeout: resolverTimeout, isForNames: true)
        hasBackups = peers.contains(where: \.isBackup)
        isSingle = peers.count == 1
        primarySpread = PeerSpread(peers, backups: false)
        backupSpread = PeerSpread(peers, backups: true)
        turns = RoundRobin(peers)
    }

    /// How many tries a request has with it.
    ///
    /// Cost: asked for each request, so nothing of the peers is copied.
    var tryCount: Int {
        var count = 0
        for index in peers.indices where !peers[index].isOut && peers[index].health.isPresent {
            count += 1
        }
        return count
    }

    /// Forgets that a peer failed, because it accepts connections again.
    func noteReturn(of peer: Int) { peers[peer].health.noteReturn() }

    // MARK: Names

    /// Whether it may have peers of which nothing has been heard yet.
    var awaitsNames: Bool { unheardCount.load(ordering: .relaxed) > 0 }

    /// Notes that it is known for the first time what one of its names stands for, or that it
    /// cannot be known.
    func noteFirstAnswer() { unheardCount.wrappingSubtract(1, ordering: .relaxed) }

    /// How long names are waited for unless the configuration says so.
    ///
    /// Units: milliseconds.
    static var resolverTimeout: Int { 30_000 }

    /// How many requests may wait for the first addresses of a group.
    private static var nameQueueLimit: Int { 4_096 }

    /// Whether all its peers are processes that are started here, none of which has been seen yet.
    var isStarting: Bool {
        startTime > 0 && peers.allSatisfy { $0.isStarted && !$0.health.hasLived }
    }

    /// Whether all peers are on this host.
    var isLocal: Bool { peers.allSatisfy { $0.target.isLocal } }
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
    /// Whether the configuration says so.
    var isTimeoutSet = false
    /// The age after which a connection is not used again.
    ///
    /// Units: milliseconds.
    var time = 3_600_000
}
