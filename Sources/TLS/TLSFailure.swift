// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What OpenSSL says when something does not work, in the words that nginx's log has for it.

internal import COpenSSL

/// Why something of TLS failed.
package struct TLSFailure: Error, Equatable, Sendable {
    /// What was tried, such as `SSL_do_handshake()`.
    package let call: String
    /// What OpenSSL left about it, the oldest first; empty when it left nothing.
    package let reason: String
    /// The reason of the oldest error, as OpenSSL numbers them; 0 when there is none.
    package let code: Int32

    /// Takes what OpenSSL has left, so that nothing is left for the next who asks.
    init(_ call: String) {
        self.call = call
        var reasons: [String] = []
        var code: Int32 = 0
        while reasons.count < Self.reasonLimit {
            var data: UnsafePointer<CChar>?
            var flags: Int32 = 0
            let number = unsafe ERR_get_error_all(nil, nil, nil, &data, &flags)
            if number == 0 { break }
            if reasons.isEmpty { code = ERR_GET_REASON(number) }
            var text = Self.text(number)
            if flags & ERR_TXT_STRING != 0, let data = unsafe data {
                let more = unsafe String(cString: data)
                if !more.isEmpty { text += ":" + more }
            }
            reasons.append(text)
        }
        ERR_clear_error()
        reason = reasons.joined(separator: " ")
        self.code = code
    }

    /// Something that OpenSSL was not asked about.
    package init(_ call: String, _ reason: String) {
        self.call = call
        self.reason = reason
        code = 0
    }

    private static var reasonLimit: Int { 8 }

    private static func text(_ number: UInt) -> String {
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 256) { room, count in
            let start = UnsafeMutableRawPointer(room.baseAddress)
            unsafe ERR_error_string_n(
                number, start?.assumingMemoryBound(to: CChar.self), room.count)
            count = unsafe room.firstIndex(of: 0) ?? 0
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension TLSFailure: CustomStringConvertible {
    /// As in nginx's log: "SSL_do_handshake() failed (SSL: error:0A…)".
    package var description: String {
        reason.isEmpty ? "\(call) failed" : "\(call) failed (SSL: \(reason))"
    }
}

extension TLSFailure {
    /// Whether the other side is to blame, by sending what is no TLS or none that is wanted.
    ///
    /// Spec: nginx ngx_ssl_connection_error: these are told as information only.
    package var isByPeer: Bool {
        // What the other side has said is an alert.
        let alerts = SSL_AD_REASON_OFFSET...SSL_AD_REASON_OFFSET + 255
        return alerts.contains(code) || Self.reasonsOfPeers.contains(code)
    }

    private static let reasonsOfPeers: Set<Int32> = [
        SSL_R_BAD_CHANGE_CIPHER_SPEC, SSL_R_NO_SUITABLE_KEY_SHARE,
        SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, SSL_R_BLOCK_CIPHER_PAD_IS_WRONG,
        SSL_R_DIGEST_CHECK_FAILED, SSL_R_ERROR_IN_RECEIVED_CIPHER_LIST,
        SSL_R_EXCESSIVE_MESSAGE_SIZE,
        SSL_R_HTTPS_PROXY_REQUEST, SSL_R_HTTP_REQUEST, SSL_R_LENGTH_MISMATCH,
        SSL_R_NO_CIPHERS_SPECIFIED, SSL_R_BAD_CIPHER,
        SSL_R_NO_COMPRESSION_SPECIFIED, SSL_R_NO_SHARED_CIPHER, SSL_R_PACKET_LENGTH_TOO_LONG,
        SSL_R_RECORD_LENGTH_MISMATCH,
        SSL_R_CLIENTHELLO_TLSEXT, SSL_R_PARSE_TLSEXT, SSL_R_CALLBACK_FAILED,
        SSL_R_NO_APPLICATION_PROTOCOL, SSL_R_UNEXPECTED_MESSAGE, SSL_R_UNEXPECTED_RECORD,
        SSL_R_UNKNOWN_ALERT_TYPE, SSL_R_UNKNOWN_PROTOCOL,
        SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_WRONG_VERSION_NUMBER, SSL_R_BAD_LENGTH,
        SSL_R_BAD_KEY_UPDATE, SSL_R_NOT_ON_RECORD_BOUNDARY, SSL_R_BAD_LEGACY_VERSION,
        SSL_R_BAD_RECORD_TYPE, SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, SSL_R_BAD_EXTENSION,
        SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, SSL_R_UNEXPECTED_EOF_WHILE_READING,
        SSL_R_VERSION_TOO_LOW, SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED,
        SSL_R_TLSV1_ALERT_UNKNOWN_CA, SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
        SSL_R_BAD_PSK, SSL_R_BAD_HANDSHAKE_STATE, SSL_R_DATA_BETWEEN_CCS_AND_FINISHED,
        SSL_R_TOO_MANY_KEY_UPDATES, SSL_R_INAPPROPRIATE_FALLBACK,
        SSL_R_CERT_CB_ERROR, SSL_R_NO_SHARED_GROUPS,
    ]
}
