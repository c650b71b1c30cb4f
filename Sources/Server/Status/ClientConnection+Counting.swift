// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Counts connections by what they do.

internal import OS

extension ClientConnection {
    /// Counts a request whose head has arrived, from now on as being answered.
    mutating func countRequest(_ exchange: inout Exchange, _ services: borrowing Services) {
        countReading(false, services)
        services.counters.add(1, to: .requests)
        services.counters.add(1, to: .writing)
        exchange.counters = services.counters
    }

    /// Counts the connection while a head is arriving.
    mutating func countReading(_ isReading: Bool, _ services: borrowing Services) {
        guard isReading != isCountedAsReading else { return }
        isCountedAsReading = isReading
        services.counters.add(isReading ? 1 : -1, to: .reading)
    }

    /// Counts a connection that is taken on.
    static func countBeginning(_ services: borrowing Services) {
        services.counters.add(1, to: .handled)
        services.counters.add(1, to: .active)
    }

    /// Counts a connection that is about to be closed.
    mutating func countEnd(_ services: borrowing Services) {
        // A subrequest has come by no wire.
        guard !transport.isWireless else { return }
        countReading(false, services)
        services.counters.add(-1, to: .active)
    }
}
