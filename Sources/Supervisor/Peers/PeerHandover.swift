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

    package init(board: Int32, slots: [PeerSlot]) {
        self.board = board
        self.slots = slots
    }

    /// The form in the environment: `8:0,1,2`.
    var text: String {
        "\(board):" + slots.map { String($0.number) }.joined(separator: ",")
    }

    init?(parsing text: Substring) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let board = Int32(parts[0]), board >= 0 else { return nil }
        let words = parts[1].split(separator: ",")
        let slots = words.compactMap { Int($0) }
        guard slots.count == words.count,
            slots.allSatisfy({ (0..<PeerBoard.slotLimit).contains($0) })
        else { return nil }
        self.init(board: board, slots: slots.map { PeerSlot(number: $0) })
    }
}
