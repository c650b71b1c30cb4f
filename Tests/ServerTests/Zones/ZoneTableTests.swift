// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A zone as several processes see it.

import OS
import Testing

@testable import Server

/// Two processes that share a zone of a given size.
struct SharedZone {
    let board: ProcessBoard
    let one: ZoneTable
    let other: ZoneTable

    /// - Parameter bucketCount: with one bucket every key meets every other one.
    init(bucketCount: Int = 1) throws {
        board = ProcessBoard(try SharedMemory(privateByteCount: ProcessBoard.byteCount))
        let memory = try SharedMemory(privateByteCount: 1024 * (bucketCount + 1))
        let leases = (try #require(board.grant(serial: 1)), try #require(board.grant(serial: 2)))
        one = ZoneTable(memory, board: board, lease: leases.0)
        other = ZoneTable(memory, board: board, lease: leases.1)
    }

    func key(_ text: String) -> ZoneKey { one.key(of: bytes(text).span) }
}

@Suite struct ZoneTableTests {
    @Test func `what one process keeps of a key another finds`() throws {
        let zone = try SharedZone(bucketCount: 8)
        let key = zone.key("a")
        #expect(zone.one.lock(key))
        let place = try #require(zone.one.emptyPlace(for: key))
        zone.one.setWord(.max, place, key)
        zone.one.setHalf(7, 0, place, key)
        zone.one.setHalf(9, 1, place, key)
        #expect(zone.one.place(of: key) == nil)
        zone.one.take(place, for: key)
        zone.one.unlock(key)

        let same = zone.other.key(of: bytes("a").span)
        #expect(same == key)
        #expect(zone.other.lock(same))
        let found = try #require(zone.other.place(of: same))
        #expect(zone.other.word(found, same) == .max)
        #expect(zone.other.half(0, found, same) == 7 && zone.other.half(1, found, same) == 9)
        zone.other.empty(found, in: same)
        #expect(zone.one.place(of: key) == nil)
    }

    @Test func `entries of one bucket do not touch each other`() throws {
        let zone = try SharedZone()
        for number in 0..<ZoneTable.placeCount {
            let key = zone.key("\(number)")
            let place = try #require(zone.one.emptyPlace(for: key))
            zone.one.setWord(UInt64(number), place, key)
            zone.one.setHalf(UInt32(number), 0, place, key)
            zone.one.setHalf(UInt32(number), 1, place, key)
            zone.one.take(place, for: key)
        }
        for number in 0..<ZoneTable.placeCount {
            let key = zone.key("\(number)")
            let place = try #require(zone.one.place(of: key))
            #expect(zone.one.word(place, key) == UInt64(number))
            #expect(zone.one.half(0, place, key) == UInt32(number))
            #expect(zone.one.half(1, place, key) == UInt32(number))
        }
        #expect(zone.one.place(of: zone.key("another")) == nil)
        #expect(zone.one.emptyPlace(for: zone.key("another")) == nil)
    }

    @Test func `entries of one key are found one after the other`() throws {
        let zone = try SharedZone()
        let key = zone.key("a")
        for place in [3, 8] { zone.one.take(place, for: key) }
        #expect(zone.one.place(of: key) == 3)
        #expect(zone.one.place(of: key, from: 4) == 8)
        #expect(zone.one.place(of: key, from: 9) == nil)
    }

    @Test func `every key belongs into the memory there is`() throws {
        let zone = try SharedZone(bucketCount: 3)
        var buckets: Set<Int> = []
        for number in 0..<200 {
            let key = zone.key("\(number)")
            #expect(key.tag != 0)
            buckets.insert(key.bucket)
        }
        #expect(buckets == [0, 1, 2])
    }

    @Test func `a process that dies within a bucket empties it`() throws {
        let zone = try SharedZone()
        let key = zone.key("a")
        #expect(zone.one.lock(key))
        zone.one.take(0, for: key)
        #expect(!zone.other.lock(key))
        zone.board.revoke(zone.one.lease)
        #expect(!zone.other.isAlive(zone.one.lease.rawValue))
        #expect(zone.other.lock(key))
        #expect(zone.other.place(of: key) == nil)
        zone.other.unlock(key)
    }
}
