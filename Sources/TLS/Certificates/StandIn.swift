// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A certificate that is made here, for a server whose own is not there yet.

internal import COpenSSL
internal import OS

/// Makes certificates that vouch for themselves.
package enum StandIn {
    /// How long one is valid.
    ///
    /// Units: seconds.
    private static var lifetime: Int { 90 * 86_400 }

    /// How many names one has at most.
    private static var nameLimit: Int { 100 }

    /// The longest subject that there may be.
    ///
    /// Spec: RFC 5280 appendix A.1, ub-common-name.
    private static var subjectLimit: Int { 64 }

    /// Makes a key and a certificate for some names; nil where the library cannot.
    ///
    /// - Parameter names: host names, also such as `*.example.com`, and addresses.
    package static func make(names: [[UInt8]]) -> Credential? {
        defer { ERR_clear_error() }
        guard let keyHandle = unsafe certificates_new_key() else { return nil }
        let key = unsafe PrivateKey(owning: keyHandle)
        guard let handle = unsafe X509_new() else { return nil }
        let certificate = unsafe Certificate(owning: handle)
        let serial = Random.bytes(16)
        unsafe serial.withUnsafeBufferPointer { serial in
            let number = unsafe BN_bin2bn(serial.baseAddress, Int32(clamping: serial.count), nil)
            unsafe BN_to_ASN1_INTEGER(number, X509_get_serialNumber(handle))
            unsafe BN_free(number)
        }
        // What a clock that is a little late has to say about it.
        unsafe X509_gmtime_adj(X509_getm_notBefore(handle), -86_400)
        unsafe X509_gmtime_adj(X509_getm_notAfter(handle), lifetime)
        guard unsafe X509_set_version(handle, 2) == 1,
            unsafe X509_set_pubkey(handle, keyHandle) == 1,
            setSubject(names.first ?? [], certificate),
            names.isEmpty || addNames(Array(names.prefix(nameLimit)), certificate),
            unsafe X509_sign(handle, keyHandle, EVP_sha256()) > 0
        else { return nil }
        do throws(CertificateFlaw) {
            var credential = try Credential(CertificateChain(leaf: certificate), key)
            credential.isStandIn = true
            return credential
        } catch {
            return nil
        }
    }

    private static func setSubject(_ name: [UInt8], _ certificate: Certificate) -> Bool {
        guard let subject = unsafe X509_get_subject_name(certificate.handle) else { return false }
        let host = name.isEmpty || name.count > subjectLimit ? Array("stand-in".utf8) : name
        let entries = [("O", Array("Beranda stand-in".utf8)), ("CN", host)]
        for (kind, value) in entries {
            let result = unsafe value.withUnsafeBufferPointer { value in
                unsafe X509_NAME_add_entry_by_txt(
                    subject, kind, MBSTRING_UTF8, value.baseAddress, Int32(clamping: value.count),
                    -1, 0)
            }
            guard result == 1 else { return false }
        }
        return unsafe X509_set_issuer_name(certificate.handle, subject) == 1
    }

    private static func addNames(_ names: [[UInt8]], _ certificate: Certificate) -> Bool {
        guard let list = unsafe GENERAL_NAMES_new() else { return false }
        defer { unsafe certificates_free_names(list) }
        for name in names {
            let address = CompactAddress(parsing: name.span, defaultPort: 0)?.binary
            let value = address ?? name
            let result = unsafe value.withUnsafeBufferPointer { value in
                unsafe certificates_add_name(
                    list, value.baseAddress, Int32(clamping: value.count), address == nil ? 0 : 1)
            }
            guard result == 1 else { return false }
        }
        return unsafe X509_add1_ext_i2d(
            certificate.handle, NID_subject_alt_name, UnsafeMutableRawPointer(list), 0, 0) == 1
    }
}
