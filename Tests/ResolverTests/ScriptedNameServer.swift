// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A name server on the loopback that answers by script, on the thread of the test.

import Glibc
import OS
import Testing

/// Answers questions for A and AAAA, over UDP and over TCP.
final class ScriptedNameServer {
    enum Reply {
        /// Addresses of four or sixteen bytes; those of the other family are left out.
        case addresses([[UInt8]], ttl: UInt32)
        /// Only this code: 2 server failure, 3 no such name, 5 refused.
        case code(UInt8)
        case silence
        /// An answer with whatever records, each made by `record`, to questions of this type only;
        /// others get an empty answer.
        case records([[UInt8]], type: UInt16)
        /// The same to questions of every type.
        case anyRecords([[UInt8]])
        /// The answer to another question: of another number, or about another name.
        case foreign(addresses: [[UInt8]], changesNumber: Bool)
        /// Nothing but these bytes behind the number of the question.
        case junk([UInt8])
        /// Another reply to the second question and all later ones.
        indirect case first(Reply, then: Reply)
        /// "Ask over TCP", and the addresses there.
        case truncated([[UInt8]])
    }

    private struct Question {
        let name: String
        let type: UInt16
        let bytes: [UInt8]
    }

    var replies: [String: Reply] = [:]
    private(set) var questions: [String] = []

    let address: SocketAddress
    private var datagrams: Int32
    private var listener: Int32
    private var stream: Int32 = -1
    /// What is left to send on the stream.
    private var streamOutput: [UInt8] = []

    init() throws {
        var port: UInt16?
        (datagrams, listener, port) = Self.open()
        // A port that is free for datagrams may be that of somebody's connection.
        for _ in 0..<100 where port == nil {
            close(datagrams)
            close(listener)
            (datagrams, listener, port) = Self.open()
        }
        try #require(listen(listener, 4) == 0)
        let number = try #require(port)
        address = .ip(CompactAddress(ipv4: 0x7F00_0001, port: number))
    }

    /// Two sockets on one port, which is nil when it is not free for both.
    private static func open() -> (datagrams: Int32, listener: Int32, port: UInt16?) {
        let datagrams = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        let port = bind(datagrams, port: 0).flatMap { bind(listener, port: $0) }
        return (datagrams, listener, port)
    }

    deinit {
        for number in [datagrams, listener, stream] where number >= 0 { close(number) }
    }

    /// Answers what has arrived.
    func answer() {
        var bytes = [UInt8](repeating: 0, count: 512)
        while true {
            var sender = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = unsafe withUnsafeMutableBytes(of: &sender) { sender in
                let pointer = unsafe sender.assumingMemoryBound(to: sockaddr.self).baseAddress
                return unsafe recvfrom(datagrams, &bytes, bytes.count, 0, pointer, &length)
            }
            guard count > 0, let question = parse(Array(bytes[..<count])) else { break }
            let kind = [1: "A", 28: "AAAA", 33: "SRV"][question.type] ?? "?"
            questions.append("\(question.name) \(kind)")
            guard let reply = reply(to: question, overStream: false) else { continue }
            _ = unsafe withUnsafeBytes(of: &sender) { sender in
                let pointer = unsafe sender.assumingMemoryBound(to: sockaddr.self).baseAddress
                return unsafe sendto(datagrams, reply, reply.count, 0, pointer, length)
            }
        }
        answerStream()
    }

    /// Sends a third of what is left at each call, so that answers arrive in pieces.
    private func answerStream() {
        if stream < 0 { stream = accept(listener, nil, nil) }
        guard stream >= 0 else { return }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe recv(stream, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        var rest = bytes[..<max(0, count)]
        while rest.count > 2 {
            let length = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
            let message = Array(rest.dropFirst(2).prefix(length))
            rest = rest.dropFirst(2 + length)
            guard let question = parse(message) else { return }
            questions.append("\(question.name) TCP")
            guard let reply = reply(to: question, overStream: true) else { continue }
            streamOutput += [UInt8(reply.count >> 8), UInt8(reply.count & 0xFF)] + reply
        }
        guard !streamOutput.isEmpty else { return }
        let piece = Array(streamOutput.prefix(1 + streamOutput.count / 3))
        let sent = unsafe send(stream, piece, piece.count, Int32(MSG_NOSIGNAL))
        streamOutput.removeFirst(max(0, sent))
    }

    private func parse(_ bytes: [UInt8]) -> Question? {
        var labels: [String] = []
        var offset = 12
        while offset < bytes.count, bytes[offset] != 0 {
            let end = offset + 1 + Int(bytes[offset])
            guard end < bytes.count else { return nil }
            labels.append(String(decoding: bytes[(offset + 1)..<end], as: UTF8.self))
            offset = end
        }
        guard offset + 5 <= bytes.count else { return nil }
        let type = UInt16(bytes[offset + 1]) << 8 | UInt16(bytes[offset + 2])
        let name = labels.joined(separator: ".")
        return Question(name: name, type: type, bytes: Array(bytes[..<(offset + 5)]))
    }

    private func reply(to question: Question, overStream: Bool) -> [UInt8]? {
        var reply = replies[question.name] ?? .code(3)
        if case .first(let one, let others) = reply {
            reply = one
            replies[question.name] = others
        }
        return message(reply, to: question, overStream: overStream)
    }

    private func message(
        _ reply: Reply, to question: Question, overStream: Bool
    ) -> [UInt8]? {
        switch reply {
        case .silence, .first: nil
        case .records(let records, let type):
            message(question, answers: type == question.type ? records : [])
        case .anyRecords(let records): message(question, answers: records)
        case .junk(let bytes): Array(question.bytes[..<2]) + bytes
        case .foreign(let list, let changesNumber):
            foreign(
                message(question, flags: (0x81, 0x80), records: list, ttl: 60), changesNumber)
        case .code(let code): message(question, flags: (0x81, 0x80 | code), records: [], ttl: 0)
        case .addresses(let list, let ttl):
            message(question, flags: (0x81, 0x80), records: list, ttl: ttl)
        case .truncated(let list):
            message(
                question, flags: (overStream ? 0x81 : 0x83, 0x80),
                records: overStream ? list : [], ttl: 60)
        }
    }

    /// A record whose owner is the name of the question, or the bytes of another name.
    static func record(
        owner: [UInt8] = [0xC0, 12], type: UInt16, ttl: UInt32 = 60, _ data: [UInt8]
    ) -> [UInt8] {
        owner + [0, UInt8(type), 0, 1]
            + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: ttl >> UInt32($0)) }
            + [UInt8(data.count >> 8), UInt8(data.count & 0xFF)] + data
    }

    /// A name on the wire, without pointers.
    static func name(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    private func message(_ question: Question, answers: [[UInt8]]) -> [UInt8] {
        Array(question.bytes[..<2]) + [0x81, 0x80, 0, 1, 0, UInt8(answers.count), 0, 0, 0, 0]
            + question.bytes[12...] + answers.joined()
    }

    /// Changes the number of a message, or the name that it is about.
    private func foreign(_ message: [UInt8], _ changesNumber: Bool) -> [UInt8] {
        var message = message
        message[changesNumber ? 1 : 13] ^= 1
        return message
    }

    private func message(
        _ question: Question, flags: (UInt8, UInt8), records: [[UInt8]], ttl: UInt32
    ) -> [UInt8] {
        let size = question.type == 1 ? 4 : 16
        let matching = records.filter { $0.count == size }
        let count = UInt16(matching.count)
        var bytes = Array(question.bytes[..<2]) + [flags.0, flags.1, 0, 1]
        bytes += [UInt8(count >> 8), UInt8(count & 0xFF), 0, 0, 0, 0] + question.bytes[12...]
        for record in matching {
            bytes += [0xC0, 12, 0, UInt8(question.type), 0, 1]
            bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: ttl >> UInt32($0)) }
            bytes += [0, UInt8(size)] + record
        }
        return bytes
    }

    private static func bind(_ number: Int32, port: UInt16) -> UInt16? {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = unsafe bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
            guard unsafe Glibc.bind(number, pointer, length) == 0 else { return Int32(-1) }
            return unsafe getsockname(number, pointer, &length)
        }
        return result == 0 ? UInt16(bigEndian: address.sin_port) : nil
    }
}
