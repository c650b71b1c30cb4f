// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is left of the addresses of names when a process has gone.

import OS
import Resolver
import Testing

@testable import Server

@Suite struct NameMemoryTests {
    private func memory() throws -> NameMemory {
        let site = try load("upstream api { server api.test:80 resolve; }").sound()
        let shared = try SharedState(privateFor: site)
        return NameMemory(shared.zones[try #require(site.nameZone)])
    }

    private let line = PeerName(host: bytes("api.test"), port: 80)

    private func endpoints(_ count: Int) -> [ServiceEndpoint] {
        (0..<count).map { number in
            let ipv4 = CompactAddress(ipv4: UInt32(0xFF00_0000 + number), port: UInt16(number))
            let ipv6 = CompactAddress(ipv6: .max, UInt64(number), port: .max)
            return ServiceEndpoint(
                address: number % 2 == 0 ? ipv4 : ipv6, priority: UInt16(number), weight: .max)
        }
    }

    @Test func `what is remembered is known to whoever asks for the same name`() throws {
        let memory = try memory()
        let group = bytes("api")
        #expect(memory.endpoints(of: line, in: group).isEmpty)
        for count in [5, 2, 32, 0, 1] {
            memory.remember(endpoints(count), of: line, in: group)
            #expect(memory.endpoints(of: line, in: group) == endpoints(count))
        }
        #expect(memory.endpoints(of: line, in: bytes("other")).isEmpty)
        var service = line
        service.service = bytes("_http._tcp.api.test")
        #expect(memory.endpoints(of: service, in: group).isEmpty)
        // Another port is another line of the configuration, for the same addresses.
        service = PeerName(host: line.host, port: 81)
        #expect(memory.endpoints(of: service, in: group) == endpoints(1))
    }

    @Test func `no more is kept than there are places`() throws {
        let memory = try memory()
        memory.remember(endpoints(100), of: line, in: bytes("api"))
        #expect(memory.endpoints(of: line, in: bytes("api")) == endpoints(32))
    }

    @Test func `where the memory is full, less is known and nothing wrong`() throws {
        let memory = try memory()
        for number in 0..<1_000 {
            memory.remember(endpoints(32), of: line, in: bytes("\(number)"))
        }
        for number in 0..<1_000 {
            let known = memory.endpoints(of: line, in: bytes("\(number)"))
            #expect(Set(known).isSubset(of: endpoints(32)))
        }
    }

    @Test func `a configuration without names needs no memory for them`() throws {
        let site = try load("upstream api { server 127.0.0.1:80; }").sound()
        #expect(site.nameZone == nil)
    }
}
