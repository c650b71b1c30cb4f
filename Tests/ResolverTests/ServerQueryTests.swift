// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which server is asked after which.

import Testing

@testable import Resolver

@Suite struct ServerQueryTests {
    @Test func `each server is asked for as many rounds, beginning with the good one`() throws {
        var query = try query(first: 1, of: 2)
        var asked = [query.server]
        while query.turn(after: .timedOut, roundLimit: 3) { asked.append(query.server) }
        #expect(asked == [1, 0, 1, 0, 1, 0])
    }

    @Test(arguments: [ResolutionFailure.serverFailure, .refused, .badAnswer, .unreachable])
    func `a server that refuses is asked once`(_ failure: ResolutionFailure) throws {
        var query = try query(first: 0, of: 3)
        var asked = [query.server]
        while query.turn(after: failure, roundLimit: 3) { asked.append(query.server) }
        #expect(asked == [0, 1, 2])
    }

    @Test func `nobody else is asked for what does not exist`() throws {
        var query = try query(first: 0, of: 3)
        let turns = query.turn(after: .notFound, roundLimit: 3)
        #expect(!turns)
    }

    @Test(arguments: [ResolutionFailure.timedOut, .serverFailure])
    func `a server alone is left to the library's patience`(_ failure: ResolutionFailure) throws {
        var query = try query(first: 5, of: 1)
        #expect(query.server == 0)
        let turns = query.turn(after: failure, roundLimit: 3)
        #expect(!turns)
    }

    private func query(first: Int, of count: Int) throws -> ServerQuery {
        let name = try #require(QueryName(Array("api".utf8)))
        return ServerQuery(Question(source: 1, name: name), name, .ipv4, server: first, of: count)
    }
}
