// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which passwords have been found right, so that they need not be hashed for each request.

internal import Digests
internal import OS

/// Remembers passwords that were right, by a digest that means nothing outside this thread.
///
/// The digest covers the hash of the password file as well: once that changes, the password is
/// checked again. Wrong passwords are not remembered.
struct PasswordMemory: ~Copyable {
    typealias Key = [UInt8]

    private let secret = Random.bytes(32)
    private var known: Set<Key> = []
    /// The same in the order in which they came, as a ring once it is full.
    private var order: [Key] = []
    private var next = 0

    /// What a user with a password and the hash of it is known by.
    func key(_ credentials: (user: [UInt8], password: [UInt8]), _ hash: PasswordHash) -> Key {
        var digest = SHA256()
        digest.update(secret)
        for part in [credentials.user, credentials.password, hash.text] {
            // With the length before each, no two sets of parts look the same.
            digest.update((0..<8).map { UInt8(truncatingIfNeeded: part.count >> ($0 * 8)) })
            digest.update(part)
        }
        return digest.finish()
    }

    func contains(_ key: Key) -> Bool { known.contains(key) }

    mutating func insert(_ key: Key) {
        guard known.insert(key).inserted else { return }
        guard order.count == Self.countLimit else {
            order.append(key)
            return
        }
        known.remove(order[next])
        order[next] = key
        next = (next + 1) % Self.countLimit
    }

    static var countLimit: Int { 1024 }
}
