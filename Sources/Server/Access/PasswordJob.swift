// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Checking a password away from the loop: a good hash takes its time.

internal import Digests
internal import HTTP
internal import Synchronization

/// A password that is being checked.
final class PasswordJob: Sendable {
    enum Outcome: UInt8 { case pending, right, wrong }

    let user: [UInt8]
    /// The realm, in the bytes of the exchange.
    let realm: ByteRange
    /// What the memory of right passwords calls it.
    let key: PasswordMemory.Key
    private let password: [UInt8]
    private let hash: PasswordHash
    private let result = Atomic<UInt8>(Outcome.pending.rawValue)
    private let isAbandoned = Atomic<Bool>(false)

    init(
        _ credentials: BasicCredentials, _ hash: PasswordHash, key: PasswordMemory.Key,
        realm: ByteRange
    ) {
        user = credentials.user
        password = credentials.password
        self.hash = hash
        self.key = key
        self.realm = realm
    }

    /// What the check came to.
    var outcome: Outcome { Outcome(rawValue: result.load(ordering: .acquiring)) ?? .pending }

    /// Checks the password, unless nobody wants to know any more.
    func run() {
        guard !isAbandoned.load(ordering: .relaxed) else { return }
        let outcome: Outcome = hash.matches(password) ? .right : .wrong
        result.store(outcome.rawValue, ordering: .releasing)
    }

    /// The client has left.
    func abandon() { isAbandoned.store(true, ordering: .relaxed) }
}
