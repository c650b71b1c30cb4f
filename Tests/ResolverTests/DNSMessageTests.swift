// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is read out of the messages of name servers, and what is not believed.

import OS
import Testing

@testable import Resolver

@Suite struct DNSMessageTests {
    private typealias Server = ScriptedNameServer

    @Test func `addresses of the name are found, with the least TTL`() throws {
        let message = Self.message([
            Server.record(type: 1, ttl: 90, [192, 0, 2, 1]),
            Server.record(type: 1, ttl: 30, [192, 0, 2, 2]),
        ])
        let answer = try message.answer(to: name("api.test"), .ipv4)
        #expect(
            answer.addresses == [
                CompactAddress(ipv4: 0xC000_0201, port: 0),
                CompactAddress(ipv4: 0xC000_0202, port: 0),
            ])
        #expect(answer.ttlSeconds == 30)
    }

    @Test func `a TTL with the highest bit counts as none`() throws {
        let message = Self.message([Server.record(type: 1, ttl: 0x8000_0001, [192, 0, 2, 1])])
        #expect(try message.answer(to: name("api.test"), .ipv4).ttlSeconds == 0)
    }

    @Test func `an alias is followed within the message, in whatever order`() throws {
        let records = [
            Server.record(owner: Server.name("c.test"), type: 1, ttl: 50, [192, 0, 2, 3]),
            Server.record(owner: Server.name("B.test"), type: 5, ttl: 5, Server.name("c.test")),
            Server.record(type: 5, ttl: 70, Server.name("b.TEST")),
        ]
        let answer = try Self.message(records).answer(to: name("api.test"), .ipv4)
        #expect(answer.addresses == [CompactAddress(ipv4: 0xC000_0203, port: 0)])
        #expect(answer.ttlSeconds == 5)
        #expect(answer.alias == nil)
    }

    @Test func `an alias without addresses is told`() throws {
        let message = Self.message([Server.record(type: 5, Server.name("other.test"))])
        let answer = try message.answer(to: name("api.test"), .ipv4)
        #expect(try answer.alias == name("other.test"))
    }

    @Test func `addresses of somebody else are not believed`() throws {
        let message = Self.message([
            Server.record(owner: Server.name("bank.test"), type: 1, [192, 0, 2, 66]),
            Server.record(type: 28, [UInt8](repeating: 1, count: 16)),
        ])
        #expect(try message.answer(to: name("api.test"), .ipv4).isEmpty)
    }

    @Test func `aliases in a ring end`() throws {
        let message = Self.message([
            Server.record(type: 5, Server.name("b.test")),
            Server.record(owner: Server.name("b.test"), type: 5, Server.name("api.test")),
        ])
        let answer = try message.answer(to: name("api.test"), .ipv4)
        #expect(answer.addresses.isEmpty)
    }

    @Test func `a service names its hosts`() throws {
        let message = Self.message([
            Server.record(type: 33, [0, 1, 0, 5, 0x1F, 0x90] + Server.name("a.test")),
            // The root: not offered.
            Server.record(type: 33, [0, 0, 0, 0, 0, 0] + [0]),
        ])
        let answer = try message.answer(to: name("api.test"), .service)
        let target = try name("a.test")
        #expect(
            answer.services
                == [ServiceRecord(priority: 1, weight: 5, port: 8_080, target: target)])
    }

    @Test(arguments: [
        // An address of three bytes.
        ScriptedNameServer.record(type: 1, [192, 0, 2]),
        ScriptedNameServer.record(type: 1, []),
        // A pointer to itself, and one that leads forward.
        ScriptedNameServer.record(owner: [0xC0, 26], type: 1, [192, 0, 2, 1]),
        ScriptedNameServer.record(owner: [0xC0, 0xFF], type: 1, [192, 0, 2, 1]),
        // A label with reserved bits, and one that is longer than the message.
        ScriptedNameServer.record(owner: [0x80, 1], type: 1, [192, 0, 2, 1]),
        [0x3F, 1, 2, 3],
        // Data beyond the end.
        [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0xFF, 0xFF, 1],
        // An alias of the root.
        ScriptedNameServer.record(type: 5, [0]),
        // Another class of network.
        [0xC0, 12, 0, 1, 0, 3, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4],
    ])
    func `a broken record breaks the message`(_ record: [UInt8]) throws {
        let name = try name("api.test")
        #expect(throws: DNSMessage.Malformed.self) {
            _ = try Self.message([record]).answer(to: name, .ipv4)
        }
    }

    @Test func `a name that is too long breaks the message`() throws {
        let label = [UInt8(63)] + [UInt8](repeating: 0x61, count: 63)
        let owner = label + label + label + label + [0]
        let message = Self.message([Server.record(owner: owner, type: 1, [192, 0, 2, 1])])
        let name = try name("api.test")
        #expect(throws: DNSMessage.Malformed.self) { _ = try message.answer(to: name, .ipv4) }
    }

    @Test func `no beginning of a message and no changed byte is a trap`() throws {
        let bytes = Self.bytes([
            Server.record(type: 5, Server.name("b.test")),
            Server.record(owner: [0xC0, 38], type: 33, [0, 1, 0, 1, 0, 80, 0xC0, 12]),
            Server.record(owner: [0xC0, 38], type: 1, [192, 0, 2, 1]),
        ])
        let name = try name("api.test")
        var readCount = 0
        for type in [RecordType.ipv4, .ipv6, .service] {
            for end in 0...bytes.count {
                readCount +=
                    (try? DNSMessage(Array(bytes[..<end])).answer(to: name, type)) == nil
                    ? 0 : 1
            }
            for index in bytes.indices {
                for value in [0, 1, 12, 63, 64, 0xC0, 0xFF] as [UInt8] {
                    var changed = bytes
                    changed[index] = value
                    readCount += (try? DNSMessage(changed).answer(to: name, type)) == nil ? 0 : 1
                }
            }
        }
        #expect(readCount > 0)
    }

    private func name(_ text: String) throws -> QueryName {
        try #require(QueryName(Array(text.utf8)))
    }

    private static func bytes(_ records: [[UInt8]]) -> [UInt8] {
        [0, 1, 0x81, 0x80, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0]
            + Server.name("api.test") + [0, 1, 0, 1] + records.joined()
    }

    private static func message(_ records: [[UInt8]]) -> DNSMessage { DNSMessage(bytes(records)) }
}
