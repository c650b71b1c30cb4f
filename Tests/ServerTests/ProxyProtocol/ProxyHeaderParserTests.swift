// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The header of the PROXY protocol: what is one, and what it says, wherever its bytes are cut.

import Memory
import OS
import Testing

@testable import Server

/// What a header came to, in a form that can be compared.
private enum Outcome: Equatable {
    case needsBytes
    case header(String, Int)
    case malformed(ProxyHeaderFlaw)
}

private func outcome(of bytes: [UInt8]) -> Outcome {
    switch ProxyHeaderParser.parse(bytes.span) {
    case .needsBytes: .needsBytes
    case .header(nil, let count): .header("nobody", count)
    case .header(let header?, let count):
        .header("\(header.source) \(header.destination) \(header.options.count)", count)
    case .malformed(let flaw): .malformed(flaw)
    }
}

private let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]

/// A header of version 2.
private func binary(_ command: UInt8, _ family: UInt8, _ body: [UInt8]) -> [UInt8] {
    signature + [command, family, UInt8(body.count >> 8), UInt8(body.count & 255)] + body
}

private let four: [UInt8] = [192, 0, 2, 1, 192, 0, 2, 2, 0, 123, 22, 46]
private let six: [UInt8] =
    [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1, 0x20, 1, 0x0D, 0xB8]
    + [UInt8](repeating: 0, count: 11) + [2, 0, 123, 22, 46]

private let sound: [([UInt8], String)] = [
    (bytes("PROXY TCP4 192.0.2.1 192.0.2.2 123 5678\r\n"), "192.0.2.1:123 192.0.2.2:5678 0"),
    (bytes("PROXY TCP6 2001:Db8::1 ::2 0 65535\r\n"), "[2001:db8::1]:0 [::2]:65535 0"),
    (bytes("PROXY UNKNOWN\r\n"), "nobody"), (bytes("PROXY UNKNOWN 1 2 3 4 5 6\r\n"), "nobody"),
    (binary(0x21, 0x11, four), "192.0.2.1:123 192.0.2.2:5678 0"),
    (binary(0x21, 0x21, six), "[2001:db8::1]:123 [2001:db8::2]:5678 0"),
    (binary(0x21, 0x11, four + [1, 0, 1, 65]), "192.0.2.1:123 192.0.2.2:5678 4"),
    (binary(0x20, 0x00, []), "nobody"), (binary(0x20, 0x11, four), "nobody"),
    (binary(0x21, 0x12, four), "nobody"), (binary(0x21, 0x31, four), "nobody"),
    (binary(0x21, 0x41, [1, 2, 3, 4]), "nobody"),
]

private let faulty: [([UInt8], ProxyHeaderFlaw)] = [
    (bytes("GET / HTTP/1.0\r\n\r\n"), .broken), (bytes("proxy TCP4"), .broken),
    (bytes("PROXY TCP4 192.0.2.1 192.0.2.2 123 5678\n"), .broken),
    (bytes("PROXY TCP4 192.0.2.1 192.0.2.2 123\r\n"), .broken),
    (bytes("PROXY TCP4 192.0.2.1 192.0.2.2 123 5678 9\r\n"), .broken),
    (bytes("PROXY TCP4 192.0.2.1  192.0.2.2 123 5678\r\n"), .broken),
    (bytes("PROXY TCP4 192.0.2.1 192.0.2.2 123 65536\r\n"), .broken),
    (bytes("PROXY TCP4 192.0.2.1 192.0.2.2 -1 5\r\n"), .broken),
    (bytes("PROXY TCP4 ::1 ::1 1 1\r\n"), .broken),
    (bytes("PROXY TCP6 192.0.2.1 192.0.2.2 1 1\r\n"), .broken),
    (bytes("PROXY TCP4 300.0.2.1 192.0.2.2 1 1\r\n"), .broken),
    (bytes("PROXY UDP4 192.0.2.1 192.0.2.2 1 1\r\n"), .broken), (bytes("PROXY \r\n"), .broken),
    (bytes("PROXY UNKNOWN " + String(repeating: "x", count: 200)), .broken),
    (signature + [0x11, 0x11, 0, 0], .version(1)), (signature + [0x31, 0x11, 0, 0], .version(3)),
    (signature + [0x21, 0x11, 0xFF, 0xFF], .tooLarge), (binary(0x21, 0x11, [1, 2, 3]), .broken),
    (binary(0x21, 0x21, four), .broken), (bytes("\r\n\r\nGET / HTTP/1.1\r\n"), .broken),
]

@Suite struct ProxyHeaderParserTests {
    @Test(arguments: sound)
    func `a header is read wherever it is cut`(_ header: [UInt8], _ expected: String) {
        for count in 0..<header.count {
            #expect(outcome(of: Array(header[..<count])) == .needsBytes)
        }
        let rest = bytes("GET / HTTP/1.0\r\n\r\n")
        #expect(outcome(of: header) == .header(expected, header.count))
        #expect(outcome(of: header + rest) == .header(expected, header.count))
    }

    @Test(arguments: faulty)
    func `what is none is refused, and no part of it is taken for one`(
        _ start: [UInt8], _ flaw: ProxyHeaderFlaw
    ) {
        #expect(outcome(of: start) == .malformed(flaw))
        for count in 0..<start.count {
            let part = outcome(of: Array(start[..<count]))
            #expect(part == .needsBytes || part == .malformed(flaw))
        }
    }

    @Test func `bytes of any kind are read without a trap`() {
        var number: UInt64 = 88_172_645_463_325_252
        func next() -> UInt64 {
            number ^= number << 13
            number ^= number >> 7
            number ^= number << 17
            return number
        }
        var headerCount = 0
        for round in 0..<20_000 {
            var bytes = sound[Int(next() % UInt64(sound.count))].0
            for _ in 0..<Int(next() % 4) where !bytes.isEmpty {
                bytes[Int(next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: next())
            }
            if round % 3 == 0 { bytes.removeLast(Int(next() % UInt64(bytes.count + 1))) }
            if case .header(_, let count) = outcome(of: bytes) {
                headerCount += 1
                #expect(count <= bytes.count)
            }
        }
        #expect(headerCount > 1000)
    }
}

@Suite struct ProxyOptionTests {
    private func option(_ type: UInt8, _ value: [UInt8]) -> [UInt8] {
        [type, UInt8(value.count >> 8), UInt8(value.count & 255)] + value
    }

    private func header(_ options: [UInt8]) -> ProxyHeader {
        ProxyHeader(source: .unix, destination: .unix, options: options)
    }

    private func value(_ name: String, in header: ProxyHeader) -> String? {
        header.place(of: ProxyOption(name: bytes(name)))
            .map { String(decoding: header.options[$0], as: UTF8.self) }
    }

    @Test(
        arguments: [
            ("alpn", "h2"), ("0x1", "h2"), ("0x0001", "h2"), ("authority", "a.b"), ("0xae", "own"),
            ("0xAE", "own"), ("ssl_version", "TLSv1.3"), ("ssl_0x21", "TLSv1.3"), ("ssl_cn", "me"),
            ("netns", nil), ("0x21", nil), ("ssl_cipher", nil), ("other", nil), ("", nil),
            ("0x", nil), ("0xfffffffffffffffffffff", nil), ("ssl_", nil), ("0x1ae", nil),
        ] as [(String, String?)])
    func `vectors are found by name and by number`(_ name: String, _ expected: String?) {
        let about = [1, 0, 0, 0, 7] + option(0x21, bytes("TLSv1.3")) + option(0x22, bytes("me"))
        let header = header(
            option(1, bytes("h2")) + option(2, bytes("a.b")) + option(0x20, about)
                + option(0xAE, bytes("own")))
        #expect(value(name, in: header) == expected)
        #expect(header.verification == 7)
    }

    @Test(arguments: [[1], [1, 0], [1, 0, 5, 1], [1, 255, 255], [2, 0, 1]] as [[UInt8]])
    func `broken vectors have no value`(_ options: [UInt8]) {
        #expect(value("alpn", in: header(options)) == nil)
        #expect(header(options).verification == nil)
        #expect(header(option(0x20, [1, 2, 3])).verification == nil)
    }
}
