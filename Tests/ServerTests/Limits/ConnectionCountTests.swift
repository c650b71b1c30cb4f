// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How many requests of a key several processes serve together.

import OS
import Testing

@testable import Server

@Suite struct ConnectionCountTests {
    @Test func `all processes count together`() throws {
        let zone = try SharedZone()
        let key = zone.key("a")
        let (one, other) = (ConnectionCount(table: zone.one), ConnectionCount(table: zone.other))
        #expect(one.enter(key, limit: 3) == .passed)
        #expect(one.enter(key, limit: 3) == .passed)
        #expect(other.enter(key, limit: 3) == .passed)
        #expect(one.enter(key, limit: 3) == .rejected)
        #expect(other.enter(key, limit: 3) == .rejected)
        #expect(other.enter(zone.key("b"), limit: 3) == .passed)
        ConnectionHold(count: one, key: key).end()
        #expect(other.enter(key, limit: 3) == .passed)
        #expect(other.enter(key, limit: 3) == .rejected)
    }

    @Test func `nobody gives back what another holds`() throws {
        let zone = try SharedZone()
        let key = zone.key("a")
        #expect(ConnectionCount(table: zone.one).enter(key, limit: 1) == .passed)
        ConnectionCount(table: zone.other).leave(key)
        #expect(ConnectionCount(table: zone.other).enter(key, limit: 1) == .rejected)
    }

    @Test func `what a process held ends with it`() throws {
        let zone = try SharedZone()
        let key = zone.key("a")
        #expect(ConnectionCount(table: zone.one).enter(key, limit: 1) == .passed)
        zone.board.revoke(zone.one.lease)
        #expect(ConnectionCount(table: zone.other).enter(key, limit: 1) == .passed)
        #expect(ConnectionCount(table: zone.other).enter(key, limit: 1) == .rejected)
    }

    @Test func `a full bucket refuses, until somebody leaves or dies`() throws {
        let zone = try SharedZone()
        let (one, other) = (ConnectionCount(table: zone.one), ConnectionCount(table: zone.other))
        for number in 0..<ZoneTable.placeCount {
            #expect(one.enter(zone.key("\(number)"), limit: 1) == .passed)
        }
        #expect(other.enter(zone.key("a"), limit: 1) == .full)
        one.leave(zone.key("7"))
        #expect(other.enter(zone.key("a"), limit: 1) == .passed)
        #expect(other.enter(zone.key("b"), limit: 1) == .full)
        zone.board.revoke(zone.one.lease)
        #expect(other.enter(zone.key("b"), limit: 1) == .passed)
    }

    @Test func `keys that have left take no room`() throws {
        let zone = try SharedZone()
        let count = ConnectionCount(table: zone.one)
        for number in 0..<3 * ZoneTable.placeCount {
            #expect(count.enter(zone.key("\(number)"), limit: 1) == .passed)
            count.leave(zone.key("\(number)"))
        }
    }
}
