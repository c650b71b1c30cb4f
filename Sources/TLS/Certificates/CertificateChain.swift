// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The certificates of a file: that of the server, and those that lead from it to a known one.

internal import COpenSSL

/// A certificate and those that are sent with it.
package struct CertificateChain: Sendable {
    /// The certificate of the server.
    package let leaf: Certificate
    /// The others, in the order in which they are sent.
    package let rest: [Certificate]

    /// Reads the certificates of a file: the first is that of the server.
    ///
    /// Spec: nginx ngx_ssl_certificate: what is no certificate is passed over.
    package init(parsing bytes: [UInt8]) throws(CertificateFlaw) {
        let all = try Self.certificates(in: bytes)
        leaf = all[0]
        rest = Array(all.dropFirst())
    }

    init(leaf: Certificate, rest: [Certificate] = []) {
        self.leaf = leaf
        self.rest = rest
    }

    /// Every certificate of a file, of which there must be one.
    package static func certificates(
        in bytes: [UInt8]
    ) throws(CertificateFlaw) -> [Certificate] {
        let text = PEMText(bytes)
        let blocks = text.blocks.filter(\.isCertificate)
        guard text.flaw == nil, !blocks.isEmpty else {
            let isKey = text.flaw == nil && text.blocks.contains(where: \.isKey)
            throw CertificateFlaw(
                .content, FileContent.describe(text),
                expected: "expected a certificate as PEM: -----BEGIN CERTIFICATE-----",
                help: isKey
                    ? "are the files of certificate and key swapped?"
                    : FileContent.advice(text, wants: .certificate))
        }
        var certificates: [Certificate] = []
        // Only the first may say whom it is trusted by.
        for block in blocks where certificates.isEmpty || block.label != "TRUSTED CERTIFICATE" {
            certificates.append(try read(block, of: text))
        }
        return certificates
    }

    private static func read(
        _ block: PEMBlock, of text: PEMText
    ) throws(CertificateFlaw) -> Certificate {
        let handle = unsafe MemoryInput.with(text.bytes[block.range]) { input in
            unsafe PEM_read_bio_X509_AUX(input, nil, nil, nil)
        }
        guard let handle = unsafe handle else {
            throw CertificateFlaw(
                .content,
                "the certificate on line \(block.line) is damaged (\(OpenSSLReason.last))")
        }
        return unsafe Certificate(owning: handle)
    }

    /// All of it.
    package var all: [Certificate] { [leaf] + rest }
}

extension CertificateChain {
    /// What is worth knowing of it.
    ///
    /// - Parameter now: seconds since 1970.
    package func findings(at now: Int64) -> [CertificateFinding] {
        timeFindings(at: now) + orderFindings
    }

    private func timeFindings(at now: Int64) -> [CertificateFinding] {
        var findings: [CertificateFinding] = []
        for (index, certificate) in all.enumerated() {
            let name =
                index == 0
                ? "the certificate" : "certificate \(index + 1) of the file (\(certificate.title))"
            if now > certificate.validUntil {
                findings.append(
                    CertificateFinding(
                        "\(name) has expired \(Self.day(certificate.validUntil))",
                        label: "clients will refuse it"))
            } else if now < certificate.validFrom {
                findings.append(
                    CertificateFinding(
                        "\(name) is valid only from \(Self.day(certificate.validFrom)) on",
                        label: "until then clients will refuse it",
                        help: "is the clock of this machine right?"))
            }
        }
        return findings
    }

    private var orderFindings: [CertificateFinding] {
        if rest.isEmpty {
            guard leaf.namesIssuerFile, !leaf.isSelfSigned else { return [] }
            return [
                CertificateFinding(
                    "the certificate comes without that of its issuer, \(leaf.issuer)",
                    label: "many clients will not know whom to trust",
                    help: "certbot writes both into fullchain.pem")
            ]
        }
        var previous = leaf
        for (index, certificate) in rest.enumerated() {
            if !previous.isIssued(by: certificate) {
                let isElsewhere = all.contains {
                    !$0.isSame(as: previous) && previous.isIssued(by: $0)
                }
                return [
                    CertificateFinding(
                        "certificate \(index + 2) of the file (\(certificate.title)) is not the "
                            + "issuer of the one before it (\(previous.title))",
                        label: isElsewhere
                            ? "the order is wrong; it is sent as it is"
                            : "it does not belong to the chain; it is sent all the same")
                ]
            }
            previous = certificate
        }
        return []
    }

    /// When the first of them ends to be valid.
    ///
    /// Units: seconds since 1970.
    package var validUntil: Int64 { all.map(\.validUntil).min() ?? 0 }

    /// Whole days until it ends to be valid, rounded down; negative when that is over.
    package func daysLeft(at now: Int64) -> Int {
        let seconds = validUntil.subtractingReportingOverflow(now)
        guard !seconds.overflow else { return .min }
        return Int((Double(seconds.partialValue) / 86_400).rounded(.down))
    }

    /// A day as "2026-11-23".
    package static func day(_ seconds: Int64) -> String {
        guard let time = unsafe ASN1_TIME_set(nil, Int(clamping: seconds)) else { return "?" }
        defer { unsafe ASN1_TIME_free(time) }
        var parts = unsafe tm()
        guard unsafe ASN1_TIME_to_tm(time, &parts) == 1 else { return "?" }
        func digits(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return unsafe "\(parts.tm_year + 1900)-\(digits(parts.tm_mon + 1))-\(digits(parts.tm_mday))"
    }
}
