// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Sessions that clients may resume by their names, for several servers at once.

internal import COpenSSL
internal import Synchronization

/// A session of OpenSSL, held.
@safe private final class HeldSession: @unchecked Sendable {
    let handle: OpaquePointer

    /// Takes over a reference.
    init(owning handle: OpaquePointer) { unsafe self.handle = handle }

    deinit { unsafe SSL_SESSION_free(handle) }

    var name: [UInt8] { unsafe Self.name(of: handle) }

    static func name(of handle: OpaquePointer) -> [UInt8] {
        var count: UInt32 = 0
        let start = unsafe SSL_SESSION_get_id(handle, &count)
        return unsafe [UInt8](UnsafeBufferPointer(start: start, count: Int(count)))
    }
}

/// A bounded number of sessions; who has not been seen for longest is forgotten first.
///
/// Limits: as many sessions as nginx says to fit into a zone: 4000 in a megabyte.
package final class TLSSessionCache: Sendable {
    private struct Entry: Sendable {
        let session: HeldSession
        var use: UInt64
    }

    private struct Table: Sendable {
        var entries: [[UInt8]: Entry] = [:]
        var clock: UInt64 = 0
    }

    private let table = Mutex(Table())
    private let limit: Int

    package init(byteCount: Int) { limit = max(1, byteCount / 256) }

    /// Takes over a reference to a session.
    fileprivate func insert(_ handle: OpaquePointer) {
        let session = unsafe HeldSession(owning: handle)
        let name = session.name
        table.withLock { table in
            table.clock += 1
            table.entries[name] = Entry(session: session, use: table.clock)
            if table.entries.count > limit { Self.shrink(&table) }
        }
    }

    /// Forgets the older half.
    ///
    /// Why: seldom, and all at once, so that no order need be kept.
    private static func shrink(_ table: inout Table) {
        let middle = table.entries.values.map(\.use).sorted()[table.entries.count / 2]
        table.entries = table.entries.filter { $0.value.use >= middle }
    }

    /// The session with a name, with a reference counted for whoever asks.
    fileprivate func session(named name: [UInt8]) -> OpaquePointer? {
        let found = table.withLock { table -> HeldSession? in
            table.clock += 1
            table.entries[name]?.use = table.clock
            return table.entries[name]?.session
        }
        guard let found else { return nil }
        _ = unsafe SSL_SESSION_up_ref(found.handle)
        return unsafe found.handle
    }

    fileprivate func remove(_ handle: OpaquePointer) {
        let name = unsafe HeldSession.name(of: handle)
        table.withLock { $0.entries[name] = nil }
    }
}

/// `ssl_session_cache`: where sessions are kept.
package enum TLSSessionCaching: Sendable {
    /// Nowhere, and clients are told so.
    case off
    /// Nowhere; clients are given names for their sessions all the same.
    case none
    /// With the context; as many as given.
    case builtin(Int?)
    /// With those of other servers.
    case shared(TLSSessionCache)
}

extension TLSContext {
    /// Says where sessions are kept.
    ///
    /// Spec: nginx ngx_ssl_session_cache.
    package func keepSessions(_ caching: TLSSessionCaching) {
        switch caching {
        case .off: setCacheMode(SSL_SESS_CACHE_OFF)
        case .none:
            setCacheMode(
                SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_AUTO_CLEAR
                    | SSL_SESS_CACHE_NO_INTERNAL_STORE)
            _ = unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_SET_SESS_CACHE_SIZE, 1, nil)
        case .builtin(let count):
            setCacheMode(SSL_SESS_CACHE_SERVER)
            if let count {
                _ = unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_SET_SESS_CACHE_SIZE, count, nil)
            }
        case .shared(let cache):
            self.cache = cache
            setCacheMode(SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL)
            setCacheCallbacks()
        }
    }

    private func setCacheMode(_ mode: Int32) {
        _ = unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_SET_SESS_CACHE_MODE, Int(mode), nil)
    }

    private func setCacheCallbacks() {
        unsafe SSL_CTX_sess_set_new_cb(pointer) { ssl, session in
            guard let cache = unsafe TLSContext.session(of: ssl)?.context.cache,
                let session = unsafe session
            else { return 0 }
            unsafe cache.insert(session)
            return 1
        }
        unsafe SSL_CTX_sess_set_get_cb(pointer) { ssl, start, count, isCounted in
            // The reference has been counted already.
            unsafe isCounted?.pointee = 0
            guard let cache = unsafe TLSContext.session(of: ssl)?.context.cache else { return nil }
            let name = unsafe [UInt8](UnsafeBufferPointer(start: start, count: Int(count)))
            return unsafe cache.session(named: name)
        }
    }

    /// Forgets a session, wherever it is kept.
    func forget(_ session: OpaquePointer) {
        unsafe SSL_CTX_remove_session(pointer, session)
        unsafe cache?.remove(session)
    }
}
