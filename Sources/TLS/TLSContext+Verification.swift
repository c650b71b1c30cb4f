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
}
