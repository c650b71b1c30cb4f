// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// One of the many clients that send datagrams to the same socket.

internal import Memory
internal import OS

/// What tells the sessions of a socket for datagrams apart.
struct DatagramKey: Hashable {
    /// An index of `Site.listeners`.
    let listener: Int
    let client: CompactAddress
    /// Where the client sends to, if the socket has several addresses.
    let local: CompactAddress?
}

/// The datagrams of a client that wait for its session, and the way back to it.
///
/// Limits: `countLimit` datagrams wait, and of several no more than `byteLimit` bytes; further ones
///         are lost, as the kernel loses them.
final class DatagramClient {
    let key: DatagramKey
    /// Where it sends to, without the port, if the socket tells.
    let destination: CompactAddress?
    private let descriptor: Int32
    private var waiting: [[UInt8]] = []
    private var next = 0
    private var waitingByteCount = 0
    /// `proxy_buffer_size` of its server.
    var byteLimit = 16 << 10
    /// Whether the session has all the datagrams that it will get: the next one begins another.
    var isComplete = false

    init(_ key: DatagramKey, to destination: CompactAddress?, descriptor: Int32) {
        self.key = key
        self.destination = destination
        self.descriptor = descriptor
    }

    private static var countLimit: Int { 64 }

    /// Keeps a datagram for the session.
    func append(_ datagram: Span<UInt8>) {
        let (count, byteCount) = (waiting.count - next, waitingByteCount + datagram.count)
        guard count == 0 || count < Self.countLimit && byteCount <= byteLimit else { return }
        waitingByteCount = byteCount
        waiting.append([UInt8](copying: datagram))
    }

    /// The datagram that has waited longest.
    var first: [UInt8]? { next < waiting.count ? waiting[next] : nil }

    /// Drops it.
    func removeFirst() {
        waitingByteCount -= waiting[next].count
        waiting[next] = []
        next += 1
        // Where some always wait, the places of those that are gone would grow without end.
        guard next == waiting.count || next >= Self.countLimit else { return }
        waiting.removeFirst(next)
        next = 0
    }

    /// Sends a datagram to the client.
    func send(_ bytes: RawSpan) -> Transfer {
        DatagramListener.send(bytes, on: descriptor, to: key.client, from: key.local)
    }
}
