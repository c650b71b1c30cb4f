// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The key that belongs to a certificate.

internal import COpenSSL

/// A private key; nobody changes it.
@safe package final class PrivateKey: @unchecked Sendable {
    /// OpenSSL's object; it counts its holders under a lock of its own.
    package let handle: OpaquePointer

    /// Whether a password was needed to read it.
    package let wasEncrypted: Bool

    init(owning handle: OpaquePointer, wasEncrypted: Bool = false) {
        unsafe self.handle = handle
        self.wasEncrypted = wasEncrypted
    }

    deinit { unsafe EVP_PKEY_free(handle) }

    /// Reads the first key of a file.
    ///
    /// Spec: nginx ngx_ssl_certificate: each of the passwords is tried.
    package convenience init(
        parsing bytes: [UInt8], passwords: [[UInt8]] = []
    ) throws(CertificateFlaw) {
        let text = PEMText(bytes)
        guard text.flaw == nil, let block = text.blocks.first(where: \.isKey) else {
            let isCertificate = text.flaw == nil && text.blocks.contains(where: \.isCertificate)
            throw CertificateFlaw(
                .content, FileContent.describe(text, isSecret: true),
                expected: "expected a key as PEM: -----BEGIN PRIVATE KEY-----",
                help: Self.advice(text, isCertificate: isCertificate))
        }
        if block.isEncrypted, passwords.isEmpty {
            throw CertificateFlaw(
                .password, "the key is encrypted", expected: "its password is not known",
                help: "name a file with the password: ssl_password_file /etc/nginx/passwords;")
        }
        // Without a password OpenSSL would ask for one at the terminal.
        for password in block.isEncrypted ? passwords : [[]] {
            if let handle = unsafe Self.read(block, of: text, password) {
                ERR_clear_error()
                unsafe self.init(owning: handle, wasEncrypted: block.isEncrypted)
                return
            }
        }
        throw Self.flaw(of: block, passwords.count)
    }

    private static func advice(_ text: PEMText, isCertificate: Bool) -> String? {
        if isCertificate { return "are the files of certificate and key swapped?" }
        if text.blocks.contains(where: { $0.label == "OPENSSH PRIVATE KEY" }) {
            return "it can be converted: ssh-keygen -p -m PEM -f FILE"
        }
        return FileContent.advice(text, wants: .key)
    }

    private static func flaw(of block: PEMBlock, _ passwordCount: Int) -> CertificateFlaw {
        let code = ERR_peek_error()
        let reason = OpenSSLReason.last
        // A wrong password shows as an end of the content that makes no sense.
        guard block.isEncrypted, code != 0 else {
            return CertificateFlaw(
                .content, "the key on line \(block.line) is damaged (\(reason))")
        }
        return CertificateFlaw(
            .password,
            passwordCount == 1
                ? "the password does not open the encrypted key"
                : "none of the \(passwordCount) passwords opens the encrypted key",
            expected: "\"ssl_password_file\" has another one (\(reason))")
    }

    private static func read(
        _ block: PEMBlock, of text: PEMText, _ password: [UInt8]
    ) -> OpaquePointer? {
        unsafe MemoryInput.with(text.bytes[block.range]) { input -> OpaquePointer? in
            unsafe password.withUnsafeBytes { password in
                var password = unsafe password
                return unsafe PEM_read_bio_PrivateKey(
                    input, nil,
                    { room, size, _, argument in
                        guard let room = unsafe room, let argument = unsafe argument else {
                            return -1
                        }
                        let password = unsafe argument.assumingMemoryBound(
                            to: UnsafeRawBufferPointer.self
                        ).pointee
                        guard password.count <= Int(size) else { return -1 }
                        unsafe UnsafeMutableRawBufferPointer(start: room, count: Int(size))
                            .copyMemory(from: password)
                        return Int32(clamping: password.count)
                    }, &password)
            }
        }
    }

    /// What kind of key it is.
    package var kind: String { unsafe Self.kind(of: handle) }

    /// Whether it belongs to a certificate.
    package func fits(_ certificate: Certificate) -> Bool {
        defer { ERR_clear_error() }
        return unsafe X509_check_private_key(certificate.handle, handle) == 1
    }

    /// A kind of key, such as "an EC key (P-256)".
    static func kind(of key: OpaquePointer?) -> String {
        guard let key = unsafe key else { return "a key of an unknown kind" }
        let bits = unsafe EVP_PKEY_get_bits(key)
        switch unsafe EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA: return "an RSA key of \(bits) bits"
        case EVP_PKEY_RSA_PSS: return "an RSA-PSS key of \(bits) bits"
        case EVP_PKEY_EC: return unsafe "an EC key (\(curve(of: key)))"
        case EVP_PKEY_ED25519: return "an Ed25519 key"
        case EVP_PKEY_ED448: return "an Ed448 key"
        case EVP_PKEY_DSA: return "a DSA key of \(bits) bits"
        default: return "a key of another kind"
        }
    }

    /// The curve, by its usual name.
    private static func curve(of key: OpaquePointer) -> String {
        var name = [CChar](repeating: 0, count: 64)
        var count = 0
        guard unsafe EVP_PKEY_get_group_name(key, &name, name.count, &count) == 1 else {
            return "unknown curve"
        }
        let text = name.prefix(count).map { UInt8(bitPattern: $0) }
        switch String(decoding: text, as: UTF8.self) {
        case "prime256v1": return "P-256"
        case "secp384r1": return "P-384"
        case "secp521r1": return "P-521"
        case let other: return other
        }
    }
}
