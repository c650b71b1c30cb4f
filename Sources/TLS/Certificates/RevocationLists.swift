// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The lists in which authorities say whom they vouch for no more.

internal import COpenSSL

/// One of them; OpenSSL's object is freed with it.
@safe private final class RevocationList: @unchecked Sendable {
    let handle: OpaquePointer

    init(owning handle: OpaquePointer) { unsafe self.handle = handle }

    deinit { unsafe X509_CRL_free(handle) }

    /// Units: seconds since 1970; nil where it does not say when it ends.
    var validUntil: Int64? {
        guard let end = unsafe X509_CRL_get0_nextUpdate(handle) else { return nil }
        let time = unsafe certificates_seconds(end)
        return time == .min ? nil : time
    }

    var issuer: String { unsafe Certificate.text(X509_CRL_get_issuer(handle)) }
}

/// The lists of a file (CRL).
package struct RevocationLists: Sendable {
    private var lists: [RevocationList] = []

    /// Reads every list of a file, of which there must be one.
    ///
    /// Why: none of them is passed over. Whoever is on it would be let in.
    package init(parsing bytes: [UInt8]) throws(CertificateFlaw) {
        let text = PEMText(bytes)
        let blocks = text.blocks.filter(\.isRevocationList)
        guard text.flaw == nil, !blocks.isEmpty else {
            throw CertificateFlaw(
                .content, FileContent.describe(text),
                expected: "expected a revocation list as PEM: -----BEGIN X509 CRL-----",
                help: FileContent.advice(text, wants: .revocationList))
        }
        for block in blocks {
            let handle = unsafe MemoryInput.with(text.bytes[block.range]) { input in
                unsafe PEM_read_bio_X509_CRL(input, nil, nil, nil)
            }
            guard let handle = unsafe handle else {
                throw CertificateFlaw(
                    .content,
                    "the revocation list on line \(block.line) is damaged (\(OpenSSLReason.last))")
            }
            lists.append(unsafe RevocationList(owning: handle))
        }
    }

    /// What is worth knowing of them.
    ///
    /// - Parameter now: seconds since 1970.
    package func findings(at now: Int64) -> [CertificateFinding] {
        lists.compactMap { list in
            guard let end = list.validUntil, end < now else { return nil }
            return CertificateFinding(
                "the revocation list of \(list.issuer) was to be replaced "
                    + CertificateChain.day(end),
                label: "all clients that it vouches for will be refused")
        }
    }

    fileprivate func install(in store: OpaquePointer) throws(TLSFailure) {
        for list in lists {
            guard unsafe X509_STORE_add_crl(store, list.handle) == 1 else {
                throw TLSFailure("X509_STORE_add_crl()")
            }
        }
        unsafe X509_STORE_set_flags(
            store, UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL))
    }
}

extension TLSContext {
    /// Believes certificates on these lists no more.
    package func revoke(_ lists: RevocationLists) throws(TLSFailure) {
        guard let store = unsafe SSL_CTX_get_cert_store(pointer) else {
            throw TLSFailure("SSL_CTX_get_cert_store()")
        }
        try unsafe lists.install(in: store)
    }
}
