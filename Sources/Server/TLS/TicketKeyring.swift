// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The keys of tickets, in memory that all threads, and workers before and after this one, share.

internal import Memory
internal import OS
internal import Synchronization
internal import TLS

/// Keys that nobody has given us: made here, replaced in time, and then forgotten.
///
/// Three of them: the one for new tickets, the one before it, and the next one, which all processes
/// know before anybody uses it.
///
///     | lock | … | until, key | until, key | until, key |
///
/// Spec: nginx ngx_ssl_rotate_ticket_keys.
final class TicketKeyring: TLSTicketKeys {
    private let table = Mutex<ZoneTable?>(nil)

    /// The zone that holds them.
    static var zone: SiteZone {
        SiteZone(
            name: Array("tickets".utf8), use: .tickets, key: Template(literal: []), keyText: [],
            byteCount: 64 << 10)
    }

    /// Uses memory from now on; until then nobody gets a ticket.
    func use(_ new: ZoneTable) { table.withLock { $0 = new } }

    func key(forSeconds seconds: Int) -> TLSTicketKey? {
        change { memory in
            let now = Self.now
            Self.rotate(memory, now: now, until: now + Int64(seconds))
            return Self.key(0, memory)
        }
    }

    func key(named name: [UInt8]) -> (key: TLSTicketKey, isCurrent: Bool)? {
        change { memory in
            for number in 0..<2 {
                guard let key = Self.key(number, memory), key.name == name,
                    Self.end(number, memory) >= Self.now
                else { continue }
                return (key, number == 0)
            }
            return nil
        }
    }

    private func change<Result>(_ body: (SharedMemory) -> Result?) -> Result? {
        guard let table = table.withLock({ $0 }) else { return nil }
        return table.withHead(at: Self.lockOffset, count: Self.byteCount) { body($0) }
    }

    // MARK: The memory

    private static var lockOffset: Int { 64 }
    private static var firstOffset: Int { 128 }
    /// A word and the key.
    private static var keyByteCount: Int { 8 + TLSTicketKey.byteCount }
    private static var byteCount: Int { 64 + 3 * keyByteCount }

    private static var now: Int64 { Instant.now().milliseconds / 1000 }

    private static func offset(_ number: Int) -> Int { firstOffset + number * keyByteCount }

    private static func end(_ number: Int, _ memory: SharedMemory) -> Int64 {
        Int64(bitPattern: memory.word(at: offset(number)))
    }

    private static func key(_ number: Int, _ memory: SharedMemory) -> TLSTicketKey? {
        guard end(number, memory) > 0 else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: TLSTicketKey.byteCount, by: 8) {
            let word = memory.word(at: offset(number) + 8 + place)
            for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * shift))) }
        }
        return TLSTicketKey(bytes)
    }

    private static func copy(_ from: Int, to: Int, _ memory: SharedMemory) {
        for place in stride(from: 0, to: keyByteCount, by: 8) {
            memory.setWord(memory.word(at: offset(from) + place), at: offset(to) + place)
        }
    }

    private static func make(_ number: Int, _ memory: SharedMemory) {
        let bytes = Random.bytes(TLSTicketKey.byteCount)
        for place in stride(from: 0, to: TLSTicketKey.byteCount, by: 8) {
            memory.setWord(bytes.span.word(at: place), at: offset(number) + 8 + place)
        }
    }

    /// Lets the next key take the place of the current one, once the one before has had its time.
    private static func rotate(_ memory: SharedMemory, now: Int64, until end: Int64) {
        func set(_ number: Int, _ value: Int64) {
            memory.setWord(UInt64(bitPattern: value), at: offset(number))
        }
        if Self.end(0, memory) == 0 {
            make(0, memory)
            set(0, end)
            copy(0, to: 2, memory)
        }
        if Self.end(1, memory) < now {
            copy(0, to: 1, memory)
            copy(2, to: 0, memory)
            make(2, memory)
        }
        if Self.end(0, memory) < end { set(0, end) }
    }
}
