// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Choosing by a hash of the request or of its client: `hash` and `ip_hash`.

extension UpstreamGroup {
    /// How often a hash may lead to peers that cannot be asked, before the turn decides.
    ///
    /// Spec: nginx.
    static var missLimit: Int { 20 }

    /// Chooses by the key of the request.
    ///
    /// Spec: nginx `hash`, which agrees with Cache::Memcached: (crc32([REHASH] KEY) >> 16 & 0x7fff)
    ///       plus the hash before. nil says that the turn decides.
    func hashedChoice(_ request: inout PeerRequest, among eligible: PeerSet) -> Int? {
        guard !request.key.isEmpty, spread(request).count > 1 else { return nil }
        while request.missCount <= Self.missLimit {
            var sum = CRC32()
            if request.rehashCount > 0 { sum.add(String(request.rehashCount).utf8) }
            sum.add(request.key)
            let hash = (request.hash ?? 0) &+ UInt64(sum.value >> 16 & 0x7FFF)
            request.hash = hash
            request.rehashCount += 1
            let index = peer(at: hash, request)
            if eligible.contains(index) { return index }
            request.missCount += 1
        }
        return nil
    }

    /// Chooses by the address of the client.
    ///
    /// Spec: nginx `ip_hash`: three bytes of an IPv4 address, all of an IPv6 address. What follows
    ///       a failure goes on from the hash that has led there.
    func addressChoice(_ request: inout PeerRequest, among eligible: PeerSet) -> Int? {
        guard spread(request).count > 1 else { return nil }
        var hash = request.hash ?? Self.addressHashStart
        while request.missCount <= Self.missLimit {
            for byte in request.key { hash = (hash * 113 + UInt64(byte)) % 6271 }
            let index = peer(at: hash, request)
            if eligible.contains(index) {
                request.hash = hash
                return index
            }
            request.missCount += 1
        }
        return nil
    }

    private static var addressHashStart: UInt64 { 89 }

    /// Chooses by the place of the key on the ring.
    ///
    /// Spec: nginx `hash … consistent`. Peers that are written alike share their points by turns.
    func ringChoice(
        _ ring: HashRing, _ request: inout PeerRequest, among eligible: PeerSet, at now: Int
    ) -> Int? {
        guard !request.key.isEmpty, !isSingle, ring.count > 0 else { return nil }
        var point: UInt64
        if let known = request.hash {
            point = known
        } else {
            var sum = CRC32()
            sum.add(request.key)
            point = UInt64(ring.index(of: sum.value))
        }
        defer { request.hash = point }
        while request.missCount <= Self.missLimit {
            var owners = PeerSet()
            for index in 0..<peers.count
            where eligible.contains(index) && ring.serves(index, at: Int(point)) {
                owners.insert(index)
            }
            if let index = turns.next(among: owners, of: peers, at: now) { return index }
            point += 1
            request.missCount += 1
        }
        return nil
    }

    /// The peer whose share of the weights a number falls into.
    private func peer(at hash: UInt64, _ request: PeerRequest) -> Int {
        let total = max(1, spread(request).weight)
        var rest = Int(hash % UInt64(total))
        for index in 0..<peers.count where isSpreadOver(index, request) {
            rest -= peers[index].currentWeight
            if rest < 0 { return index }
        }
        return 0
    }

    /// The peers among whom a request is spread, those included that cannot be asked.
    func spread(_ request: PeerRequest) -> PeerSpread {
        guard named.isEmpty else { return PeerSpread(peers, backups: request.asksBackups) }
        return request.asksBackups ? backupSpread : primarySpread
    }

    /// Whether a peer is one of them.
    func isSpreadOver(_ index: Int, _ request: PeerRequest) -> Bool {
        peers[index].isBackup == request.asksBackups && peers[index].health.isPresent
    }
}

/// How many peers there are of a kind, and their weights together.
struct PeerSpread: BitwiseCopyable, Sendable {
    var count = 0
    var weight = 0

    init(_ peers: [Peer], backups: Bool) {
        for peer in peers where peer.isBackup == backups && peer.health.isPresent {
            count += 1
            weight += peer.currentWeight
        }
    }
}
