// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// One X.509 certificate, and what it says.

internal import COpenSSL

/// A certificate; nobody changes it.
///
/// Why: a class, so that OpenSSL's object is freed when the last holder lets go of it.
@safe package final class Certificate: @unchecked Sendable {
    /// OpenSSL's object; it counts its holders under a lock of its own.
    package let handle: OpaquePointer

    /// Takes over an object.
    init(owning handle: OpaquePointer) { unsafe self.handle = handle }

    deinit { unsafe X509_free(handle) }

    /// Whom it is for, such as `CN=example.com`.
    package var subject: String { unsafe Self.text(X509_get_subject_name(handle)) }

    /// Who vouches for it.
    package var issuer: String { unsafe Self.text(X509_get_issuer_name(handle)) }

    /// The subject, or, for one without, the first name that it is for.
    package var title: String {
        let subject = subject
        if !subject.isEmpty { return subject }
        return hostNames.first.map { String(decoding: $0, as: UTF8.self) } ?? "no name"
    }

    /// The host names that it is for.
    package var hostNames: [[UInt8]] {
        let list = unsafe X509_get_ext_d2i(handle, NID_subject_alt_name, nil, nil)
        let names = OpaquePointer(list)
        defer { unsafe certificates_free_names(names) }
        var result: [[UInt8]] = []
        var index: Int32 = 0
        while true {
            var bytes: UnsafePointer<UInt8>?
            var count: Int32 = 0
            let kind = unsafe certificates_name(names, index, &bytes, &count)
            if kind < 0 { return result }
            if kind == 1 {
                let name = unsafe UnsafeBufferPointer(start: bytes, count: Int(count))
                unsafe result.append(Array(name))
            }
            index += 1
        }
    }

    /// When it begins and ends to be valid.
    ///
    /// Units: seconds since 1970.
    package var validFrom: Int64 { unsafe certificates_seconds(X509_get0_notBefore(handle)) }
    package var validUntil: Int64 { unsafe certificates_seconds(X509_get0_notAfter(handle)) }

    /// What kind of key it has, such as "an RSA key of 2048 bits".
    package var keyKind: String { unsafe PrivateKey.kind(of: X509_get0_pubkey(handle)) }

    /// Whether it vouches for itself.
    package var isSelfSigned: Bool { unsafe X509_self_signed(handle, 0) == 1 }

    /// Whether it says where the certificate of its issuer can be had.
    package var namesIssuerFile: Bool { unsafe certificates_names_issuer_file(handle) != 0 }

    /// Whom it says to ask for statements about it; nil where it names nobody.
    ///
    /// Spec: RFC 5280 §4.2.2.1. nginx takes the first one as well.
    package var responder: [UInt8]? {
        var room = [CChar](repeating: 0, count: 2048)
        let count = unsafe Int(certificates_responder(handle, &room, Int32(room.count)))
        guard count > 0, count <= room.count else { return nil }
        return room.prefix(count).map { UInt8(bitPattern: $0) }
    }

    /// Whether clients insist on a recent statement that it has not been revoked.
    ///
    /// Spec: RFC 7633.
    package var mustStaple: Bool { unsafe X509_get_ext_by_NID(handle, NID_tlsfeature, -1) >= 0 }

    /// Whether another certificate seems to vouch for this one: its name and its key's fit.
    package func isIssued(by other: Certificate) -> Bool {
        unsafe X509_check_issued(other.handle, handle) == X509_V_OK
    }

    package func isSame(as other: Certificate) -> Bool {
        unsafe X509_cmp(handle, other.handle) == 0
    }

    static func text(_ name: OpaquePointer?) -> String {
        guard let output = unsafe BIO_new(BIO_s_mem()) else { return "" }
        defer { unsafe BIO_free(output) }
        unsafe certificates_write_name(output, name)
        return unsafe String(decoding: MemoryInput.content(of: output), as: UTF8.self)
    }
}

/// OpenSSL's way to read from memory.
enum MemoryInput {
    /// Lets `body` read bytes.
    static func with<Result>(
        _ bytes: some Collection<UInt8>, _ body: (OpaquePointer) -> Result?
    ) -> Result? {
        unsafe Array(bytes).withUnsafeBufferPointer { bytes in
            let count = Int32(clamping: bytes.count)
            guard let input = unsafe BIO_new_mem_buf(bytes.baseAddress, count) else { return nil }
            defer { unsafe BIO_free(input) }
            return unsafe body(input)
        }
    }

    /// What was written to an output in memory.
    static func content(of output: OpaquePointer) -> [UInt8] {
        let count = unsafe BIO_ctrl_pending(output)
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { room, written in
            let result = unsafe BIO_read(output, room.baseAddress, Int32(clamping: count))
            written = max(0, Int(result))
        }
    }
}
