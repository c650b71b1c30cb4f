// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The question whether an authority still vouches for a certificate, and the answer.
//
// Bytes in, bytes out: how they travel is not known here.

internal import COpenSSL
internal import OS

/// What an authority says of a certificate.
package enum CertificateStatus: Int32, Sendable {
    case good = 0
    case revoked = 1
    case unknown = 2

    /// OpenSSL's word for it.
    package var name: String {
        switch self {
        case .good: "good"
        case .revoked: "revoked"
        case .unknown: "unknown"
        }
    }
}

/// What came of asking about the certificates of a client.
package enum ClientStatus: Sendable {
    case good, revoked, unknown
    /// There was nobody to ask, no answer, or one that cannot be believed.
    case failed

    package init(_ status: CertificateStatus) {
        switch status {
        case .good: self = .good
        case .revoked: self = .revoked
        case .unknown: self = .unknown
        }
    }

    /// What is wrong; nil when nothing is.
    ///
    /// Spec: nginx ngx_ssl_ocsp_get_status.
    package var flaw: StaticString? {
        switch self {
        case .good: nil
        case .revoked: "certificate revoked"
        case .unknown: "certificate status unknown"
        case .failed: "certificate status request failed"
        }
    }
}

/// A question to an authority (OCSP).
///
/// Spec: RFC 6960. SHA-1 names certificates here, as every responder expects it; it is not what
///       makes them trusted.
package struct StatusQuestion: Sendable {
    package let certificate: Certificate
    package let issuer: Certificate
    /// Those that may lead from whoever signs the answer to one that is trusted.
    let helpers: [Certificate]

    package init(_ certificate: Certificate, issuer: Certificate, helpers: [Certificate]) {
        self.certificate = certificate
        self.issuer = issuer
        self.helpers = helpers
    }

    /// The question as it is sent; nil where there is no memory.
    package var bytes: [UInt8]? {
        var start: UnsafeMutablePointer<UInt8>?
        let count = unsafe certificates_status_request(certificate.handle, issuer.handle, &start)
        defer {
            unsafe CRYPTO_free(start, nil, 0)
            ERR_clear_error()
        }
        guard count > 0 else { return nil }
        return unsafe [UInt8](UnsafeBufferPointer(start: start, count: Int(count)))
    }

    /// What the certificate is told by from all others: who issued it, and its number.
    ///
    /// Spec: nginx ngx_ssl_ocsp_create_key; nil for numbers longer than RFC 5280 §4.1.2.2 allows.
    package var key: [UInt8]? {
        var digest = [UInt8](repeating: 0, count: 20)
        guard let name = unsafe X509_get_subject_name(issuer.handle),
            unsafe X509_NAME_digest(name, EVP_sha1(), &digest, nil) == 1
        else { return nil }
        var key = digest
        guard unsafe X509_pubkey_digest(issuer.handle, EVP_sha1(), &digest, nil) == 1 else {
            return nil
        }
        key += digest
        let serial = unsafe X509_get0_serialNumber(certificate.handle)
        let count = unsafe Int(ASN1_STRING_length(serial))
        guard count <= 20 else { return nil }
        unsafe key += UnsafeBufferPointer(start: ASN1_STRING_get0_data(serial), count: count)
        return key
    }
}

/// Why an answer is of no use.
package struct StatusFlaw: Error, Equatable, Sendable {
    package let message: String

    package init(message: String) { self.message = message }
}

/// What an answer says.
package struct StatusVerdict: Equatable, Sendable {
    package let status: CertificateStatus
    /// Until when that holds; nil where the authority does not say.
    ///
    /// Units: seconds since 1970.
    package let validUntil: Int64?

    package init(status: CertificateStatus, validUntil: Int64?) {
        self.status = status
        self.validUntil = validUntil
    }
}

/// Whom an answer is believed from.
package enum StatusTrust: Sendable {
    /// From whoever leads to an authority that is trusted.
    case authorities
    /// Also from the certificates that stand beside the one in question.
    case helpers
    /// From anybody: clients see to it themselves.
    case anybody

    fileprivate var flags: UInt {
        switch self {
        case .authorities: 0
        case .helpers: UInt(OCSP_TRUSTOTHER)
        case .anybody: UInt(OCSP_NOVERIFY)
        }
    }
}

extension StatusQuestion {
    /// Reads the answer.
    ///
    /// - Parameter context: says which authorities are trusted.
    /// Spec: nginx ngx_ssl_ocsp_verify: five minutes for clocks that differ.
    package func verdict(
        of bytes: [UInt8], by context: TLSContext, trusting trust: StatusTrust
    ) throws(StatusFlaw) -> StatusVerdict {
        defer { ERR_clear_error() }
        let response = unsafe bytes.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            var start = bytes.baseAddress
            return unsafe d2i_OCSP_RESPONSE(nil, &start, bytes.count)
        }
        guard let response = unsafe response else { throw Self.failed("d2i_OCSP_RESPONSE()") }
        defer { unsafe OCSP_RESPONSE_free(response) }
        let code = unsafe OCSP_response_status(response)
        guard code == OCSP_RESPONSE_STATUS_SUCCESSFUL else {
            let text = unsafe String(cString: OCSP_response_status_str(Int(code)))
            throw StatusFlaw(message: "OCSP response not successful (\(code): \(text))")
        }
        guard let basic = unsafe OCSP_response_get1_basic(response) else {
            throw Self.failed("OCSP_response_get1_basic()")
        }
        defer { unsafe OCSP_BASICRESP_free(basic) }
        let handles = unsafe helpers.map { unsafe Optional($0.handle) }
        let store = unsafe context.withPointer { unsafe SSL_CTX_get_cert_store($0) }
        guard
            unsafe certificates_verify_status(
                basic, handles, Int32(clamping: handles.count), store, trust.flags) == 1
        else { throw Self.failed("OCSP_basic_verify()") }
        return try unsafe statement(in: basic)
    }

    /// What a response says of the certificate.
    private func statement(in basic: OpaquePointer) throws(StatusFlaw) -> StatusVerdict {
        guard let name = unsafe OCSP_cert_to_id(nil, certificate.handle, issuer.handle) else {
            throw Self.failed("OCSP_cert_to_id()")
        }
        defer { unsafe OCSP_CERTID_free(name) }
        var status: Int32 = 0
        var begin: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
        var end: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
        guard
            unsafe OCSP_resp_find_status(basic, name, &status, nil, nil, &begin, &end) == 1,
            let known = CertificateStatus(rawValue: status)
        else {
            throw StatusFlaw(message: "certificate status not found in the OCSP response")
        }
        guard unsafe OCSP_check_validity(begin, end, Self.clockTolerance, -1) == 1 else {
            throw Self.failed("OCSP_check_validity()")
        }
        guard let end = unsafe end else { return StatusVerdict(status: known, validUntil: nil) }
        let time = unsafe certificates_seconds(end)
        guard time != .min else {
            throw StatusFlaw(message: "invalid nextUpdate time in certificate status")
        }
        return StatusVerdict(status: known, validUntil: time)
    }

    /// Units: seconds.
    private static var clockTolerance: Int { 300 }

    private static func failed(_ call: String) -> StatusFlaw {
        StatusFlaw(message: "\(TLSFailure(call))")
    }
}

extension TLSContext {
    /// The certificate of whoever vouches for another one: one beside it, or one that is trusted.
    ///
    /// Spec: nginx ngx_ssl_stapling_issuer.
    package func issuer(of chain: CertificateChain) -> Certificate? {
        if let found = chain.rest.first(where: chain.leaf.isIssued(by:)) { return found }
        defer { ERR_clear_error() }
        guard let way = unsafe X509_STORE_CTX_new() else { return nil }
        defer { unsafe X509_STORE_CTX_free(way) }
        var issuer: OpaquePointer?
        guard unsafe X509_STORE_CTX_init(way, SSL_CTX_get_cert_store(pointer), nil, nil) == 1,
            unsafe X509_STORE_CTX_get1_issuer(&issuer, way, chain.leaf.handle) == 1,
            let issuer = unsafe issuer
        else { return nil }
        return unsafe Certificate(owning: issuer)
    }
}

extension TLSSession {
    /// The certificates from that of the other side to one that is trusted; empty without a way.
    package var verifiedChain: [Certificate] {
        defer { ERR_clear_error() }
        var room = unsafe [OpaquePointer?](repeating: nil, count: Self.chainLimit)
        let count = unsafe Int(certificates_verified_chain(ssl, &room, Int32(room.count)))
        return unsafe room.prefix(count).compactMap { handle in
            unsafe handle.map { unsafe Certificate(owning: $0) }
        }
    }

    private static var chainLimit: Int { 32 }
}
