// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a certificate of a client says, in the forms that nginx's variables have it.

internal import COpenSSL

extension Certificate {
    /// All of it as PEM.
    package var pem: [UInt8] { unsafe written { unsafe PEM_write_bio_X509($0, handle) } }

    /// Whom it is for, as RFC 2253 writes names.
    package var subjectName: [UInt8] {
        unsafe written { unsafe beranda_name_print($0, X509_get_subject_name(handle)) }
    }

    /// Who vouches for it, as RFC 2253 writes names.
    package var issuerName: [UInt8] {
        unsafe written { unsafe beranda_name_print($0, X509_get_issuer_name(handle)) }
    }

    /// Whom it is for, with slashes.
    package var legacySubjectName: [UInt8] {
        unsafe Self.oneLine(X509_get_subject_name(handle))
    }

    /// Who vouches for it, with slashes.
    package var legacyIssuerName: [UInt8] {
        unsafe Self.oneLine(X509_get_issuer_name(handle))
    }

    /// Its number, as hexadecimal digits.
    package var serialNumber: [UInt8] {
        unsafe written { unsafe i2a_ASN1_INTEGER($0, X509_get_serialNumber(handle)) }
    }

    /// Its SHA-1 digest, as hexadecimal digits.
    package var fingerprint: [UInt8] { TLSSession.hexadecimal(digest) }

    /// Its SHA-1 digest.
    package var digest: [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { room, count in
            var length: UInt32 = 0
            let done = unsafe X509_digest(handle, EVP_sha1(), room.baseAddress, &length)
            count = done == 1 ? Int(length) : 0
        }
    }

    /// When it begins and ends to be valid, such as "Nov 23 19:00:00 2026 GMT".
    package var startText: [UInt8] {
        unsafe written { unsafe ASN1_TIME_print($0, X509_get0_notBefore(handle)) }
    }
    package var endText: [UInt8] {
        unsafe written { unsafe ASN1_TIME_print($0, X509_get0_notAfter(handle)) }
    }

    private func written(_ write: (OpaquePointer) -> Int32) -> [UInt8] {
        guard let output = unsafe BIO_new(BIO_s_mem()) else { return [] }
        defer { unsafe BIO_free(output) }
        _ = unsafe write(output)
        return unsafe MemoryInput.content(of: output)
    }

    private static func oneLine(_ name: OpaquePointer?) -> [UInt8] {
        guard let text = unsafe X509_NAME_oneline(name, nil, 0) else { return [] }
        defer { unsafe CRYPTO_free(text, nil, 0) }
        return unsafe Array(String(cString: text).utf8)
    }
}
