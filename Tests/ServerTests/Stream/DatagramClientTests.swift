// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The datagrams that wait for a session: their order, and that there are never too many.

import OS
import Testing

@testable import Server

@Suite struct DatagramClientTests {
    private func client(byteLimit: Int = 1 << 14) -> DatagramClient {
        let key = DatagramKey(
            listener: 0, client: CompactAddress(ipv4: 0x7F00_0001, port: 9), local: nil)
        let client = DatagramClient(key, to: nil, descriptor: -1)
        client.byteLimit = byteLimit
        return client
    }

    private func append(_ datagram: [UInt8], to client: DatagramClient) {
        client.append(datagram.span)
    }

    private func takeAll(_ client: DatagramClient) -> [[UInt8]] {
        var taken: [[UInt8]] = []
        while let first = client.first {
            taken.append(first)
            client.removeFirst()
        }
        return taken
    }

    @Test func `datagrams come out as they came in`() {
        let client = client()
        // More than may wait at once, with one that always does.
        append([0], to: client)
        for number in UInt8(1)...200 {
            append([number], to: client)
            #expect(client.first == [number - 1])
            client.removeFirst()
        }
        #expect(takeAll(client) == [[200]])
        append([], to: client)
        #expect(takeAll(client) == [[]])
    }

    @Test func `only so many datagrams wait`() {
        let client = client()
        for number in UInt8(0)..<100 { append([number], to: client) }
        #expect(takeAll(client) == (UInt8(0)..<64).map { [$0] })
    }

    @Test func `only so many bytes wait`() {
        let client = client(byteLimit: 100)
        let large = [UInt8](repeating: 1, count: 60_000)
        append(large, to: client)
        append([2], to: client)
        #expect(takeAll(client) == [large])
        for count in [60, 41, 40, 1] { append([UInt8](repeating: 3, count: count), to: client) }
        #expect(takeAll(client).map(\.count) == [60, 40])
    }
}
