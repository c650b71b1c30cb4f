// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is to be known of a connection: what was agreed upon, and who is at the other end.

internal import COpenSSL

extension TLSSession {
    /// The version, such as "TLSv1.3".
    package var version: [UInt8] { unsafe Self.text(SSL_get_version(ssl)) }

    /// The cipher in OpenSSL's words.
    package var cipher: [UInt8] {
        unsafe Self.text(SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)))
    }

    /// The ciphers that the client has offered, with colons between them.
    package var offeredCiphers: [UInt8] {
        var list: UnsafePointer<UInt8>?
        let count = unsafe Int(beranda_ssl_ciphers(ssl, &list))
        guard count > 0, let list = unsafe list else { return [] }
        var text: [UInt8] = []
        for start in stride(from: 0, to: count - 1, by: 2) {
            if start > 0 { text.append(UInt8(ascii: ":")) }
            if let cipher = unsafe SSL_CIPHER_find(ssl, list + start) {
                unsafe text += Self.text(SSL_CIPHER_get_name(cipher))
            } else {
                text += Array("0x".utf8)
                unsafe text += Self.hexadecimal([list[start], list[start + 1]])
            }
        }
        return text
    }

    /// The group in which keys were exchanged.
    package var group: [UInt8] {
        let number = unsafe Int32(truncatingIfNeeded: beranda_ssl_group(ssl))
        return number == NID_undef ? [] : name(ofGroup: number)
    }

    /// The groups that the client has offered, with colons between them.
    package var offeredGroups: [UInt8] {
        let count = unsafe Int(beranda_ssl_groups(ssl, nil))
        guard count > 0 else { return [] }
        var numbers = [Int32](repeating: 0, count: count)
        _ = unsafe beranda_ssl_groups(ssl, &numbers)
        return Array(numbers.map(name(ofGroup:)).joined(separator: [UInt8(ascii: ":")]))
    }

    private func name(ofGroup number: Int32) -> [UInt8] {
        if number & TLSEXT_nid_unknown == 0 { return unsafe Self.text(OBJ_nid2sn(number)) }
        let name = unsafe Self.text(SSL_group_to_name(ssl, number))
        guard name.isEmpty else { return name }
        return Array("0x".utf8)
            + Self.hexadecimal([UInt8(truncatingIfNeeded: number >> 8), UInt8(number & 0xFF)])
    }

    /// The kinds of signatures that the client takes, as their numbers.
    package var offeredSignatures: [UInt8] {
        let count = unsafe SSL_get_sigalgs(ssl, -1, nil, nil, nil, nil, nil)
        guard count > 0 else { return [] }
        var parts: [[UInt8]] = []
        for index in 0..<count {
            var (kind, digest): (UInt8, UInt8) = (0, 0)
            unsafe SSL_get_sigalgs(ssl, index, nil, nil, nil, &kind, &digest)
            parts.append(Array("0x".utf8) + Self.hexadecimal([digest, kind]))
        }
        return Array(parts.joined(separator: [UInt8(ascii: ":")]))
    }

    /// The name of the session, as hexadecimal digits.
    package var sessionName: [UInt8] {
        guard let session = unsafe SSL_get_session(ssl) else { return [] }
        var count: UInt32 = 0
        let start = unsafe SSL_SESSION_get_id(session, &count)
        let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: Int(count)))
        return Self.hexadecimal(bytes)
    }

    /// Whether an earlier session goes on.
    package var isResumed: Bool { unsafe SSL_session_reused(ssl) == 1 }

    /// Whether the handshake is complete: what came before may be somebody's repetition.
    package var isComplete: Bool { unsafe SSL_is_init_finished(ssl) == 1 }

    // MARK: The other side

    /// What came of checking the certificate of the other side.
    package struct Verification: Equatable, Sendable {
        /// As OpenSSL numbers it; 0 is good.
        package let code: Int
        /// Whether there was a certificate at all.
        package let hasCertificate: Bool

        /// Whether nothing is wrong but that nobody known has vouched for it.
        ///
        /// Spec: nginx ngx_ssl_verify_error_optional.
        package var isOnlyUnknown: Bool {
            [
                X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
                X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_CERT_UNTRUSTED,
                X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
            ].contains { Int($0) == code }
        }

        /// What is wrong, in OpenSSL's words.
        package var text: String {
            guard let text = unsafe X509_verify_cert_error_string(code) else { return "" }
            return unsafe String(cString: text)
        }
    }

    /// What came of checking the certificate of the other side.
    package var verification: Verification {
        let certificate = unsafe SSL_get0_peer_certificate(ssl)
        return unsafe Verification(
            code: SSL_get_verify_result(ssl), hasCertificate: certificate != nil)
    }

    /// The certificate of the other side; nil without one.
    package var certificate: Certificate? {
        guard let handle = unsafe SSL_get1_peer_certificate(ssl) else { return nil }
        return unsafe Certificate(owning: handle)
    }

    /// Sees to it that nobody resumes this session.
    package func forget() {
        guard let session = unsafe SSL_get_session(ssl) else { return }
        unsafe SSL_CTX_remove_session(SSL_get_SSL_CTX(ssl), session)
        unsafe context.forget(session)
    }

    // MARK: Texts

    private static func text(_ start: UnsafePointer<CChar>?) -> [UInt8] {
        guard let start = unsafe start else { return [] }
        return unsafe Array(String(cString: start).utf8)
    }

    static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }
}
