// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What one side of TLS shows to the other: certificates, and the key that proves them its own.

internal import COpenSSL

/// A certificate with its chain and its key, which fit each other.
package struct Credential: Sendable {
    package let chain: CertificateChain
    package let key: PrivateKey
    /// Whether it was made here, for want of another one.
    package internal(set) var isStandIn = false

    /// Puts the two together.
    package init(_ chain: CertificateChain, _ key: PrivateKey) throws(CertificateFlaw) {
        self.chain = chain
        self.key = key
        guard !key.fits(chain.leaf) else { return }
        throw Self.mismatch(chain, key)
    }

    private static func mismatch(_ chain: CertificateChain, _ key: PrivateKey) -> CertificateFlaw {
        if let place = chain.rest.firstIndex(where: key.fits) {
            return CertificateFlaw(
                .mismatch, "the key belongs to certificate \(place + 2) of the file",
                expected: "the certificate of the server comes first, then those of its issuers")
        }
        let wanted = chain.leaf.keyKind
        let found = key.kind
        let expected =
            wanted == found
            ? "it is \(found), but not that of \"\(chain.leaf.title)\""
            : "\"\(chain.leaf.title)\" has \(wanted), this is \(found)"
        return CertificateFlaw(
            .mismatch, "the key does not fit the certificate", expected: expected)
    }

    /// Has a context show it, in the place of one with the same kind of key.
    func install(in context: OpaquePointer) throws(CertificateFlaw) {
        let result = unsafe withRest { rest, count in
            unsafe certificates_use_in_context(context, chain.leaf.handle, key.handle, rest, count)
        }
        if result != 1 { throw refusal }
    }

    /// Has one session show it.
    func install(inSession session: OpaquePointer) throws(CertificateFlaw) {
        let result = unsafe withRest { rest, count in
            unsafe certificates_use_in_session(session, chain.leaf.handle, key.handle, rest, count)
        }
        if result != 1 { throw refusal }
    }

    private func withRest(
        _ body: (UnsafePointer<OpaquePointer?>?, Int32) -> Int32
    ) -> Int32 {
        let rest = unsafe chain.rest.map { unsafe Optional($0.handle) }
        return unsafe rest.withUnsafeBufferPointer { rest in
            unsafe body(rest.baseAddress, Int32(clamping: rest.count))
        }
    }

    /// Why OpenSSL does not want it.
    private var refusal: CertificateFlaw {
        let code = ERR_peek_error()
        let text = OpenSSLReason.last
        let isSSL = code >> 23 & 0xFF == UInt(ERR_LIB_SSL)
        let reason = Int32(truncatingIfNeeded: code & 0x7F_FFFF)
        let leaf = chain.leaf
        let help = "ssl_ciphers \"DEFAULT:@SECLEVEL=1\" takes weaker ones"
        switch reason {
        case SSL_R_EE_KEY_TOO_SMALL where isSSL:
            return CertificateFlaw(
                .weak, "\(leaf.keyKind) is too weak (\(text))",
                expected: "expected at least 2048 bits of RSA, or an EC key", help: help)
        case SSL_R_CA_KEY_TOO_SMALL where isSSL:
            return CertificateFlaw(
                .weak, "a certificate of the chain has a key that is too weak (\(text))",
                expected: "expected at least 2048 bits of RSA, or an EC key", help: help)
        case SSL_R_CA_MD_TOO_WEAK where isSSL:
            return CertificateFlaw(
                .weak, "a certificate is signed with a digest that is too weak (\(text))",
                expected: "expected SHA-256 or better", help: help)
        default:
            return CertificateFlaw(.refused, "OpenSSL refuses it (\(text))")
        }
    }
}
