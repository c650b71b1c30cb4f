// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How much of a turn goes into handshakes.
//
// A handshake takes as long as a hundred small requests. So those that can go on wait in a line, of
// which each turn of the loop serves only the first few: whoever is connected already is looked at
// in between, however many arrive.

internal import Memory
internal import TLS

/// Connections whose handshake can go on, in the order in which they came.
///
/// Why: two lines. Signing takes longest, which is done for those that begin; who has got that far
///      need not wait again behind them.
struct HandshakeLines: ~Copyable {
    private var new: IndexList
    private var begun: IndexList

    init(capacity: Int) {
        new = IndexList(capacity: capacity)
        begun = IndexList(capacity: capacity)
    }

    var isEmpty: Bool { new.isEmpty && begun.isEmpty }
    var newCount: Int { new.count }
    var begunCount: Int { begun.count }

    /// Puts a connection at the end of its line, unless it waits already.
    mutating func append(_ slot: Int, hasBegun: Bool) {
        guard !new.contains(slot), !begun.contains(slot) else { return }
        if hasBegun { begun.append(slot) } else { new.append(slot) }
    }

    /// Takes a connection out of its line.
    mutating func remove(_ slot: Int) {
        if new.contains(slot) { new.remove(slot) }
        if begun.contains(slot) { begun.remove(slot) }
    }

    mutating func popNew() -> Int? { new.popFirst() }
    mutating func popBegun() -> Int? { begun.popFirst() }
}

extension Worker {
    /// Has a connection wait for its turn to go on with its handshake.
    mutating func queueHandshake(of slot: Int) {
        handshakes.append(slot, hasBegun: clients[slot].transport.session?.hasBegun == true)
    }

    /// Lets the first in line go on with their handshakes.
    ///
    /// Limits: `ssl_handshakes_per_turn`, in each line.
    mutating func continueHandshakes() {
        guard !handshakes.isEmpty else { return }
        let limit = services.site.processes.handshakesPerTurn
        for _ in 0..<min(handshakes.begunCount, limit) {
            guard let slot = handshakes.popBegun() else { break }
            continueHandshake(of: slot)
        }
        for _ in 0..<min(handshakes.newCount, limit) {
            guard let slot = handshakes.popNew() else { break }
            continueHandshake(of: slot)
        }
    }

    private mutating func continueHandshake(of slot: Int) {
        services.mayShakeHands = true
        turn(slot)
        services.mayShakeHands = false
    }
}
