// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a context needs to be the client's side: what it shows, and sessions to resume.

internal import COpenSSL

extension TLSContext {
    /// Shows a certificate to those who ask for one.
    package func show(_ credential: Credential) throws(CertificateFlaw) {
        try unsafe credential.install(in: pointer)
    }

    /// Has sessions told of when they can be resumed: see `TLSSession.remember`.
    package func tellsSessions() {
        _ = unsafe SSL_CTX_ctrl(
            pointer, SSL_CTRL_SET_SESS_CACHE_MODE,
            Int(SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL), nil)
        unsafe SSL_CTX_sess_set_new_cb(pointer) { ssl, saved in
            guard let ssl = unsafe ssl, let saved = unsafe saved,
                let data = unsafe SSL_get_ex_data(ssl, 0)
            else { return 0 }
            let session = unsafe Unmanaged<TLSSession>.fromOpaque(data).takeUnretainedValue()
            guard let memory = session.memory else { return 0 }
            unsafe memory.sessions.keep(saved, memory.key)
            // It is ours now.
            return 1
        }
    }
}
