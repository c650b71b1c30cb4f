// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Headers of the PROXY protocol as peers get them: what is written is read again.

import Memory
import OS
import Testing

@testable import Server

private let four = (
    CompactAddress(ipv4: 0xC000_0201, port: 123), CompactAddress(ipv4: 0xC000_0202, port: 5678)
)
private let six = (
    CompactAddress(ipv6: 0x2001_0DB8_0000_0000, 1, port: 123),
    CompactAddress(ipv6: 0x2001_0DB8_0000_0000, 2, port: 5678)
)

@Suite struct ProxyHeaderWriterTests {
    private func written(
        _ write: (inout Buffer) -> Void
    ) -> (bytes: [UInt8], read: ProxyHeader?) {
        var buffer = Buffer(capacity: 0)
        write(&buffer)
        guard case .header(let header, let count) = ProxyHeaderParser.parse(buffer.readable) else {
            Issue.record("what was written is no header")
            return (buffer.copied(), nil)
        }
        #expect(count == buffer.count)
        return (buffer.copied(), header)
    }

    @Test(arguments: [
        (four.0, four.1, "PROXY TCP4 192.0.2.1 192.0.2.2 123 5678\r\n"),
        (six.0, six.1, "PROXY TCP6 2001:db8::1 2001:db8::2 123 5678\r\n"),
        (CompactAddress.unix, CompactAddress.unix, "PROXY UNKNOWN\r\n"),
    ])
    func `a line names both ends`(
        _ source: CompactAddress, _ destination: CompactAddress, _ line: String
    ) {
        let (text, header) = written { ProxyHeaderWriter.writeLine(source, destination, to: &$0) }
        #expect(text == bytes(line))
        #expect(header?.source == (source == .unix ? nil : source))
        #expect(header?.destination == (source == .unix ? nil : destination))
    }

    @Test func `the binary form names both ends, and has a checksum`() {
        for (source, destination) in [four, six] {
            let (text, header) = written {
                ProxyHeaderWriter.writeBinary(source, destination, to: &$0)
            }
            #expect(header?.source == source)
            #expect(header?.destination == destination)
            #expect(header?.options.prefix(3) == [3, 0, 4])
            #expect(text.count == (source.family == .ipv4 ? 35 : 59))
        }
    }

    @Test func `two families are written as the larger one`() {
        let (_, header) = written { ProxyHeaderWriter.writeBinary(four.0, six.1, to: &$0) }
        #expect(header?.source.unmapped == four.0)
        #expect(header?.destination == six.1)
    }

    @Test func `nobody is named where one end has no address`() {
        let (_, header) = written { ProxyHeaderWriter.writeBinary(.unix, four.1, to: &$0) }
        #expect(header == nil)
    }
}
