// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// One connection to a peer, and the pool of those that rest between requests.

internal import Memory
internal import OS

/// A connection to a peer.
struct UpstreamConnection: ~Copyable {
    var transport: Transport
    /// An index of `Site.groups`, and of its peers.
    let group: Int
    let peer: Int
    /// The client connection whose exchange it serves; nil while it rests in the pool.
    var client: SlotID?
    /// Bytes received and not passed on.
    ///
    /// Held only while there are any.
    var input: Buffer?
    /// Requests that were sent on it.
    var requestCount = 0
    let openedAt: Instant
    /// When it leaves the pool; meaningful while `client` is nil.
    var idleDeadline = Instant.distantFuture
    /// When its timer fires; a rest that ends later is looked at then.
    var armedAt = Instant.distantFuture
    /// When it entered the pool last.
    var restedAt = Instant.distantFuture

    /// The life of the peer that it belongs to, where the peer is started here.
    var use: PeerUse?

    /// Where it leads to, and where it was made to come from.
    var remote = CompactAddress.unix
    var source: CompactAddress?
    /// With whom TLS is spoken on it; nil where it is not.
    var security: PeerSecurity?
    /// When it has to be asked whether `remote` is still the peer's.
    var addressHoldsUntil = Instant.distantFuture
    /// The peer's address: what `$upstream_addr` says.
    var address: [UInt8] = []

    init(_ transport: consuming Transport, group: Int, peer: Int, at now: Instant) {
        self.transport = transport
        self.group = group
        self.peer = peer
        openedAt = now
    }

    /// How many received bytes wait.
    var inputCount: Int {
        switch input {
        case .some(let input): input.count
        case .none: 0
        }
    }

    /// Receives into the input, taking a buffer from the pool when it has none.
    mutating func receive(_ buffers: inout BufferPool, atMost limit: Int = .max) -> Transfer {
        guard transport.isReadable else { return .wouldBlock }
        var buffer = input.take() ?? buffers.acquire(atLeast: BufferPool.largeCapacity)
        if buffer.room == 0 { buffer.reserve(1) }
        let outcome = transport.receive(into: &buffer, atMost: limit)
        if buffer.isEmpty { buffers.release(buffer) } else { input = consume buffer }
        return outcome
    }

    /// Drops bytes from the front of the input, and the buffer with the last of them.
    mutating func consume(_ byteCount: Int, _ buffers: inout BufferPool) {
        guard var buffer = input.take() else { return }
        buffer.consume(byteCount)
        if buffer.isEmpty { buffers.release(buffer) } else { input = consume buffer }
    }
}
