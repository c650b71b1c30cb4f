// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which peer has which session, in memory that reloads and crashes leave alone.

internal import Memory
internal import OS

/// The sessions of a group: by a hash of their names, the hash of the name of a peer.
///
///     an entry: | key | peer | time of the last use | – |
///
/// Limits: a bucket that is full forgets whoever was not seen for longest.
struct StickySessions {
    let table: ZoneTable
    /// Units: milliseconds.
    let timeout: Int

    /// What stands for the name of a peer.
    func mark(ofRoute route: [UInt8]) -> UInt64 { table.key(of: route.span).rest }

    /// The mark of the peer that has a session.
    func peer(of session: Span<UInt8>, at now: Instant) -> UInt64? {
        let key = table.key(of: session)
        guard table.lock(key) else { return nil }
        defer { table.unlock(key) }
        guard let place = table.place(of: key) else { return nil }
        guard age(of: place, key, now) <= timeout else {
            table.empty(place, in: key)
            return nil
        }
        return table.word(place, key)
    }

    /// Notes who has answered in a session; begins it only where it is asked for.
    func learn(_ session: Span<UInt8>, _ mark: UInt64, creates: Bool, at now: Instant) {
        let key = table.key(of: session)
        guard table.lock(key) else { return }
        defer { table.unlock(key) }
        var known = table.place(of: key)
        // It may have ended while the answer was on its way.
        if let place = known, age(of: place, key, now) > timeout {
            table.empty(place, in: key)
            known = nil
        }
        guard known != nil || creates else { return }
        let place = known ?? table.emptyPlace(for: key) ?? oldest(key, now)
        table.setWord(mark, place, key)
        table.setHalf(Self.time(now), 0, place, key)
        table.take(place, for: key)
    }

    private func oldest(_ key: ZoneKey, _ now: Instant) -> Int {
        var oldest = 0
        for place in 1..<ZoneTable.placeCount
        where age(of: place, key, now) > age(of: oldest, key, now) {
            oldest = place
        }
        return oldest
    }

    private func age(of place: Int, _ key: ZoneKey, _ now: Instant) -> Int {
        Int(Self.time(now) &- table.half(0, place, key))
    }

    /// Units: milliseconds, which begin anew after 49 days.
    private static func time(_ now: Instant) -> UInt32 {
        UInt32(truncatingIfNeeded: now.milliseconds)
    }
}
