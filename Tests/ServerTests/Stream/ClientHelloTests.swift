// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The ClientHello of TLS: what it says, wherever its bytes are cut and however it is put into
// records.

import Testing

@testable import Server

/// A number before bytes, in network order.
private func block(_ size: Int, _ content: [UInt8]) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: content.count >> (8 * (size - 1 - $0))) } + content
}

/// An extension of a hello.
private func item(_ type: UInt8, _ content: [UInt8]) -> [UInt8] {
    var item: [UInt8] = [0, type]
    item += block(2, content)
    return item
}

private func name(_ text: String, type: UInt8 = 0) -> [UInt8] {
    var entry: [UInt8] = [type]
    entry += block(2, bytes(text))
    return item(0, block(2, entry))
}

private func protocols(_ names: String...) -> [UInt8] {
    item(16, block(2, names.flatMap { block(1, bytes($0)) }))
}

private let version13 = item(43, block(1, [3, 4]))
private let unknown = item(99, [1, 2, 3])

/// The handshake message, without records.
private func message(
    _ extensions: [[UInt8]]?, version: [UInt8] = [3, 3], type: UInt8 = 1
) -> [UInt8] {
    var body = version
    body += [UInt8](repeating: 7, count: 32)
    body += block(1, [1, 2, 3, 4])
    body += block(2, [0x13, 1])
    body += block(1, [0])
    if let extensions { body += block(2, Array(extensions.joined())) }
    var message: [UInt8] = [type]
    message += block(3, body)
    return message
}

/// A message in records of so many bytes.
private func records(_ message: [UInt8], of size: Int = 1 << 14) -> [UInt8] {
    stride(from: 0, to: message.count, by: size).flatMap { start in
        [0x16, 3, 1] + block(2, Array(message[start..<min(start + size, message.count)]))
    }
}

/// What bytes come to that arrive in pieces.
private func read(_ bytes: [UInt8], step: Int) -> ClientHelloReader.Outcome {
    var reader = ClientHelloReader()
    var end = 0
    while true {
        end = min(end + step, bytes.count)
        let outcome = reader.read(Array(bytes[..<end]).span)
        if outcome != .needsBytes || end == bytes.count { return outcome }
    }
}

private let sound: [([UInt8], String)] = [
    (message(nil), "||TLSv1.2"), (message([]), "||TLSv1.2"),
    (message(nil, version: [3, 1]), "||TLSv1"), (message(nil, version: [3, 0]), "||SSLv3"),
    (message([name("a.example")]), "a.example||TLSv1.2"),
    (message([unknown, name("A.b"), version13]), "A.b||TLSv1.3"),
    (message([protocols("h2", "http/1.1")]), "|h2,http/1.1|TLSv1.2"),
    (message([protocols("x"), unknown, name("n"), name(""), version13]), "n|x|TLSv1.3"),
    (message([name("")]), "||TLSv1.2"),
]

private let foreign: [[UInt8]] = [
    bytes("GET / HTTP/1.1\r\n"), [0x16, 2, 1, 0, 5], [0x15, 3, 1, 0, 2, 1, 0],
    records(message(nil, type: 2)), records([1, 0, 0, 2, 3, 3, 0]),
    records(message([name("a", type: 1)])), records(message([item(0, [0, 3, 0, 0, 9])])),
    records(message([protocols("")])), records(message([item(16, [0, 2, 5, 65])])),
    records(message([item(16, [0, 0])])), records(message([[0, 99, 0xFF, 0xFF]])),
]

@Suite struct ClientHelloTests {
    @Test(arguments: sound)
    func `a hello is read wherever it is cut`(_ message: [UInt8], _ expected: String) {
        for size in [1, 2, 7, 1 << 14] {
            let whole = records(message, of: size)
            for step in [1, 3, 64, whole.count] {
                guard case .hello(let hello) = read(whole + bytes("more"), step: step) else {
                    Issue.record("no hello in records of \(size), pieces of \(step)")
                    continue
                }
                let name = String(decoding: hello.serverName, as: UTF8.self)
                let list = String(decoding: hello.protocolList, as: UTF8.self)
                #expect("\(name)|\(list)|\(hello.versionText)" == expected)
            }
            #expect(read(Array(whole.dropLast()), step: 5) == .needsBytes)
        }
    }

    @Test(arguments: foreign)
    func `what is none is told`(_ bytes: [UInt8]) {
        #expect(read(bytes, step: bytes.count) == .foreign)
        #expect(read(bytes, step: 1) == .foreign)
    }

    @Test func `a hello of SSL 2 is known by its version`() {
        let start: [UInt8] = [0x80, 0x2E, 1, 3, 1, 0, 0]
        #expect(read(start, step: 7) == .hello(ClientHello(version: (3, 1))))
        #expect(read([0x80, 0x2E, 1, 0, 2], step: 5) == .hello(ClientHello(version: (0, 2))))
    }

    @Test func `bytes of any kind are read without a trap`() {
        var number: UInt64 = 88_172_645_463_325_252
        func next() -> UInt64 {
            number ^= number << 13
            number ^= number >> 7
            number ^= number << 17
            return number
        }
        var helloCount = 0
        for _ in 0..<10_000 {
            var bytes = records(sound[Int(next() % UInt64(sound.count))].0, of: 40)
            for _ in 0..<Int(next() % 4) {
                bytes[Int(next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: next())
            }
            let whole = read(bytes, step: bytes.count)
            if case .hello = whole { helloCount += 1 }
            #expect(read(bytes, step: 11) == whole)
        }
        #expect(helloCount > 1000)
    }
}
