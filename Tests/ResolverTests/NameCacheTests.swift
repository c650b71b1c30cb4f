// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How long answers and failures hold, who is told, and what is forgotten. No socket, no clock.

import Memory
import OS
import Testing

@testable import Resolver

@Suite struct NameCacheTests {
    private let first = CompactAddress(ipv4: 0xC000_0201, port: 0)
    private let second = CompactAddress(ipv4: 0xC000_0202, port: 0)
    private let waiter = SlotID(index: 7, generation: 1)

    @Test func `a name is asked for once, and all who wait are told`() throws {
        var cache = NameCache(limits: ResolverLimits())
        let name = try name("api")
        #expect(cache.beginQuestion(name, now: at(0)))
        #expect(!cache.beginQuestion(name, now: at(0)))
        let other = SlotID(index: 8, generation: 1)
        #expect(cache.resolution(of: name, waiter: waiter, now: at(0)) == .pending)
        #expect(cache.resolution(of: name, waiter: other, now: at(0)) == .pending)
        #expect(cache.waiterCount == 2)
        #expect(found(&cache, name, first, ttl: 10, at: 5) == [waiter, other])
        #expect(cache.waiterCount == 0)
        #expect(cache.askedCount == 0)
        #expect(cache.resolution(of: name, waiter: waiter, now: at(5)) == .addresses([first]))
    }

    @Test(arguments: [(0, 1_000), (10, 10_000), (1_000_000, 3_600_000), (Int64.max, 3_600_000)])
    func `a TTL holds within limits`(_ ttl: Int64, _ validity: Int64) throws {
        var cache = NameCache(limits: ResolverLimits())
        let name = try name("api")
        #expect(cache.beginQuestion(name, now: at(0)))
        _ = found(&cache, name, first, ttl: ttl, at: 0)
        #expect(!cache.beginQuestion(name, now: at(validity - 1)))
        #expect(cache.beginQuestion(name, now: at(validity)))
    }

    @Test func `a line of the hosts file holds for its own time`() throws {
        var limits = ResolverLimits()
        limits.fixedValidity = 60_000
        var cache = NameCache(limits: limits)
        let name = try name("api")
        #expect(cache.beginQuestion(name, now: at(0)))
        _ = found(&cache, name, first, ttl: nil, at: 0)
        #expect(!cache.beginQuestion(name, now: at(4_999)))
        #expect(cache.beginQuestion(name, now: at(5_000)))
    }

    @Test func `a configured validity replaces the TTL`() throws {
        var limits = ResolverLimits()
        limits.fixedValidity = 30_000
        var cache = NameCache(limits: limits)
        let name = try name("api")
        #expect(cache.beginQuestion(name, now: at(0)))
        _ = found(&cache, name, first, ttl: 1, at: 0)
        #expect(!cache.beginQuestion(name, now: at(29_999)))
        #expect(cache.beginQuestion(name, now: at(30_000)))
    }

    @Test func `an old answer is used while a new one is asked for, but not for ever`() throws {
        var cache = NameCache(limits: ResolverLimits())
        let name = try name("api")
        #expect(cache.beginQuestion(name, now: at(0)))
        _ = found(&cache, name, first, ttl: 10, at: 0)
        #expect(cache.beginQuestion(name, now: at(10_000)))
        #expect(cache.resolution(of: name, waiter: waiter, now: at(69_999)) == .addresses([first]))
        #expect(cache.resolution(of: name, waiter: waiter, now: at(70_000)) == .pending)
        #expect(found(&cache, name, second, ttl: 10, at: 70_000) == [waiter])
        #expect(cache.resolution(of: name, waiter: waiter, now: at(70_000)) == .addresses([second]))
    }

    @Test func `an old answer outlives a name server that is down`() throws {
        var cache = NameCache(limits: ResolverLimits())
        let name = try name("api")
        #expect(cache.beginQuestion(name, now: at(0)))
        _ = found(&cache, name, first, ttl: 10, at: 0)
        #expect(cache.beginQuestion(name, now: at(80_000)))
        _ = failed(&cache, name, .timedOut, at: 86_000)
        let soon = cache.resolution(of: name, waiter: waiter, now: at(86_000))
        #expect(soon == .addresses([first]))
        let last = cache.resolution(of: name, waiter: waiter, now: at(3_609_999))
        #expect(last == .addresses([first]))
        let late = cache.resolution(of: name, waiter: waiter, now: at(3_610_000))
        #expect(late == .failed(.timedOut))
    }

    @Test func `an old answer ends when the name does`() throws {
        var cache = NameCache(limits: ResolverLimits())
        let name = try name("api")
        #expect(cache.beginQuestion(name, now: at(0)))
        _ = found(&cache, name, first, ttl: 10, at: 0)
        #expect(cache.beginQuestion(name, now: at(10_000)))
        _ = failed(&cache, name, .notFound, at: 10_000)
        let resolution = cache.resolution(of: name, waiter: waiter, now: at(10_000))
        #expect(resolution == .failed(.notFound))
    }

    @Test func `a failure is remembered for a short time`() throws {
        var cache = NameCache(limits: ResolverLimits())
        let name = try name("api")
        #expect(cache.beginQuestion(name, now: at(0)))
        _ = failed(&cache, name, .refused, at: 0)
        #expect(!cache.beginQuestion(name, now: at(1_999)))
        let resolution = cache.resolution(of: name, waiter: waiter, now: at(1_999))
        #expect(resolution == .failed(.refused))
        #expect(cache.beginQuestion(name, now: at(2_000)))
        #expect(cache.resolution(of: name, waiter: waiter, now: at(2_000)) == .pending)
    }

    @Test func `a full cache forgets the name that ends first`() throws {
        var limits = ResolverLimits()
        limits.nameLimit = 2
        var cache = NameCache(limits: limits)
        let (long, short, new) = (try name("long"), try name("short"), try name("new"))
        for (name, ttl) in [(long, Int64(100)), (short, 10)] {
            #expect(cache.beginQuestion(name, now: at(0)))
            _ = found(&cache, name, first, ttl: ttl, at: 0)
        }
        #expect(cache.beginQuestion(new, now: at(1)))
        #expect(cache.count == 2)
        #expect(!cache.beginQuestion(long, now: at(1)))
        #expect(cache.resolution(of: long, waiter: waiter, now: at(1)) == .addresses([first]))
        // The only other name is being asked for: that of "long" has to go.
        #expect(cache.beginQuestion(short, now: at(1)))
        // Now nothing can be forgotten.
        #expect(!cache.beginQuestion(long, now: at(1)))
        let resolution = cache.resolution(of: long, waiter: waiter, now: at(1))
        #expect(resolution == .failed(.tooManyQuestions))
    }

    @Test func `only so many may wait`() throws {
        var limits = ResolverLimits()
        limits.waiterLimit = 1
        var cache = NameCache(limits: limits)
        let name = try name("api")
        #expect(cache.beginQuestion(name, now: at(0)))
        #expect(cache.resolution(of: name, waiter: waiter, now: at(0)) == .pending)
        let resolution = cache.resolution(of: name, waiter: waiter, now: at(0))
        #expect(resolution == .failed(.tooManyQuestions))
    }

    @Test func `only so many addresses are kept`() throws {
        var limits = ResolverLimits()
        limits.addressLimit = 3
        var cache = NameCache(limits: limits)
        let name = try name("api")
        #expect(cache.beginQuestion(name, now: at(0)))
        let many = (0..<10).map { CompactAddress(ipv4: $0, port: 0) }
        var finished: [SlotID] = []
        let answer = Answer(name: name, outcome: .found(many, ttlSeconds: 10))
        cache.record(answer, now: at(0), finished: &finished)
        let resolution = cache.resolution(of: name, waiter: waiter, now: at(0))
        #expect(resolution == .addresses(Array(many[..<3])))
    }

    private func name(_ text: String) throws -> QueryName {
        try #require(QueryName(Array(text.utf8)))
    }

    private func at(_ milliseconds: Int64) -> Instant { Instant(milliseconds: milliseconds) }

    private func found(
        _ cache: inout NameCache, _ name: QueryName, _ address: CompactAddress, ttl: Int64?,
        at time: Int64
    ) -> [SlotID] {
        var finished: [SlotID] = []
        let answer = Answer(name: name, outcome: .found([address], ttlSeconds: ttl))
        cache.record(answer, now: at(time), finished: &finished)
        return finished
    }

    private func failed(
        _ cache: inout NameCache, _ name: QueryName, _ failure: ResolutionFailure, at time: Int64
    ) -> [SlotID] {
        var finished: [SlotID] = []
        let answer = Answer(name: name, outcome: .failed(failure))
        cache.record(answer, now: at(time), finished: &finished)
        return finished
    }
}
