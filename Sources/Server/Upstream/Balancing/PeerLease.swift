// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// That a peer is at work for somebody.

/// A request that a peer is counted to be answering, from its choice until the value goes.
///
/// Why: a value that ends what it stands for. However a request ends, its peer is free again.
struct PeerLease: ~Copyable {
    let group: UpstreamGroup
    let peer: Int

    /// Takes over the request that `UpstreamGroup.select` has counted.
    init(adopting peer: Int, of group: UpstreamGroup) {
        self.group = group
        self.peer = peer
    }

    deinit { group.release(peer) }
}
