// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// That a peer is at work for somebody.

internal import OS

/// A request that a peer is counted to be answering, from its choice until the value goes.
///
/// Why: a value that ends what it stands for. However a request ends, its peer is free again.
struct PeerLease: ~Copyable {
    let group: UpstreamGroup
    let peer: Int
    private let startedAt: Instant
    /// Whether it is counted among those that are not answered.
    private var isUnfinished = false

    /// Takes over the request that `UpstreamGroup.select` has counted.
    init(adopting peer: Int, of group: UpstreamGroup, at now: Instant) {
        self.group = group
        self.peer = peer
        startedAt = now
        guard let time = group.balancing.responseTime, time.countsUnfinished else { return }
        group.peers[peer].health.times.begin(at: now)
        isUnfinished = true
    }

    /// Notes that the peer has been connected to.
    mutating func noteConnection(at now: Instant) {
        guard let time = group.balancing.responseTime, time.toConnection else { return }
        group.peers[peer].health.times.noteHead(Int(now - startedAt))
        finish()
    }

    /// Notes that the head of an answer has arrived.
    ///
    /// Spec: nginx ngx_http_upstream_least_time_notify: where the end of an answer does not matter,
    ///       a request is over with its head.
    mutating func noteHead(at now: Instant) {
        guard let time = group.balancing.responseTime, time.toHead, !time.toConnection else {
            return
        }
        group.peers[peer].health.times.noteHead(Int(now - startedAt))
        finish()
    }

    /// Notes that an answer has ended.
    func noteEnd(at now: Instant) {
        guard let time = group.balancing.responseTime, !time.toHead else { return }
        group.peers[peer].health.times.noteResponse(Int(now - startedAt))
    }

    private mutating func finish() {
        guard isUnfinished else { return }
        isUnfinished = false
        group.peers[peer].health.times.end(startedAt: startedAt)
    }

    deinit {
        if isUnfinished { group.peers[peer].health.times.end(startedAt: startedAt) }
        group.release(peer)
    }
}
