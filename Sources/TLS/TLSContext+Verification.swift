// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Whose certificates a context believes.

internal import COpenSSL

extension TLSContext {
    /// Asks the other side for a certificate.
    ///
    /// The handshake goes on whatever comes of it: what does is told by `TLSSession.verification`.
    package func verifyPeers() {
        unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, beranda_ssl_verify_any)
    }

    /// How long a chain may be between the certificate of the other side and one that is believed.
    package func setVerificationDepth(_ depth: Int) {
        unsafe SSL_CTX_set_verify_depth(pointer, Int32(clamping: depth))
    }

    /// Believes certificates, and whom they vouch for.
    package func trust(_ certificates: [Certificate]) throws(TLSFailure) {
        guard let store = unsafe SSL_CTX_get_cert_store(pointer) else {
            throw TLSFailure("SSL_CTX_get_cert_store()")
        }
        for certificate in certificates {
            guard unsafe X509_STORE_add_cert(store, certificate.handle) == 1 else {
                throw TLSFailure("X509_STORE_add_cert()")
            }
        }
    }

    /// Tells clients whose certificates they may choose from.
    package func suggest(_ certificates: [Certificate]) {
        var seen: Set<String> = []
        for certificate in certificates where seen.insert(certificate.subject).inserted {
            _ = unsafe SSL_CTX_add_client_CA(pointer, certificate.handle)
        }
    }

    /// Takes lists of certificates that are believed no more, as PEM.
    package func revoke(_ text: [UInt8], name: String) throws(TLSFailure) {
        guard let store = unsafe SSL_CTX_get_cert_store(pointer) else {
            throw TLSFailure("SSL_CTX_get_cert_store()")
        }
        var count = 0
        try unsafe Self.withBIO(text) { (bio) throws(TLSFailure) in
            while let list = unsafe PEM_read_bio_X509_CRL(bio, nil, nil, nil) {
                defer { unsafe X509_CRL_free(list) }
                count += 1
                guard unsafe X509_STORE_add_crl(store, list) == 1 else {
                    throw TLSFailure("X509_STORE_add_crl(\"\(name)\")")
                }
            }
            // The end of the text is an error for OpenSSL.
            if count > 0 { ERR_clear_error() }
        }
        guard count > 0 else { throw TLSFailure("cannot load CRL \"\(name)\": PEM_read_bio()") }
        unsafe X509_STORE_set_flags(
            store, UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL))
    }
}
