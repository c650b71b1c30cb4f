// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A board in shared memory: where the peers are that a parent process starts, and how many
// connections are at work with each.
//
// The parent writes where they are, all others write what they use.

/// A place on the board: it stays with a peer however often that is started again.
package struct PeerSlot: BitwiseCopyable, Hashable, Sendable {
    package let number: Int

    package init(number: Int) { self.number = number }
}

/// One life of a peer.
///
/// A connection to it is worth nothing in the next.
package struct PeerLife: BitwiseCopyable, Hashable, Sendable {
    package let slot: PeerSlot
    /// Never 0.
    package let incarnation: UInt32

    package init(slot: PeerSlot, incarnation: UInt32) {
        self.slot = slot
        self.incarnation = incarnation
    }
}

/// How a peer on this host is reached.
package enum PeerDoor: BitwiseCopyable, Hashable, Sendable {
    case port(UInt16)
    /// A port that is only open on ::1.
    case ipv6Port(UInt16)
    /// A socket in the board's folder.
    case socket
}

/// The board.
///
///     slot: | where it is | connections at work, by the last bits of the incarnation … |
///
/// Invariant: whoever reads trusts nothing; a wrong word leads to a refused connection.
package struct PeerBoard: BitwiseCopyable, Sendable {
    private let memory: SharedMemory

    /// How many peers may be started.
    package static var slotLimit: Int { 256 }

    /// So many lives of one peer can be told apart while the older ones end.
    private static var lifeLimit: UInt32 { 4 }
    private static var slotByteCount: Int { 64 }
    private static var socketBit: UInt64 { 1 << 16 }
    private static var ipv6Bit: UInt64 { 1 << 17 }

    private static var folderOffset: Int { slotLimit * slotByteCount }
    private static var folderByteLimit: Int { 120 }

    package static var byteCount: Int { folderOffset + 8 + folderByteLimit }

    package init(_ memory: SharedMemory) { self.memory = memory }

    // MARK: The parent

    /// Says where a peer can be reached from now on.
    package func publish(_ life: PeerLife, _ door: PeerDoor) {
        let place: UInt64 =
            switch door {
            case .port(let port): UInt64(port)
            case .ipv6Port(let port): UInt64(port) | Self.ipv6Bit
            case .socket: Self.socketBit
            }
        memory.storeWord(UInt64(life.incarnation) << 32 | place, at: Self.offset(of: life.slot))
    }

    /// Says where the sockets of peers are; once, before the first of them is published.
    package func setFolder(_ path: [UInt8]) {
        guard path.count <= Self.folderByteLimit else { return }
        for offset in stride(from: 0, to: path.count, by: 8) {
            var word: UInt64 = 0
            for byte in path[offset..<min(offset + 8, path.count)].reversed() {
                word = word << 8 | UInt64(byte)
            }
            memory.storeWord(word, at: Self.folderOffset + 8 + offset)
        }
        memory.storeWord(UInt64(path.count), at: Self.folderOffset)
    }

    /// Says that a peer cannot be reached.
    package func withdraw(_ slot: PeerSlot) { memory.storeWord(0, at: Self.offset(of: slot)) }

    /// How many connections are at work with one life of a peer.
    package func useCount(of life: PeerLife) -> Int {
        max(0, Int(truncatingIfNeeded: memory.loadWord(at: Self.useOffset(of: life))))
    }

    /// Forgets who used a peer: they are gone, and can take nothing back.
    package func clearUse(of slot: PeerSlot) {
        for incarnation in 0..<Self.lifeLimit {
            let life = PeerLife(slot: slot, incarnation: incarnation)
            memory.storeWord(0, at: Self.useOffset(of: life))
        }
    }

    // MARK: Everybody

    /// Where a peer is, if it can be reached.
    ///
    /// Cost: one load.
    package func door(of slot: PeerSlot) -> (life: PeerLife, door: PeerDoor)? {
        let word = memory.loadWord(at: Self.offset(of: slot))
        guard word != 0 else { return nil }
        let life = PeerLife(slot: slot, incarnation: UInt32(truncatingIfNeeded: word >> 32))
        let port = UInt16(truncatingIfNeeded: word)
        if word & Self.socketBit != 0 { return (life, .socket) }
        return (life, word & Self.ipv6Bit != 0 ? .ipv6Port(port) : .port(port))
    }

    /// The address of a peer.
    package func address(of life: PeerLife, _ door: PeerDoor) -> SocketAddress {
        switch door {
        case .port(let port): .ip(CompactAddress(ipv4: 0x7F00_0001, port: port))
        case .ipv6Port(let port): .ip(CompactAddress(ipv6: 0, 1, port: port))
        case .socket:
            .unix(path: folder + Array("/\(life.slot.number)/\(life.incarnation).sock".utf8))
        }
    }

    private var folder: [UInt8] {
        let count = min(memory.loadWord(at: Self.folderOffset), UInt64(Self.folderByteLimit))
        return (0..<Int(count)).map { index in
            let word = memory.loadWord(at: Self.folderOffset + 8 + index / 8 * 8)
            return UInt8(truncatingIfNeeded: word >> (8 * UInt64(index % 8)))
        }
    }

    /// Whether this is the life that a peer lives now.
    package func isCurrent(_ life: PeerLife) -> Bool {
        memory.loadWord(at: Self.offset(of: life.slot)) >> 32 == UInt64(life.incarnation)
    }

    /// Notes that a connection begins, or ends, to be at work.
    package func addUse(_ difference: Int, of life: PeerLife) {
        memory.addWord(difference, at: Self.useOffset(of: life))
    }

    private static func offset(of slot: PeerSlot) -> Int { slot.number &* slotByteCount }

    private static func useOffset(of life: PeerLife) -> Int {
        offset(of: life.slot) &+ 8 &* (1 &+ Int(life.incarnation % lifeLimit))
    }
}
