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
}
