// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What authorities have said of the certificates of a server, for clients that ask for it.
//
// It does not ask anybody: whoever does puts the answer here.

internal import COpenSSL
internal import OS
internal import Synchronization

/// The statements that a server hands to clients, for each of its certificates.
///
/// Spec: RFC 6066 §8.
package final class Staples: Sendable {
    private struct Staple {
        let leaf: Certificate
        let bytes: [UInt8]
        /// Units: seconds since 1970.
        let validUntil: Int64
    }

    private let staples = Mutex<[Staple]>([])

    package init() {}

    /// Has a statement about a certificate handed out while it is valid.
    ///
    /// - Parameter validUntil: seconds since 1970.
    package func put(_ bytes: [UInt8], for leaf: Certificate, until validUntil: Int64) {
        staples.withLock { staples in
            staples.removeAll { $0.leaf.isSame(as: leaf) }
            staples.append(Staple(leaf: leaf, bytes: bytes, validUntil: validUntil))
        }
    }

    /// Forgets what concerns other certificates than these.
    package func keep(_ leaves: [Certificate]) {
        staples.withLock { staples in
            staples.removeAll { staple in !leaves.contains { $0.isSame(as: staple.leaf) } }
        }
    }

    /// What there is about a certificate.
    ///
    /// - Parameter now: seconds since 1970.
    package func response(for leaf: Certificate, at now: Int64) -> [UInt8]? {
        find(at: now) { $0.isSame(as: leaf) }
    }

    fileprivate func response(for handle: OpaquePointer, at now: Int64) -> [UInt8]? {
        find(at: now) { unsafe X509_cmp($0.handle, handle) == 0 }
    }

    private func find(at now: Int64, _ isMeant: (Certificate) -> Bool) -> [UInt8]? {
        staples.withLock { staples in
            staples.first { $0.validUntil >= now && isMeant($0.leaf) }?.bytes
        }
    }
}

extension TLSContext {
    /// Hands statements about its certificates to clients that ask for them.
    package func staple(from staples: Staples) {
        self.staples = staples
        unsafe certificates_on_status_request(pointer) { ssl, _ in
            guard let ssl = unsafe ssl, let handle = unsafe SSL_get_certificate(ssl),
                let bytes = unsafe TLSContext.session(of: ssl)?.current.staples?.response(
                    for: handle, at: Int64(WallTime.now().seconds))
            else { return SSL_TLSEXT_ERR_NOACK }
            return unsafe certificates_answer_status(ssl, bytes, Int32(clamping: bytes.count))
        }
    }
}
