// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the checks of one process leave to the next one.

internal import Memory

/// The verdicts of health checks in memory that outlives the process.
///
/// Limits: `byteCount` of memory. Where a bucket of the table is full, a verdict is forgotten with
///         the process.
struct HealthMemory: BitwiseCopyable, Sendable {
    private let table: ZoneTable

    init(_ table: ZoneTable) { self.table = table }

    static var byteCount: Int { 256 << 10 }

    /// The zone that holds it.
    static var zone: SiteZone {
        SiteZone(
            name: Array("verdicts".utf8), use: .health, key: Template(literal: []), keyText: [],
            byteCount: byteCount)
    }

    /// What is known of a peer from before; nil when nothing is.
    func verdict(of peer: [UInt8], in group: [UInt8], by check: HealthCheck)
        -> HealthVerdict.State?
    {
        let key = key(of: peer, in: group, by: check)
        guard table.lock(key) else { return nil }
        defer { table.unlock(key) }
        return table.place(of: key).flatMap { place in
            HealthVerdict.State(rawValue: table.half(0, place, key))
        }
    }

    /// Leaves a verdict to whoever comes next.
    func remember(
        _ state: HealthVerdict.State, of peer: [UInt8], in group: [UInt8], by check: HealthCheck
    ) {
        let key = key(of: peer, in: group, by: check)
        guard table.lock(key) else { return }
        defer { table.unlock(key) }
        var place = table.place(of: key)
        if place == nil, let empty = table.emptyPlace(for: key) {
            table.take(empty, for: key)
            place = empty
        }
        if let place { table.setHalf(state.rawValue, 0, place, key) }
    }

    /// Another question is another check: what it says of a peer is not known yet.
    private func key(of peer: [UInt8], in group: [UInt8], by check: HealthCheck) -> ZoneKey {
        let port = check.port.map { Array("\($0)".utf8) } ?? []
        // A group of sessions may be called as one of requests.
        let question = check.kind == .request ? check.target : Array(check.kind.rawValue.utf8)
        let text = [group, peer, question, check.matchName, port].joined(separator: [0])
        return table.key(of: Array(text).span)
    }
}
