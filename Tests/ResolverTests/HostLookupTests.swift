// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How two answers make one, and when there are none.

import OS
import Testing

@testable import Resolver

@Suite struct HostLookupTests {
    private let ipv4 = CompactAddress(ipv4: 0xC000_0201, port: 0)
    private let ipv6 = CompactAddress(ipv6: 0x2001_0DB8_0000_0000, 1, port: 0)

    @Test func `both families count together`() {
        var lookup = HostLookup(families: .both)
        #expect(lookup.take(.success(answer([ipv6], ttl: 20)), for: .ipv6) == .wait)
        let step = lookup.take(.success(answer([ipv4], ttl: 30)), for: .ipv4)
        #expect(step == .found([ipv4, ipv6], ttlSeconds: 20))
    }

    @Test(arguments: [(AddressFamilies.ipv4, RecordType.ipv4), (.ipv6, .ipv6)])
    func `one family is asked for alone`(_ families: AddressFamilies, _ type: RecordType) {
        var lookup = HostLookup(families: families)
        #expect(lookup.types == [type])
        let step = lookup.take(.success(answer([ipv4], ttl: 1)), for: type)
        #expect(step == .found([ipv4], ttlSeconds: 1))
    }

    @Test func `a family without addresses is no error`() {
        var lookup = HostLookup(families: .both)
        _ = lookup.take(.success(DNSAnswer()), for: .ipv6)
        #expect(
            lookup.take(.success(answer([ipv4], ttl: 9)), for: .ipv4)
                == .found([ipv4], ttlSeconds: 9))
        var other = HostLookup(families: .both)
        _ = other.take(.failure(.notFound), for: .ipv6)
        #expect(
            other.take(.success(answer([ipv4], ttl: 9)), for: .ipv4)
                == .found([ipv4], ttlSeconds: 9))
    }

    @Test(arguments: [ResolutionFailure.serverFailure, .timedOut, .refused, .badAnswer])
    func `a family whose question fails makes the name fail`(_ failure: ResolutionFailure) {
        for (first, second) in [(RecordType.ipv4, RecordType.ipv6), (.ipv6, .ipv4)] {
            var lookup = HostLookup(families: .both)
            _ = lookup.take(.failure(failure), for: first)
            #expect(
                lookup.take(.success(answer([ipv4], ttl: 9)), for: second) == .failed(failure))
        }
    }

    @Test func `two failures are told as the graver one`() {
        var lookup = HostLookup(families: .both)
        _ = lookup.take(.failure(.notFound), for: .ipv4)
        #expect(lookup.take(.failure(.timedOut), for: .ipv6) == .failed(.timedOut))
        var empty = HostLookup(families: .both)
        _ = empty.take(.success(DNSAnswer()), for: .ipv4)
        #expect(empty.take(.success(DNSAnswer()), for: .ipv6) == .failed(.noAddress))
    }

    @Test func `an alias is asked for in both families, unless there is an address`() throws {
        let other = try #require(QueryName(Array("other".utf8)))
        var alias = DNSAnswer()
        alias.alias = other
        var lookup = HostLookup(families: .both)
        _ = lookup.take(.success(alias), for: .ipv4)
        #expect(lookup.take(.success(alias), for: .ipv6) == .ask(other))
        _ = lookup.take(.success(answer([ipv4], ttl: 5)), for: .ipv4)
        #expect(lookup.take(.success(DNSAnswer()), for: .ipv6) == .found([ipv4], ttlSeconds: 5))

        var mixed = HostLookup(families: .both)
        _ = mixed.take(.success(alias), for: .ipv6)
        #expect(
            mixed.take(.success(answer([ipv4], ttl: 5)), for: .ipv4)
                == .found([ipv4], ttlSeconds: 5))
    }

    @Test func `aliases of aliases end`() {
        var alias = DNSAnswer()
        alias.alias = QueryName(Array("again".utf8))
        var lookup = HostLookup(families: .ipv4)
        var steps = 0
        var step = lookup.take(.success(alias), for: .ipv4)
        while case .ask = step {
            steps += 1
            guard steps <= 100 else { break }
            step = lookup.take(.success(alias), for: .ipv4)
        }
        #expect(step == .failed(.tooManyAliases))
        #expect(steps == DNSMessage.aliasLimit)
    }

    private func answer(_ addresses: [CompactAddress], ttl: Int64) -> DNSAnswer {
        var answer = DNSAnswer()
        answer.addresses = addresses
        answer.ttlSeconds = ttl
        return answer
    }
}
