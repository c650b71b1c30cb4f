// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What an authority says of a certificate: whether it still vouches for it. A server may hand it to
// clients, who need not ask the authority then.

internal import COpenSSL

/// A response of an OCSP responder, as it is stapled to a certificate.
///
/// Spec: RFC 6960 §4.2, RFC 6066 §8.
@safe package final class StaplingResponse: @unchecked Sendable {
    /// The response as it is sent.
    package let bytes: [UInt8]
    private let basic: OpaquePointer

    /// Reads a response; it is handed on as it is.
    ///
    /// Spec: nginx ngx_ssl_stapling_file: the form of bytes.
    package init(parsing bytes: [UInt8]) throws(CertificateFlaw) {
        let basic = unsafe bytes.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            var start = bytes.baseAddress
            guard let response = unsafe d2i_OCSP_RESPONSE(nil, &start, bytes.count) else {
                return nil
            }
            defer { unsafe OCSP_RESPONSE_free(response) }
            return unsafe OCSP_response_get1_basic(response)
        }
        guard let basic = unsafe basic else {
            let reason = OpenSSLReason.last
            throw CertificateFlaw(
                .content, "it is no OCSP response (\(reason))",
                expected: "expected the bytes that `openssl ocsp -respout` writes")
        }
        self.bytes = bytes
        unsafe self.basic = basic
    }

    deinit { unsafe OCSP_BASICRESP_free(basic) }

    /// Whether it says anything about a certificate.
    package func covers(_ certificate: Certificate) -> Bool {
        let serial = unsafe X509_get0_serialNumber(certificate.handle)
        for index in 0..<(unsafe OCSP_resp_count(basic)) {
            guard let single = unsafe OCSP_resp_get0(basic, index) else { continue }
            let id = unsafe OCSP_SINGLERESP_get0_id(single)
            var known: UnsafeMutablePointer<ASN1_INTEGER>?
            unsafe OCSP_id_get0_info(nil, nil, nil, &known, id)
            if unsafe ASN1_INTEGER_cmp(serial, known) == 0 { return true }
        }
        return false
    }
}
