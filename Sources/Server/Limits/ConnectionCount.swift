// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How many requests of a key are being served, by all processes together.

internal import Memory
internal import OS

/// One `limit_conn`.
struct ConnectionLimit: BitwiseCopyable, Sendable, Equatable {
    /// An index of `Site.zones`.
    let zone: Int
    let count: Int
}

/// The requests of keys that are being served, in a table.
///
/// Every process has an entry of its own for a key, so that what a process held ends with it: the
/// entry says whose it is, and nobody believes one of a process that is gone.
struct ConnectionCount: BitwiseCopyable {
    let table: ZoneTable

    enum Verdict: BitwiseCopyable, Equatable {
        /// Counted, until it is given back.
        case passed
        case rejected
        /// There is no room for another key.
        case full
    }

    /// Counts a request of a key, unless there are too many.
    func enter(_ key: ZoneKey, limit: Int) -> Verdict {
        guard table.lock(key) else { return .full }
        defer { table.unlock(key) }
        var total = 0
        var own: Int?
        var next = 0
        while let place = table.place(of: key, from: next) {
            next = place + 1
            let lease = table.half(0, place, key)
            if lease == table.lease.rawValue { own = place }
            guard table.isAlive(lease) else {
                table.empty(place, in: key)
                continue
            }
            total += Int(table.half(1, place, key))
        }
        if total >= limit { return .rejected }
        if let own {
            table.setHalf(table.half(1, own, key) &+ 1, 1, own, key)
            return .passed
        }
        guard let place = table.emptyPlace(for: key) ?? placeOfDead(in: key) else { return .full }
        table.setHalf(table.lease.rawValue, 0, place, key)
        table.setHalf(1, 1, place, key)
        table.take(place, for: key)
        return .passed
    }

    /// Gives one back.
    func leave(_ key: ZoneKey) {
        guard table.lock(key) else { return }
        defer { table.unlock(key) }
        var next = 0
        while let place = table.place(of: key, from: next) {
            next = place + 1
            guard table.half(0, place, key) == table.lease.rawValue else { continue }
            let count = table.half(1, place, key)
            if count <= 1 {
                table.empty(place, in: key)
            } else {
                table.setHalf(count - 1, 1, place, key)
            }
            return
        }
    }

    /// A place whose process is gone.
    private func placeOfDead(in key: ZoneKey) -> Int? {
        (0..<ZoneTable.placeCount).first { !table.isAlive(table.half(0, $0, key)) }
    }
}

/// A request that is counted.
struct ConnectionHold: BitwiseCopyable {
    let count: ConnectionCount
    let key: ZoneKey

    /// Gives it back.
    func end() { count.leave(key) }
}
