// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the names of one process stand for, for the next one.

internal import Memory
internal import OS
internal import Resolver

/// The addresses of names in memory that outlives the process.
///
/// Why: a new process knows no address until a name server has answered. It may be down just then,
///      and a reload must not end what has worked.
/// Limits: `byteCount` of memory. Where a bucket of the table is full, an address is forgotten with
///         the process.
struct NameMemory: BitwiseCopyable, Sendable {
    private let table: ZoneTable

    init(_ table: ZoneTable) { self.table = table }

    static var byteCount: Int { 256 << 10 }

    /// The zone that holds it.
    static var zone: SiteZone {
        SiteZone(
            name: Array("addresses".utf8), use: .names, key: Template(literal: []), keyText: [],
            byteCount: byteCount)
    }

    /// What a line of a group stood for last.
    func endpoints(of line: PeerName, in group: [UInt8]) -> [ServiceEndpoint] {
        let key = key(of: line, in: group, number: nil)
        guard table.lock(key) else { return [] }
        let count = table.place(of: key).map { Int(table.half(0, $0, key)) } ?? 0
        table.unlock(key)
        return (0..<min(count, Self.endpointLimit)).compactMap { number in
            endpoint(self.key(of: line, in: group, number: number))
        }
    }

    /// Leaves what a line of a group stands for to whoever comes next.
    func remember(_ endpoints: [ServiceEndpoint], of line: PeerName, in group: [UInt8]) {
        var count = 0
        for endpoint in endpoints.prefix(Self.endpointLimit) {
            guard store(endpoint, key(of: line, in: group, number: count)) else { break }
            count += 1
        }
        let key = key(of: line, in: group, number: nil)
        guard table.lock(key) else { return }
        defer { table.unlock(key) }
        guard let place = place(key) else { return }
        table.setHalf(UInt32(count), 0, place, key)
    }

    /// As many as a line has places for.
    private static var endpointLimit: Int { 2 * NamedPeers.slotLimit }

    // MARK: Entries

    /// Puts an endpoint into two entries of the same key, for the halves of its address.
    ///
    /// Both are in one bucket, so one lock keeps them together.
    private func store(_ endpoint: ServiceEndpoint, _ key: ZoneKey) -> Bool {
        guard table.lock(key) else { return false }
        defer { table.unlock(key) }
        guard let first = place(key), let second = place(key, after: first) else { return false }
        let address = endpoint.address
        table.setWord(address.high, first, key)
        let kind: UInt32 = address.family == .ipv6 ? 6 : 4
        table.setHalf(kind << 16 | UInt32(address.port), 0, first, key)
        table.setHalf(UInt32(endpoint.priority) << 16 | UInt32(endpoint.weight), 1, first, key)
        table.setWord(address.low, second, key)
        return true
    }

    private func endpoint(_ key: ZoneKey) -> ServiceEndpoint? {
        guard table.lock(key) else { return nil }
        defer { table.unlock(key) }
        guard let first = table.place(of: key), let second = table.place(of: key, from: first + 1)
        else { return nil }
        let kind = table.half(0, first, key), rank = table.half(1, first, key)
        let port = UInt16(truncatingIfNeeded: kind)
        let low = table.word(second, key)
        let address: CompactAddress
        switch kind >> 16 {
        case 4: address = CompactAddress(ipv4: UInt32(truncatingIfNeeded: low), port: port)
        case 6: address = CompactAddress(ipv6: table.word(first, key), low, port: port)
        default: return nil
        }
        return ServiceEndpoint(
            address: address, priority: UInt16(truncatingIfNeeded: rank >> 16),
            weight: UInt16(truncatingIfNeeded: rank))
    }

    /// The place of a key, made if need be; the bucket is locked.
    private func place(_ key: ZoneKey, after other: Int = -1) -> Int? {
        if let place = table.place(of: key, from: other + 1) { return place }
        guard let empty = table.emptyPlace(for: key) else { return nil }
        table.take(empty, for: key)
        return empty
    }

    /// - Parameter number: which endpoint; nil for how many there are.
    private func key(of line: PeerName, in group: [UInt8], number: Int?) -> ZoneKey {
        let parts = [
            group, line.host, line.service ?? [], number.map { Array("\($0)".utf8) } ?? [],
        ]
        return table.key(of: Array(parts.joined(separator: [0])).span)
    }
}
