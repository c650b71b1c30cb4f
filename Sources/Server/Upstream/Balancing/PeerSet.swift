// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A set of small numbers.

/// A set of peers, by their places in the group.
///
/// Cost: no allocation for groups of up to 64.
struct PeerSet: Sendable, Equatable {
    private var first: UInt64 = 0
    private var rest: [UInt64] = []

    var isEmpty: Bool { first == 0 && rest.allSatisfy { $0 == 0 } }

    func contains(_ index: Int) -> Bool {
        if index < 64 { return first >> UInt64(index) & 1 == 1 }
        let word = index / 64 - 1
        return word < rest.count && rest[word] >> UInt64(index % 64) & 1 == 1
    }

    mutating func insert(_ index: Int) {
        if index < 64 {
            first |= 1 << UInt64(index)
            return
        }
        let word = index / 64 - 1
        while rest.count <= word { rest.append(0) }
        rest[word] |= 1 << UInt64(index % 64)
    }

    mutating func remove(_ index: Int) {
        if index < 64 {
            first &= ~(1 << UInt64(index))
        } else if index / 64 - 1 < rest.count {
            rest[index / 64 - 1] &= ~(1 << UInt64(index % 64))
        }
    }

    mutating func removeAll() {
        first = 0
        if !rest.isEmpty { rest.removeAll(keepingCapacity: true) }
    }
}
