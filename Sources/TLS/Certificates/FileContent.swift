// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a file holds that is not what was expected of it.

internal import COpenSSL

/// The content of a file, in words.
enum FileContent {
    /// What a text of PEM, or what is none, turns out to be.
    ///
    /// - Parameter isSecret: whether nothing of it may be shown.
    static func describe(_ text: PEMText, isSecret: Bool = false) -> String {
        if let flaw = text.flaw { return "line \(flaw.line): \(flaw.text)" }
        if text.blocks.isEmpty { return describe(binary: text.bytes, isSecret: isSecret) }
        var parts: [String] = []
        for block in text.blocks {
            let part = name(of: block)
            if !parts.contains(part) { parts.append(part) }
        }
        if parts.count == 1 { return "it holds \(parts[0])" }
        return "it holds \(parts.dropLast().joined(separator: ", ")) and \(parts[parts.count - 1])"
    }

    static func name(of block: PEMBlock) -> String {
        if block.isCertificate { return "a certificate" }
        if block.isRevocationList { return "a revocation list" }
        switch block.label {
        case "RSA PRIVATE KEY": return block.isEncrypted ? "an encrypted RSA key" : "an RSA key"
        case "EC PRIVATE KEY": return block.isEncrypted ? "an encrypted EC key" : "an EC key"
        case "OPENSSH PRIVATE KEY": return "a key of OpenSSH"
        case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST": return "a certificate request"
        case "PUBLIC KEY", "RSA PUBLIC KEY": return "a public key"
        case "DH PARAMETERS": return "Diffie-Hellman parameters"
        case "EC PARAMETERS": return "parameters of an EC key"
        case "PKCS7": return "certificates as PKCS #7"
        default: break
        }
        if block.isKey { return block.isEncrypted ? "an encrypted key" : "a key" }
        return "a block \"\(block.label)\""
    }

    /// What is no PEM at all.
    private static func describe(binary bytes: [UInt8], isSecret: Bool) -> String {
        guard let first = bytes.first else { return "it is empty" }
        if first == 0x30, let kind = binaryKind(bytes) { return "it holds \(kind), not as PEM" }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            return "nothing in it is PEM: it begins with a byte order mark"
        }
        if isSecret || mayBeSecret(bytes) {
            return "nothing in it is PEM: it is \(bytes.count) bytes of something else"
        }
        return "nothing in it is PEM: it begins with \"\(start(of: bytes))\""
    }

    /// The first line, as far as it can be shown.
    private static func start(of bytes: [UInt8]) -> String {
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        var text = ""
        for byte in line.prefix(shownLimit) {
            let isShown = byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"")
            text += isShown ? String(UnicodeScalar(byte)) : "\\x" + hexadecimal(byte)
        }
        return line.count > shownLimit ? text + "…" : text
    }

    private static var shownLimit: Int { 24 }

    /// Whether it may be a key without the lines around it: nothing of one is shown to anybody.
    private static func mayBeSecret(_ bytes: [UInt8]) -> Bool {
        let start = bytes.prefix(secretLimit)
        guard start.count == secretLimit else { return false }
        let isBinary = start.contains { $0 >= 0x7F || $0 < 0x20 && $0 != 0x0A && $0 != 0x0D }
        return isBinary
            || start.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
            }
    }

    private static var secretLimit: Int { 16 }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16)
        return byte < 16 ? "0" + text : text
    }

    /// What the same things are in their other form, that of bytes.
    private static func binaryKind(_ bytes: [UInt8]) -> String? {
        defer { ERR_clear_error() }
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            var start = bytes.baseAddress
            if let found = unsafe d2i_X509(nil, &start, bytes.count) {
                unsafe X509_free(found)
                return "a certificate"
            }
            unsafe start = bytes.baseAddress
            if let found = unsafe d2i_PKCS12(nil, &start, bytes.count) {
                unsafe PKCS12_free(found)
                return "PKCS #12 (a .pfx or .p12 file)"
            }
            unsafe start = bytes.baseAddress
            if let found = unsafe d2i_AutoPrivateKey(nil, &start, bytes.count) {
                unsafe EVP_PKEY_free(found)
                return "a key"
            }
            unsafe start = bytes.baseAddress
            if let found = unsafe d2i_X509_CRL(nil, &start, bytes.count) {
                unsafe X509_CRL_free(found)
                return "a revocation list"
            }
            return nil
        }
    }

    /// How what was found is turned into what is wanted.
    static func advice(_ text: PEMText, wants kind: Wanted) -> String? {
        if text.flaw != nil { return nil }
        guard text.blocks.isEmpty, let name = binaryKind(text.bytes),
            (name == "a revocation list") == (kind == .revocationList)
        else { return nil }
        let command =
            switch (name.hasPrefix("PKCS"), kind) {
            case (_, .revocationList): "openssl crl -inform der -in FILE -out NEW.pem"
            case (true, .certificate): "openssl pkcs12 -in FILE -nokeys -out NEW.pem"
            case (true, .key): "openssl pkcs12 -in FILE -nocerts -noenc -out NEW.pem"
            case (false, .certificate): "openssl x509 -inform der -in FILE -out NEW.pem"
            case (false, .key): "openssl pkey -inform der -in FILE -out NEW.pem"
            }
        return "it can be converted: \(command)"
    }

    /// What is looked for.
    enum Wanted { case certificate, key, revocationList }
}
