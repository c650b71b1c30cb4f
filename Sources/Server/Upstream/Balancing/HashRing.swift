// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Consistent hashing: where on a ring which peer is responsible.

/// The points of all peers of a group, by their places on a ring of 32-bit numbers.
///
/// Spec: nginx `hash … consistent`, which agrees with Cache::Memcached::Fast: 160 points for each
///       unit of weight, at crc32(HOST \0 PORT PREVIOUS).
/// Why: when a peer comes or goes, only what belongs to it moves.
struct HashRing: Sendable {
    private struct Point: BitwiseCopyable, Sendable {
        var place: UInt32
        /// The number of a server; several peers are one where they are written alike.
        var server: Int32
    }

    private var points: [Point] = []
    /// The numbers of the servers by peers.
    private let servers: [Int32]

    init(_ peers: [Peer]) {
        var numbers: [[UInt8]: Int32] = [:]
        servers = peers.map { peer in
            if let number = numbers[peer.ringText] { return number }
            let number = Int32(numbers.count)
            numbers[peer.ringText] = number
            return number
        }
        for (index, peer) in peers.enumerated() where !peer.isBackup {
            add(peer.ringText, servers[index], count: peer.weight * Self.pointsByWeight)
        }
        points.sort { $0.place < $1.place }
        // Where two meet, the first of them holds the place.
        var count = 0
        for point in points where count == 0 || points[count - 1].place != point.place {
            points[count] = point
            count += 1
        }
        points.removeLast(points.count - count)
    }

    private static var pointsByWeight: Int { 160 }

    /// Limits: the sum of all weights, so that a ring has at most 16 million points.
    static var weightLimit: Int { 100_000 }

    private mutating func add(_ text: [UInt8], _ server: Int32, count: Int) {
        let (host, port) = Self.split(text)
        var base = CRC32()
        base.add(host)
        base.add(0)
        base.add(port)
        var previous: UInt32 = 0
        for _ in 0..<count {
            var sum = base
            for shift in [0, 8, 16, 24] as [UInt32] {
                sum.add(UInt8(truncatingIfNeeded: previous >> shift))
            }
            points.append(Point(place: sum.value, server: server))
            previous = sum.value
        }
    }

    private static func split(_ text: [UInt8]) -> (host: ArraySlice<UInt8>, port: ArraySlice<UInt8>)
    {
        let scheme = Array("unix:".utf8)
        if text.count >= scheme.count,
            text.prefix(scheme.count).map({ $0 | 0x20 }).elementsEqual(scheme.map { $0 | 0x20 })
        {
            return (text[scheme.count...], [])
        }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard let end = text.lastIndex(where: { !digits.contains($0) }),
            text[end] == UInt8(ascii: ":")
        else { return (text[...], []) }
        return (text[..<end], text[(end + 1)...])
    }

    /// How many points there are.
    var count: Int { points.count }

    /// The first point at or behind a place; `count` for none, which is the first one again.
    func index(of place: UInt32) -> Int {
        var low = 0
        var high = points.count
        while low < high {
            let middle = (low + high) / 2
            if points[middle].place < place { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Whether a peer is responsible at a point.
    func serves(_ peer: Int, at index: Int) -> Bool {
        points[index % points.count].server == servers[peer]
    }
}

extension Peer {
    /// What places it on a ring.
    fileprivate var ringText: [UInt8] { serverText.isEmpty ? name : serverText }
}
