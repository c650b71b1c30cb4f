// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which places of a group the addresses of a name get.

import OS
import Resolver
import Testing

@testable import Server

@Suite struct NamedPeersTests {
    private func group(_ server: String) throws -> UpstreamGroup {
        try #require(try load("upstream api { server \(server); }").sound().groups.first)
    }

    private func endpoint(
        _ number: UInt32, port: UInt16 = 0, priority: UInt16 = 0, weight: UInt16 = 0
    ) -> ServiceEndpoint {
        ServiceEndpoint(
            address: CompactAddress(ipv4: number, port: port), priority: priority, weight: weight)
    }

    /// The last parts and weights of the addresses that take part.
    private func present(_ group: UpstreamGroup, backups: Bool = false) -> [[Int]] {
        group.peers.filter { $0.health.isPresent && $0.isBackup == backups }.compactMap { peer in
            guard case .slot(let slot) = peer.target, let address = slot.address else { return nil }
            return [Int(address.low), peer.currentWeight]
        }
    }

    @Test func `an address that stays keeps its place`() throws {
        let group = try group("a.test:80 resolve weight=4")
        let line = group.named[0]
        #expect(group.place([endpoint(1), endpoint(2)], of: line) == 0)
        #expect(present(group) == [[1, 4], [2, 4]])
        #expect(group.place([endpoint(3), endpoint(2)], of: line) == 0)
        #expect(present(group) == [[3, 4], [2, 4]])
        #expect(group.place([], of: line) == 0)
        #expect(present(group).isEmpty)
    }

    @Test func `there are only so many places`() throws {
        let group = try group("a.test:80 resolve")
        #expect(group.place((0..<20).map { endpoint($0) }, of: group.named[0]) == 4)
        #expect(present(group).count == 16)
    }

    @Test func `records of a service say weights and who stands in`() throws {
        let group = try group("a.test service=http resolve")
        let line = group.named[0]
        let records = [
            endpoint(1, port: 8, priority: 1, weight: 3), endpoint(2, port: 8, priority: 1),
            endpoint(3, port: 8, priority: 2, weight: .max),
        ]
        #expect(group.place(records, of: line) == 0)
        #expect(present(group) == [[1, 3], [2, 1]])
        #expect(present(group, backups: true) == [[3, 65_535]])
        #expect(group.place([endpoint(1, port: 8, weight: 7)], of: line) == 0)
        #expect(present(group) == [[1, 7]])
    }

    @Test func `a weight of the configuration counts for more than that of a record`() throws {
        let group = try group("a.test service=http resolve weight=2")
        _ = group.place([endpoint(1, port: 8, weight: 9)], of: group.named[0])
        #expect(present(group) == [[1, 2]])
    }

    @Test func `turns follow the weights of records`() throws {
        let group = try group("a.test service=http resolve")
        _ = group.place(
            [endpoint(1, port: 8, weight: 5), endpoint(2, port: 8), endpoint(3, port: 8)],
            of: group.named[0])
        var turns = ""
        for _ in 0..<7 {
            var request = PeerRequest()
            guard let index = group.select(for: &request, at: .now()).index else { break }
            turns += ["a", "b", "c"][index]
        }
        #expect(turns == "aabacaa")
    }
}
