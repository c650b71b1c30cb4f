// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a worker must know to find the managed peers.

package import OS

/// The board on which managed peers are, and the places of those that a configuration names.
package struct PeerHandover: Equatable, Sendable {
    /// The descriptor of the board's memory.
    package var board: Int32

    /// The place of each peer, in the order of the plan.
    package var slots: [PeerSlot]

    /// Where their sockets are, if any has one.
    package var folder: String?

    package init(board: Int32, slots: [PeerSlot], folder: String? = nil) {
        self.board = board
        self.slots = slots
        self.folder = folder
    }

    /// The form in the environment: `8:0,1,2:/run/beranda-1x`.
    var text: String {
        let numbers = slots.map { String($0.number) }.joined(separator: ",")
        return "\(board):\(numbers):\(folder ?? "")"
    }

    init?(parsing text: Substring) {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let board = Int32(parts[0]), board >= 0 else { return nil }
        let words = parts[1].split(separator: ",")
        let slots = words.compactMap { Int($0) }
        guard slots.count == words.count,
            slots.allSatisfy({ (0..<PeerBoard.slotLimit).contains($0) })
        else { return nil }
        self.init(
            board: board, slots: slots.map { PeerSlot(number: $0) },
            folder: parts[2].isEmpty ? nil : String(parts[2]))
    }
}
