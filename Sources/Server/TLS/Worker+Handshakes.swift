// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How much of a turn goes into handshakes.
//
// A handshake takes as long as a hundred small requests. So those that can go on wait in a line, of
// which each turn of the loop serves only the first few: whoever is connected already is looked at
// in between, however many arrive.

internal import Memory

extension Worker {
    /// Lets the first in line go on with their handshakes.
    ///
    /// Limits: `ssl_handshakes_per_turn`.
    mutating func continueHandshakes() {
        guard !handshakes.isEmpty else { return }
        for _ in 0..<min(handshakes.count, services.site.processes.handshakesPerTurn) {
            guard let slot = handshakes.popFirst() else { return }
            services.mayShakeHands = true
            turn(slot)
            services.mayShakeHands = false
        }
    }
}
