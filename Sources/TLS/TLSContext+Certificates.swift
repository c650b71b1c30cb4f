// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Certificates and keys of a context.

internal import COpenSSL

extension TLSContext {
    /// Takes a certificate with its chain, and the key that fits it, as PEM.
    package func use(certificate: [UInt8], key: [UInt8]) throws(TLSFailure) {
        try useCertificate(certificate)
        try useKey(key)
    }

    private func useCertificate(_ text: [UInt8]) throws(TLSFailure) {
        try unsafe Self.withBIO(text) { (bio) throws(TLSFailure) in
            guard let leaf = unsafe PEM_read_bio_X509_AUX(bio, nil, nil, nil) else {
                throw TLSFailure("PEM_read_bio_X509_AUX()")
            }
            defer { unsafe X509_free(leaf) }
            guard unsafe SSL_CTX_use_certificate(pointer, leaf) == 1 else {
                throw TLSFailure("SSL_CTX_use_certificate()")
            }
            while let next = unsafe PEM_read_bio_X509(bio, nil, nil, nil) {
                let added = unsafe SSL_CTX_ctrl(
                    pointer, SSL_CTRL_CHAIN_CERT, 0, UnsafeMutableRawPointer(next))
                if added != 1 {
                    unsafe X509_free(next)
                    throw TLSFailure("SSL_CTX_add0_chain_cert()")
                }
            }
            // The end of the text is an error for OpenSSL.
            ERR_clear_error()
        }
    }

    private func useKey(_ text: [UInt8]) throws(TLSFailure) {
        try unsafe Self.withBIO(text) { (bio) throws(TLSFailure) in
            guard let key = unsafe PEM_read_bio_PrivateKey(bio, nil, nil, nil) else {
                throw TLSFailure("PEM_read_bio_PrivateKey()")
            }
            defer { unsafe EVP_PKEY_free(key) }
            guard unsafe SSL_CTX_use_PrivateKey(pointer, key) == 1 else {
                throw TLSFailure("SSL_CTX_use_PrivateKey()")
            }
        }
    }

    /// Lends bytes to OpenSSL as if they were a file.
    static func withBIO(
        _ bytes: [UInt8], _ body: (OpaquePointer) throws(TLSFailure) -> Void
    ) throws(TLSFailure) {
        var failure: TLSFailure?
        unsafe bytes.span.withUnsafeBytes { part in
            guard let bio = unsafe BIO_new_mem_buf(part.baseAddress, Int32(clamping: part.count))
            else {
                failure = TLSFailure("BIO_new_mem_buf()")
                return
            }
            defer { _ = unsafe BIO_free(bio) }
            do throws(TLSFailure) { try unsafe body(bio) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}
