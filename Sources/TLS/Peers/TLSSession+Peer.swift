// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A session as the client's side: whom it wants, and whether it got them.

internal import COpenSSL

extension TLSSession {
    /// Names the host that is wanted (SNI).
    package func ask(for name: [UInt8]) throws(TLSFailure) {
        let done = unsafe (name + [0]).withUnsafeBufferPointer { text in
            unsafe SSL_ctrl(
                ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name),
                UnsafeMutableRawPointer(mutating: text.baseAddress))
        }
        guard done == 1 else {
            let shown = String(decoding: name, as: UTF8.self)
            throw TLSFailure("SSL_set_tlsext_host_name(\"\(shown)\")")
        }
    }

    /// Offers protocols to speak, as ALPN has them.
    package func offer(_ protocols: [UInt8]) throws(TLSFailure) {
        guard unsafe SSL_set_alpn_protos(ssl, protocols, UInt32(protocols.count)) == 0 else {
            throw TLSFailure("SSL_set_alpn_protos()")
        }
    }

    /// Shows a certificate if it is asked for one.
    package func show(_ credential: Credential) throws(CertificateFlaw) {
        try unsafe credential.install(inSession: ssl)
    }

    /// Whether the other side has shown a certificate that is one of a name.
    package func belongs(to name: [UInt8]) -> Bool {
        guard !name.isEmpty, let certificate = unsafe SSL_get1_peer_certificate(ssl) else {
            return false
        }
        defer { unsafe X509_free(certificate) }
        let result = unsafe name.withUnsafeBytes { text in
            unsafe X509_check_host(
                certificate, text.baseAddress?.assumingMemoryBound(to: CChar.self), text.count, 0,
                nil)
        }
        ERR_clear_error()
        return result == 1
    }

    // MARK: Sessions

    /// Goes on where the last session with a peer has ended, if the peer agrees.
    package func resume(_ key: [UInt8], from memory: SavedSessions) {
        _ = unsafe memory.resume(ssl, key)
    }

    /// Keeps what can be resumed of the session, now and when the peer has more to say.
    ///
    /// Why: called when the peer has been found to be the right one; nothing is kept of others.
    package func remember(_ key: [UInt8], in memory: SavedSessions) {
        self.memory = (memory, key)
        // With TLS 1.3 it is told later, if at all.
        guard unsafe SSL_version(ssl) < TLS1_3_VERSION, !isResumed,
            let session = unsafe SSL_get1_session(ssl)
        else { return }
        guard unsafe SSL_SESSION_is_resumable(session) == 1 else {
            return unsafe SSL_SESSION_free(session)
        }
        unsafe memory.keep(session, key)
    }
}
