// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The variables about the TLS of a client's connection.

internal import EventLoop
internal import HTTP
internal import Memory
internal import TLS

extension Exchange {
    /// Finds a variable about TLS; one without a value has none at all.
    ///
    /// Spec: nginx ngx_http_ssl_variable.
    mutating func tlsValue(
        of name: BuiltInVariable, _ services: inout Services
    ) -> ByteRange? {
        guard let session = services.secured[facts.secured] else { return nil }
        let value: [UInt8]
        switch name {
        case .sslProtocol: value = session.version
        case .sslCipher: value = session.cipher
        case .sslCiphers: value = session.offeredCiphers
        case .sslCurve: value = session.group
        case .sslCurves: value = session.offeredGroups
        case .sslSignatures: value = session.offeredSignatures
        // Spec: nginx: only OpenSSL 3.5 tells the one, and only 4.0 can do the other.
        case .sslSignature, .sslClientSignature, .sslHiddenHelloStatus, .sslOuterServerName:
            return nil
        case .sslSessionID: value = session.sessionName
        case .sslSessionReused: return store(session.isResumed ? "r" : ".")
        case .sslEarlyData: return session.isComplete ? nil : store("1")
        case .sslServerName: value = session.serverName ?? []
        case .sslChosenProtocol: value = session.negotiatedProtocol
        case .sslClientVerify: value = Self.verdict(session)
        default: value = certificateValue(of: name, session, services)
        }
        return value.isEmpty ? nil : store(value)
    }

    private func certificateValue(
        of name: BuiltInVariable, _ session: TLSSession, _ services: borrowing Services
    ) -> [UInt8] {
        guard let certificate = session.certificate else { return [] }
        switch name {
        case .sslClientCertificate: return Self.continued(certificate.pem)
        case .sslClientRawCertificate: return certificate.pem
        case .sslClientEscapedCertificate: return Self.escaped(certificate.pem)
        case .sslClientSubject: return certificate.subjectName
        case .sslClientIssuer: return certificate.issuerName
        case .sslClientLegacySubject: return certificate.legacySubjectName
        case .sslClientLegacyIssuer: return certificate.legacyIssuerName
        case .sslClientSerial: return certificate.serialNumber
        case .sslClientFingerprint: return certificate.fingerprint
        case .sslClientStart: return certificate.startText
        case .sslClientEnd: return certificate.endText
        case .sslClientRemainder:
            let now = Int64(services.clock.wallMilliseconds / 1000)
            let days = (certificate.validUntil &- now) / 86_400
            return Array(String(max(0, days)).utf8)
        default: return []
        }
    }

    private static func verdict(_ session: TLSSession) -> [UInt8] {
        let verification = session.verification
        guard verification.hasCertificate else { return Array("NONE".utf8) }
        guard verification.code != 0 else {
            guard let flaw = session.clientStatus?.flaw else { return Array("SUCCESS".utf8) }
            return Array("FAILED:\(flaw)".utf8)
        }
        return Array("FAILED:\(verification.text)".utf8)
    }

    /// As the lines of a field that goes on: each but the first begins with a tab.
    private static func continued(_ pem: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        for byte in pem.dropLast() {
            text.append(byte)
            if byte == UInt8(ascii: "\n") { text.append(UInt8(ascii: "\t")) }
        }
        return text
    }

    /// Escaped as a part of a query.
    private static func escaped(_ pem: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return pem.flatMap { byte -> [UInt8] in
            let isPlain =
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || "-._~".utf8.contains(byte)
            return isPlain
                ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
}
