// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Sources that the operator names, against name servers that answer by script, or lie.

import Memory
import OS
import Testing

@testable import Resolver

@Suite struct NamedServerTests {
    private typealias Server = ScriptedNameServer

    @Test func `a named server is asked, and nobody else knows what it said`() throws {
        let server = try Server()
        server.replies["api.test"] = .addresses([[192, 0, 2, 1]], ttl: 60)
        var loop = try loop(server)
        #expect(texts(try loop.settle("api.test", from: 1, server)) == ["192.0.2.1"])
        #expect(Set(server.questions) == ["api.test A", "api.test AAAA"])
        #expect(loop.resolver.pendingNameCount == 0)
        #expect(loop.resolver.timeoutMilliseconds == nil)
    }

    @Test func `an alias is asked for on its own`() throws {
        let server = try Server()
        let alias = Server.record(type: 5, ttl: 7, Server.name("other.test"))
        server.replies["api.test"] = .anyRecords([alias])
        server.replies["other.test"] = .addresses([[192, 0, 2, 7]], ttl: 60)
        var loop = try loop(server)
        #expect(texts(try loop.settle("api.test", from: 1, server)) == ["192.0.2.7"])
        // The answer holds no longer than the alias does.
        let later = loop.resolver.watch(
            Array("api.test".utf8), isService: false, from: 1, now: .now() + 7_001)
        #expect(later == .pending)
    }

    @Test func `an alias of itself comes to an end`() throws {
        let server = try Server()
        server.replies["a.test"] = .anyRecords([Server.record(type: 5, Server.name("b.test"))])
        server.replies["b.test"] = .anyRecords([Server.record(type: 5, Server.name("a.test"))])
        var loop = try loop(server)
        #expect(try loop.settle("a.test", from: 1, server) == .failed(.tooManyAliases))
        #expect(server.questions.count == 2 * (DNSMessage.aliasLimit + 1))
    }

    @Test(arguments: [true, false])
    func `the answer to another question is not heard`(_ changesNumber: Bool) throws {
        let server = try Server()
        let lie = Server.Reply.foreign(addresses: [[192, 0, 2, 66]], changesNumber: changesNumber)
        server.replies["api.test"] = .first(lie, then: .addresses([[192, 0, 2, 1]], ttl: 60))
        var loop = try loop(server, families: .ipv4)
        #expect(texts(try loop.settle("api.test", from: 1, server)) == ["192.0.2.1"])
    }

    @Test(arguments: [
        [UInt8](), [0x81], [0x81, 0x80, 0, 1, 0, 9, 0, 0, 0, 0],
        [UInt8](repeating: 0xFF, count: 500),
    ])
    func `junk is no answer`(_ bytes: [UInt8]) throws {
        let server = try Server()
        server.replies["api.test"] = .junk(bytes)
        var loop = try loop(server)
        let resolution = try loop.settle("api.test", from: 1, server)
        #expect(resolution == .failed(.timedOut) || resolution == .failed(.badAnswer))
    }

    @Test func `records that break off are a bad answer`() throws {
        let server = try Server()
        server.replies["api.test"] = .records([Server.record(type: 1, [192, 0])], type: 1)
        var loop = try loop(server)
        #expect(try loop.settle("api.test", from: 1, server) == .failed(.badAnswer))
    }

    @Test(arguments: [
        (UInt8(1), ResolutionFailure.badAnswer), (2, .serverFailure), (3, .notFound), (5, .refused),
    ])
    func `what the server says is told, and it is asked once`(
        _ code: UInt8, _ failure: ResolutionFailure
    ) throws {
        let server = try Server()
        server.replies["api.test"] = .code(code)
        var loop = try loop(server, families: .ipv4)
        #expect(try loop.settle("api.test", from: 1, server) == .failed(failure))
        #expect(server.questions == ["api.test A"])
    }

    @Test(arguments: [UInt8(1), 2, 4, 5])
    func `another server is asked when one cannot answer, and first from then on`(
        _ code: UInt8
    ) throws {
        let (bad, good) = (try Server(), try Server())
        bad.replies["api.test"] = .code(code)
        good.replies["api.test"] = .addresses([[192, 0, 2, 1]], ttl: 60)
        good.replies["web.test"] = .addresses([[192, 0, 2, 2]], ttl: 60)
        var loop = try loop(bad, good, families: .ipv4)
        #expect(texts(try loop.settle("api.test", from: 1, bad, good)) == ["192.0.2.1"])
        #expect(texts(try loop.settle("web.test", from: 1, bad, good)) == ["192.0.2.2"])
        #expect(bad.questions == ["api.test A"])
    }

    @Test func `another server is asked when one is silent`() throws {
        let (silent, good) = (try Server(), try Server())
        silent.replies["api.test"] = .silence
        good.replies["api.test"] = .addresses([[192, 0, 2, 1]], ttl: 60)
        var loop = try loop(silent, good)
        #expect(texts(try loop.settle("api.test", from: 1, silent, good)) == ["192.0.2.1"])
    }

    @Test func `an answer that is cut short is asked for over a stream`() throws {
        let server = try Server()
        server.replies["api.test"] = .truncated([[192, 0, 2, 5]])
        var loop = try loop(server, families: .ipv4)
        #expect(texts(try loop.settle("api.test", from: 1, server)) == ["192.0.2.5"])
        #expect(server.questions.contains("api.test TCP"))
    }

    @Test func `a service is followed to the addresses of its hosts`() throws {
        let server = try Server()
        server.replies["_http._tcp.api.test"] = .records(
            [service(1, 5, 8_080, "a.test"), service(2, 7, 8_081, "b.test")], type: 33)
        server.replies["a.test"] = .addresses([[192, 0, 2, 1], [192, 0, 2, 2]], ttl: 60)
        server.replies["b.test"] = .addresses([[192, 0, 2, 3]], ttl: 60)
        var loop = try loop(server, families: .ipv4)
        guard case .found(let list, _) = try loop.settleService("_http._tcp.api.test", server)
        else {
            Issue.record("not found")
            return
        }
        #expect(
            list.map { "\($0.address) \($0.priority) \($0.weight)" } == [
                "192.0.2.1:8080 1 5", "192.0.2.2:8080 1 5", "192.0.2.3:8081 2 7",
            ])
    }

    @Test func `a host of a service that has no address offers nothing`() throws {
        let server = try Server()
        server.replies["s.test"] = .records(
            [service(1, 5, 80, "gone.test"), service(1, 5, 80, "b.test")], type: 33)
        server.replies["b.test"] = .addresses([[192, 0, 2, 3]], ttl: 60)
        var loop = try loop(server, families: .ipv4)
        guard case .found(let list, _) = try loop.settleService("s.test", server) else {
            Issue.record("not found")
            return
        }
        #expect(list.map(\.address.description) == ["192.0.2.3:80"])
        server.replies["t.test"] = .records([service(1, 5, 80, "gone.test")], type: 33)
        guard case .failed(let failure, _) = try loop.settleService("t.test", server) else {
            Issue.record("found")
            return
        }
        #expect(failure == .notFound)
    }

    @Test(arguments: [(UInt8(2), ResolutionFailure.serverFailure), (3, .notFound)])
    func `a service that nobody knows is not found`(
        _ code: UInt8, _ failure: ResolutionFailure
    ) throws {
        let server = try Server()
        server.replies["s.test"] = .code(code)
        var loop = try loop(server)
        guard case .failed(failure, _) = try loop.settleService("s.test", server) else {
            Issue.record("not \(failure)")
            return
        }
    }

    // MARK: Tools

    private func loop(
        _ servers: ScriptedNameServer..., families: AddressFamilies = .both
    ) throws -> ResolverLoop {
        var limits = ResolverLimits()
        limits.questionTimeout = 30
        let source = ResolverSource(servers: servers.map(\.address), families: families)
        return try ResolverLoop(Resolver(sources: [source], limits: limits))
    }

    private func service(
        _ priority: UInt8, _ weight: UInt8, _ port: UInt16, _ target: String
    ) -> [UInt8] {
        let data = [0, priority, 0, weight, UInt8(port >> 8), UInt8(port & 0xFF)]
        return Server.record(type: 33, data + Server.name(target))
    }

    private func texts(_ resolution: Resolution) -> [String] {
        guard case .addresses(let list) = resolution else { return [] }
        return list.map { String(decoding: $0.addressText, as: UTF8.self) }
    }
}
