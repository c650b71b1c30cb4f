// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A peer that is played by hand.

import EventLoop
import Memory
import OS
import Testing

@testable import Server

/// A peer that does what a test says.
struct PlayedPeer: ~Copyable {
    let listener: Listener
    let port: UInt16

    init() throws {
        listener = Listener(
            adopting: try Listener.open(.ip(CompactAddress(ipv4: 0x7F00_0001, port: 0))))
        port = listener.localAddress?.port ?? 0
    }

    struct NotDialled: Error {}

    func accept() throws -> Socket {
        guard case .connection(let socket, _) = listener.accept() else { throw NotDialled() }
        return socket
    }
}

/// What the other end of a connection has sent.
func receive(from peer: borrowing Socket) -> String {
    var buffer = Buffer(capacity: 4096)
    for _ in 0..<1000 {
        if case .bytes(let count) = peer.receive(into: buffer.free) {
            buffer.didFill(count)
            break
        }
    }
    return String(decoding: Array(copying: buffer.readable), as: UTF8.self)
}

/// Sends a text that is short enough to go at once.
func send(_ text: String, to peer: borrowing Socket) {
    let buffer = Buffer(Array(text.utf8))
    #expect(peer.send(buffer.readableBytes) == .bytes(text.utf8.count))
}
