// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Certificates and keys of a context.

internal import COpenSSL

extension TLSContext {
    /// Shows a certificate with its chain, beside those with other kinds of keys.
    package func use(_ credential: borrowing Credential) throws(CertificateFlaw) {
        try unsafe credential.install(in: pointer)
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
