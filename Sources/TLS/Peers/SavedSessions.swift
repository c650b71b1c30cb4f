// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Sessions with peers that may be resumed.

internal import COpenSSL
internal import Synchronization

/// The last session with each of some peers, shared by threads.
///
/// Limits: `capacity` peers; a new one takes the place of any other.
@safe package final class SavedSessions: Sendable {
    /// Why: OpenSSL counts the holders of a session, and what it says does not change.
    @safe private final class Saved: @unchecked Sendable {
        let pointer: OpaquePointer

        init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }
        deinit { unsafe SSL_SESSION_free(pointer) }
    }

    private let capacity: Int
    private let sessions = Mutex<[[UInt8]: Saved]>([:])

    package init(capacity: Int = 1024) { self.capacity = capacity }

    /// How many there are.
    package var count: Int { sessions.withLock { $0.count } }

    /// Forgets the session with a peer.
    package func forget(_ key: [UInt8]) {
        sessions.withLock { _ = $0.removeValue(forKey: key) }
    }

    /// Forgets all of them.
    package func forgetAll() { sessions.withLock { $0 = [:] } }

    /// Takes a session over.
    func keep(_ pointer: OpaquePointer, _ key: [UInt8]) {
        let saved = unsafe Saved(owning: pointer)
        sessions.withLock { sessions in
            if sessions[key] == nil, sessions.count >= capacity, let other = sessions.first?.key {
                sessions.removeValue(forKey: other)
            }
            sessions[key] = saved
        }
    }

    /// Has a connection that begins resume the session with its peer, if there is one.
    ///
    /// - Returns: whether there is.
    func resume(_ ssl: OpaquePointer, _ key: [UInt8]) -> Bool {
        guard let saved = sessions.withLock({ $0[key] }) else { return false }
        return unsafe SSL_set_session(ssl, saved.pointer) == 1
    }
}
