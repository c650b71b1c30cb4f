// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The resolver against a name server that answers by script.

import Memory
import OS
import Testing

@testable import Resolver

@Suite struct ResolverTests {
    private let waiter = SlotID(index: 3, generation: 1)

    @Test(arguments: ["localhost", "LOCALHOST.", "api.localhost"])
    func `localhost needs neither a file nor a server`(_ name: String) {
        var resolver = Resolver()
        let resolution = resolver.resolve(Array(name.utf8), waiter: waiter, now: .now())
        #expect(texts(resolution) == ["127.0.0.1", "::1"])
        #expect(resolver.takeDescriptor() == nil)
        #expect(resolver.timeoutMilliseconds == nil)
    }

    @Test(arguments: ["192.0.2.1", "2001:db8::1"])
    func `an address is its own answer`(_ address: String) {
        var resolver = Resolver()
        let resolution = resolver.resolve(Array(address.utf8), waiter: waiter, now: .now())
        #expect(texts(resolution) == [address])
    }

    @Test func `what is no name is not asked for`() {
        var resolver = Resolver()
        let resolution = resolver.resolve(Array("a b".utf8), waiter: waiter, now: .now())
        #expect(resolution == .failed(.invalidName))
        #expect(resolver.takeDescriptor() == nil)
    }

    @Test func `both families are found with one question each`() throws {
        let server = try ScriptedNameServer()
        let long = [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]
        server.replies["api.test"] = .addresses([[192, 0, 2, 1], [192, 0, 2, 2], long], ttl: 60)
        var loop = try ResolverLoop(Resolver(servers: [server.address]))
        let resolution = try loop.settle("api.test", server)
        #expect(Set(texts(resolution)) == ["192.0.2.1", "192.0.2.2", "2001:db8::1"])
        #expect(Set(server.questions) == ["api.test A", "api.test AAAA"])
        #expect(server.questions.count == 2)
        #expect(loop.resolver.pendingNameCount == 0)
        #expect(loop.resolver.timeoutMilliseconds == nil)
    }

    @Test func `an answer holds for its TTL, then the old one is used while it is renewed`() throws
    {
        let server = try ScriptedNameServer()
        server.replies["api.test"] = .addresses([[192, 0, 2, 1]], ttl: 60)
        var loop = try ResolverLoop(Resolver(servers: [server.address]))
        _ = try loop.settle("api.test", server)
        server.replies["api.test"] = .addresses([[192, 0, 2, 9]], ttl: 60)

        let name = Array("api.test".utf8)
        let soon = loop.resolver.resolve(name, waiter: waiter, now: .now() + 50_000)
        #expect(texts(soon) == ["192.0.2.1"])
        #expect(server.questions.count == 2)

        let later = Instant.now() + 61_000
        #expect(texts(loop.resolver.resolve(name, waiter: waiter, now: later)) == ["192.0.2.1"])
        #expect(loop.resolver.pendingNameCount == 1)
        try loop.pump(server, now: later)
        #expect(loop.resolver.takeFinishedWaiters().isEmpty)
        #expect(texts(loop.resolver.resolve(name, waiter: waiter, now: later)) == ["192.0.2.9"])
    }

    @Test func `all who wait for a name are told, and it is asked for once`() throws {
        let server = try ScriptedNameServer()
        server.replies["api.test"] = .addresses([[192, 0, 2, 1]], ttl: 60)
        var loop = try ResolverLoop(Resolver(servers: [server.address]))
        let waiters = (0..<5).map { SlotID(index: $0, generation: 1) }
        for waiter in waiters {
            let resolution = loop.resolver.resolve(
                Array("Api.Test".utf8), waiter: waiter, now: .now())
            #expect(resolution == .pending)
        }
        try loop.pump(server)
        #expect(loop.resolver.takeFinishedWaiters() == waiters)
        #expect(loop.resolver.takeFinishedWaiters().isEmpty)
        #expect(server.questions.count == 2)
    }

    @Test(arguments: [
        (UInt8(3), ResolutionFailure.notFound), (2, .serverFailure), (5, .refused),
    ])
    func `the server's refusal is told and remembered`(
        _ code: UInt8, _ failure: ResolutionFailure
    ) throws {
        let server = try ScriptedNameServer()
        server.replies["api.test"] = .code(code)
        var loop = try ResolverLoop(Resolver(servers: [server.address]))
        let resolution = try loop.settle("api.test", server)
        // c-ares 1.18 does not say what the last server answered.
        let isVague = failure != .notFound && resolution == .failed(.unreachable)
        #expect(isVague || resolution == .failed(failure))
        let questionCount = server.questions.count
        let again = loop.resolver.resolve(Array("api.test".utf8), waiter: waiter, now: .now())
        #expect(again == resolution)
        #expect(loop.resolver.pendingNameCount == 0)
        #expect(server.questions.count == questionCount)
    }

    @Test func `a name without addresses has none`() throws {
        let server = try ScriptedNameServer()
        server.replies["api.test"] = .addresses([], ttl: 60)
        var loop = try ResolverLoop(Resolver(servers: [server.address]))
        #expect(try loop.settle("api.test", server) == .failed(.noAddress))
    }

    @Test func `a silent server is asked again, then given up`() throws {
        let server = try ScriptedNameServer()
        server.replies["api.test"] = .silence
        var loop = try ResolverLoop(Resolver(servers: [server.address], limits: impatient))
        #expect(try loop.settle("api.test", server) == .failed(.timedOut))
        #expect(server.questions.filter { $0 == "api.test A" }.count == 2)
    }

    @Test func `the second server is asked when the first is silent`() throws {
        let (silent, server) = (try ScriptedNameServer(), try ScriptedNameServer())
        silent.replies["api.test"] = .silence
        server.replies["api.test"] = .addresses([[192, 0, 2, 1]], ttl: 60)
        var loop = try ResolverLoop(
            Resolver(servers: [silent.address, server.address], limits: impatient))
        #expect(texts(try loop.settle("api.test", server)) == ["192.0.2.1"])
    }

    @Test func `a server that is not there is found out`() throws {
        // Bound once and closed: nobody listens there now.
        let gone = try ScriptedNameServer().address
        let other = try ScriptedNameServer()
        var loop = try ResolverLoop(Resolver(servers: [gone], limits: impatient))
        let failure = try loop.settle("api.test", other)
        #expect(failure == .failed(.unreachable) || failure == .failed(.timedOut))
    }

    @Test func `an answer too long for a datagram comes in pieces over a stream`() throws {
        let server = try ScriptedNameServer()
        let many = (0..<200).map { [192, 0, 2, UInt8($0)] }
        server.replies["api.test"] = .truncated(many)
        var limits = ResolverLimits()
        limits.addressLimit = 200
        var loop = try ResolverLoop(Resolver(servers: [server.address], limits: limits))
        #expect(texts(try loop.settle("api.test", server)).count == 200)
        #expect(server.questions.contains("api.test TCP"))
    }

    @Test func `without a configuration of the system, a server on this machine is asked`() throws {
        let other = try ScriptedNameServer()
        var loop = try ResolverLoop(
            Resolver(
                servers: [], limits: impatient, systemFile: "/nonexistent/resolv.conf"))
        let resolution = try loop.settle("name.invalid", other)
        guard case .failed = resolution else {
            Issue.record("\(resolution)")
            return
        }
        // The file may be there the next time: everything is opened anew, with the same descriptor.
        let later = Instant.now() + 5_000
        _ = loop.resolver.resolve(Array("name.invalid".utf8), waiter: waiter, now: later)
        #expect(loop.resolver.takeDescriptor() == nil)
    }

    @Test(.enabled(if: Self.nameInHostsFile() != nil))
    func `names of the hosts file need no server`() throws {
        let gone = try ScriptedNameServer().address
        let name = try #require(Self.nameInHostsFile())
        var resolver = Resolver(servers: [gone])
        let resolution = resolver.resolve(name, waiter: waiter, now: .now())
        #expect(!texts(resolution).isEmpty)
        #expect(resolver.pendingNameCount == 0)
    }

    @Test func `a resolver can go while questions are open`() throws {
        let server = try ScriptedNameServer()
        server.replies["api.test"] = .silence
        var descriptor: Int32?
        do {
            var resolver = Resolver(servers: [server.address])
            for index in 0..<10 {
                let name = Array("api\(index).test".utf8)
                #expect(resolver.resolve(name, waiter: waiter, now: .now()) == .pending)
            }
            descriptor = resolver.takeDescriptor()
            #expect(resolver.takeDescriptor() == nil)
            #expect(resolver.pendingNameCount == 10)
            #expect((resolver.timeoutMilliseconds ?? .max) <= 2_000)
        }
        #expect(descriptor != nil)
    }

    // MARK: Tools

    private var impatient: ResolverLimits {
        var limits = ResolverLimits()
        limits.questionTimeout = 20
        return limits
    }

    private func texts(_ resolution: Resolution) -> [String] {
        guard case .addresses(let list) = resolution else { return [] }
        return list.map { String(decoding: $0.addressText, as: UTF8.self) }
    }

    /// A name in /etc/hosts other than localhost; not every machine has one.
    private static func nameInHostsFile() -> [UInt8]? {
        guard let file = try? FileSystem.open(Array("/etc/hosts".utf8), .read),
            let bytes = try? file.readAll(limit: 1 << 20)
        else { return nil }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
            guard words.count > 1, let name = QueryName(Array(words[1].utf8)) else { continue }
            if !name.isLocalhost { return name.bytes }
        }
        return nil
    }
}
