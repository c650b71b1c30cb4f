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
        let cache = TimedCache(ResolverLimits())
        let name = try name("api")
        #expect(cache.asks(name, at: 0))
        #expect(!cache.asks(name, at: 0))
        let other = SlotID(index: 8, generation: 1)
        #expect(cache.tell(name, at: 0) == .pending)
        #expect(cache.tell(name, waiter: other, at: 0) == .pending)
        #expect(cache.cache.waiterCount == 2)
        #expect(cache.found(name, first, ttl: 10, at: 5) == [waiter, other])
        #expect(cache.cache.waiterCount == 0)
        #expect(cache.cache.askedCount == 0)
        #expect(cache.tell(name, at: 5) == .addresses([first]))
    }

    @Test(arguments: [
        (Int64(0), Int64(1_000)), (10, 10_000), (1_000_000, 3_600_000), (.max, 3_600_000),
    ])
    func `a TTL holds within limits`(_ ttl: Int64, _ validity: Int64) throws {
        let cache = TimedCache(ResolverLimits())
        let name = try name("api")
        #expect(cache.asks(name, at: 0))
        _ = cache.found(name, first, ttl: ttl, at: 0)
        #expect(!cache.asks(name, at: validity - 1))
        #expect(cache.asks(name, at: validity))
    }

    @Test func `a line of the hosts file holds for its own time`() throws {
        var limits = ResolverLimits()
        limits.fixedValidity = 60_000
        let cache = TimedCache(limits)
        let name = try name("api")
        #expect(cache.asks(name, at: 0))
        _ = cache.found(name, first, ttl: nil, at: 0)
        #expect(!cache.asks(name, at: 4_999))
        #expect(cache.asks(name, at: 5_000))
    }

    @Test func `a configured validity replaces the TTL`() throws {
        var limits = ResolverLimits()
        limits.fixedValidity = 30_000
        let cache = TimedCache(limits)
        let name = try name("api")
        #expect(cache.asks(name, at: 0))
        _ = cache.found(name, first, ttl: 1, at: 0)
        #expect(!cache.asks(name, at: 29_999))
        #expect(cache.asks(name, at: 30_000))
    }

    @Test func `an old answer is used while a new one is asked for, but not for ever`() throws {
        let cache = TimedCache(ResolverLimits())
        let name = try name("api")
        #expect(cache.asks(name, at: 0))
        _ = cache.found(name, first, ttl: 10, at: 0)
        #expect(cache.asks(name, at: 10_000))
        #expect(cache.tell(name, at: 69_999) == .addresses([first]))
        #expect(cache.tell(name, at: 70_000) == .pending)
        #expect(cache.found(name, second, ttl: 10, at: 70_000) == [waiter])
        #expect(cache.tell(name, at: 70_000) == .addresses([second]))
    }

    @Test func `an old answer outlives a name server that is down`() throws {
        let cache = TimedCache(ResolverLimits())
        let name = try name("api")
        #expect(cache.asks(name, at: 0))
        _ = cache.found(name, first, ttl: 10, at: 0)
        #expect(cache.asks(name, at: 80_000))
        _ = cache.failed(name, .timedOut, at: 86_000)
        let soon = cache.tell(name, at: 86_000)
        #expect(soon == .addresses([first]))
        let last = cache.tell(name, at: 3_609_999)
        #expect(last == .addresses([first]))
        let late = cache.tell(name, at: 3_610_000)
        #expect(late == .failed(.timedOut))
    }

    @Test func `an old answer ends when the name does`() throws {
        let cache = TimedCache(ResolverLimits())
        let name = try name("api")
        #expect(cache.asks(name, at: 0))
        _ = cache.found(name, first, ttl: 10, at: 0)
        #expect(cache.asks(name, at: 10_000))
        _ = cache.failed(name, .notFound, at: 10_000)
        let resolution = cache.tell(name, at: 10_000)
        #expect(resolution == .failed(.notFound))
    }

    @Test func `a failure is remembered for a short time`() throws {
        let cache = TimedCache(ResolverLimits())
        let name = try name("api")
        #expect(cache.asks(name, at: 0))
        _ = cache.failed(name, .refused, at: 0)
        #expect(!cache.asks(name, at: 1_999))
        let resolution = cache.tell(name, at: 1_999)
        #expect(resolution == .failed(.refused))
        #expect(cache.asks(name, at: 2_000))
        #expect(cache.tell(name, at: 2_000) == .pending)
    }

    @Test func `a full cache forgets the name that ends first`() throws {
        var limits = ResolverLimits()
        limits.nameLimit = 2
        let cache = TimedCache(limits)
        let (long, short, new) = (try name("long"), try name("short"), try name("new"))
        for (name, ttl) in [(long, Int64(100)), (short, 10)] {
            #expect(cache.asks(name, at: 0))
            _ = cache.found(name, first, ttl: ttl, at: 0)
        }
        #expect(cache.asks(new, at: 1))
        #expect(cache.cache.count == 2)
        #expect(!cache.asks(long, at: 1))
        #expect(cache.tell(long, at: 1) == .addresses([first]))
        // The only other name is being asked for: that of "long" has to go.
        #expect(cache.asks(short, at: 1))
        // Now nothing can be forgotten.
        #expect(!cache.asks(long, at: 1))
        let resolution = cache.tell(long, at: 1)
        #expect(resolution == .failed(.tooManyQuestions))
    }

    @Test func `an answer that holds for seconds is not used afterwards`() throws {
        let cache = TimedCache(ResolverLimits())
        let name = try name("api")
        #expect(cache.asks(name, at: 0))
        _ = cache.found(name, first, ttl: 2, at: 0)
        #expect(cache.tell(name, at: 1_999) == .addresses([first]))
        #expect(cache.asks(name, at: 2_000))
        #expect(cache.tell(name, at: 2_000) == .pending)
    }

    @Test func `each source has its own validity and its own answers`() throws {
        let cache = TimedCache(ResolverLimits(), validities: [5_000, nil])
        let (system, short, own) = (
            try name("api"), try name("api", source: 1), try name("api", source: 2)
        )
        for name in [system, short, own] { #expect(cache.asks(name, at: 0)) }
        _ = cache.found(system, first, ttl: 60, at: 0)
        _ = cache.found(short, second, ttl: 60, at: 0)
        #expect(cache.tell(own, at: 0) == .pending)
        _ = cache.found(own, second, ttl: 30, at: 0)
        #expect(cache.tell(system, at: 1) == .addresses([first]))
        #expect(cache.tell(short, at: 1) == .addresses([second]))
        #expect(cache.asks(short, at: 5_000))
        #expect(!cache.asks(own, at: 29_999))
        #expect(cache.asks(own, at: 30_000))
        #expect(!cache.asks(system, at: 59_999))
    }

    @Test func `a named server that knows no address makes the old ones forgotten`() throws {
        let cache = TimedCache(ResolverLimits())
        for (source, isKept) in [(0, true), (1, false)] {
            let name = try name("api", source: source)
            #expect(cache.asks(name, at: 0))
            _ = cache.found(name, first, ttl: 30, at: 0)
            #expect(cache.asks(name, at: 30_000))
            _ = cache.failed(name, .noAddress, at: 30_000)
            let told: Resolution = isKept ? .addresses([first]) : .failed(.noAddress)
            #expect(cache.tell(name, at: 30_001) == told)
        }
    }

    @Test func `only so many may wait`() throws {
        var limits = ResolverLimits()
        limits.waiterLimit = 1
        let cache = TimedCache(limits)
        let name = try name("api")
        #expect(cache.asks(name, at: 0))
        #expect(cache.tell(name, at: 0) == .pending)
        let resolution = cache.tell(name, at: 0)
        #expect(resolution == .failed(.tooManyQuestions))
    }

    @Test func `only so many addresses are kept`() throws {
        var limits = ResolverLimits()
        limits.addressLimit = 3
        let cache = TimedCache(limits)
        let name = try name("api")
        #expect(cache.asks(name, at: 0))
        let many = (0..<10).map { CompactAddress(ipv4: $0, port: 0) }
        #expect(cache.record(name, .found(many, ttlSeconds: 10), at: 0).isEmpty)
        let resolution = cache.tell(name, at: 0)
        #expect(resolution == .addresses(Array(many[..<3])))
    }

    private func name(_ text: String, source: Int = 0) throws -> Question {
        Question(source: source, name: try #require(QueryName(Array(text.utf8))))
    }
}

/// A cache to which things happen at given milliseconds.
private final class TimedCache {
    private(set) var cache: NameCache

    init(_ limits: ResolverLimits, validities: [Int64?] = []) {
        cache = NameCache(limits: limits, validities: validities)
    }

    func asks(_ name: Question, at time: Int64) -> Bool {
        cache.beginQuestion(name, now: Instant(milliseconds: time))
    }

    func tell(
        _ name: Question, waiter: SlotID = SlotID(index: 7, generation: 1), at time: Int64
    ) -> Resolution {
        cache.resolution(of: name, waiter: waiter, now: Instant(milliseconds: time))
    }

    func found(
        _ name: Question, _ address: CompactAddress, ttl: Int64?, at time: Int64
    ) -> [SlotID] {
        record(name, .found([address], ttlSeconds: ttl), at: time)
    }

    func failed(_ name: Question, _ failure: ResolutionFailure, at time: Int64) -> [SlotID] {
        record(name, .failed(failure), at: time)
    }

    func record(_ name: Question, _ outcome: Answer.Outcome, at time: Int64) -> [SlotID] {
        var finished: [SlotID] = []
        let answer = Answer(question: name, outcome: outcome)
        cache.record(answer, now: Instant(milliseconds: time), finished: &finished)
        return finished
    }
}
