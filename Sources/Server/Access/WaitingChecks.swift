// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How many passwords wait to be checked, and whose.

internal import OS
internal import Synchronization

/// Counts the checks that wait by the address of who asks.
///
/// Why: whoever guesses passwords must leave places for those who know theirs.
final class WaitingChecks: Sendable {
    private let counts = Mutex<[CompactAddress: Int]>([:])

    /// Takes a place; false when the address has no further one.
    func enter(_ address: CompactAddress) -> Bool {
        let address = Self.withoutPort(address)
        return counts.withLock { counts in
            guard counts[address, default: 0] < Self.limit else { return false }
            counts[address, default: 0] += 1
            return true
        }
    }

    /// Gives a place back.
    func leave(_ address: CompactAddress) {
        let address = Self.withoutPort(address)
        counts.withLock { counts in
            let count = counts[address, default: 0] - 1
            counts[address] = count > 0 ? count : nil
        }
    }

    private static func withoutPort(_ address: CompactAddress) -> CompactAddress {
        var address = address
        address.port = 0
        return address
    }

    /// Half of all places.
    static var limit: Int { PasswordChecks.waitingLimit / 2 }
}
