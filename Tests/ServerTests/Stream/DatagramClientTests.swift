// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The datagrams that wait for a session.

import Memory
import OS
import Testing

@testable import Server

@Suite struct DatagramClientTests {
    private func client() -> DatagramClient {
        let key = DatagramKey(
            listener: 0, client: CompactAddress(ipv4: 0x7F00_0001, port: 9), local: nil)
        return DatagramClient(key, to: nil, descriptor: -1)
    }

    @Test func `datagrams that nobody has room for are lost, and the order stays`() {
        let client = client()
        for number in 0..<70 { client.append([UInt8(number)].span) }
        for number in 0..<64 {
            #expect(client.first == [UInt8(number)])
            client.removeFirst()
        }
        #expect(client.first == nil)
    }

    @Test func `a queue that never runs empty stays small`() {
        let client = client()
        client.append([0].span)
        for number in 1..<5000 {
            client.append([UInt8(truncatingIfNeeded: number)].span)
            #expect(client.first == [UInt8(truncatingIfNeeded: number - 1)])
            client.removeFirst()
        }
        #expect(client.heldCount <= 128)
    }
}
