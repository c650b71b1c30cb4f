// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A peer that the supervisor starts, as workers see it: where it is just now, if anywhere.

package import OS

/// Where the supervisor says which peers are where.
package struct ManagedPeers: BitwiseCopyable, Sendable {
    let board: PeerBoard

    /// Maps the memory that the supervisor has handed over.
    package init(board: Int32) throws(Errno) {
        let file = FileDescriptor(owning: board)
        self.board = PeerBoard(
            try SharedMemory(mapping: file.number, byteCount: PeerBoard.byteCount))
    }

    init(_ board: PeerBoard) { self.board = board }
}

/// One of them.
struct ManagedPeer: BitwiseCopyable, Sendable {
    /// Nil where nobody starts it: when a configuration is only looked at.
    private let place: Place?

    private struct Place: BitwiseCopyable, Sendable {
        let board: PeerBoard
        let slot: PeerSlot
    }

    init(_ peers: ManagedPeers?, _ slot: PeerSlot?) {
        if let peers, let slot {
            place = Place(board: peers.board, slot: slot)
        } else {
            place = nil
        }
    }

    /// The life that accepts connections; nil when none does.
    ///
    /// Cost: one load.
    var life: PeerLife? { place.flatMap { $0.board.door(of: $0.slot)?.life } }

    /// Where it accepts connections, and in which life.
    var door: (address: SocketAddress, use: PeerUse)? {
        guard let place, let (life, door) = place.board.door(of: place.slot) else { return nil }
        return (place.board.address(of: life, door), PeerUse(board: place.board, life: life))
    }
}

/// Whose connections are counted, so that nobody is ended who is still at work.
struct PeerUse: BitwiseCopyable, Sendable {
    let board: PeerBoard
    let life: PeerLife

    /// Whether it is the life that the peer lives now.
    var isCurrent: Bool { board.isCurrent(life) }

    /// A connection begins to be at work.
    func begin() { board.addUse(1, of: life) }

    /// A connection rests, or is closed.
    func end() { board.addUse(-1, of: life) }
}
