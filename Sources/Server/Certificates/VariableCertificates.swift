// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Certificates whose places have variables in them: they are found out in the middle of a
// handshake.

internal import Configuration
internal import EventLoop
internal import HTTP
internal import Memory
internal import OS
internal import TLS

/// A certificate and its key, of which one or both depend on the connection.
struct VariableCertificate: Sendable {
    let certificate: CertificateSource
    let key: CertificateSource
}

/// Those of a server.
struct VariableCertificates: Sendable {
    let pairs: [VariableCertificate]
    /// Those of `ssl_password_file`.
    let passwords: [[UInt8]]
    let cache: CertificateCache?
}

extension ClientConnection {
    /// Has a session show what the server chooses for this very connection.
    ///
    /// Spec: nginx ngx_http_ssl_certificate. Files are read with the rights of the worker, and
    ///       the handshake fails where they cannot be.
    mutating func showVariableCertificates(
        of host: Int, _ tls: HostTLS, _ session: TLSSession, _ services: inout Services
    ) {
        guard !tls.variable.pairs.isEmpty else { return }
        facts.secured = id
        services.secured.insert(session, for: id, name: nil)
        var exchange = Exchange()
        exchange.client = id
        exchange.facts = facts
        exchange.hostIndex = host
        exchange.locationIndex = services.site.hosts[host].rootLocation
        for pair in tls.variable.pairs {
            let plan = CertificatePlan(
                certificate: exchange.place(pair.certificate, &services),
                key: exchange.place(pair.key, &services), passwordFile: nil)
            do throws(CertificateTrouble) {
                let credential = try CertificateCache.credential(
                    for: plan, passwords: tls.variable.passwords, by: tls.variable.cache,
                    at: services.clock.now)
                try session.show(credential, of: plan)
            } catch {
                services.logError(.error, facts, "\(error.line) while SSL handshaking")
                return session.refuse(.internalError)
            }
        }
    }
}

extension Exchange {
    /// Where a certificate or key is for this connection.
    fileprivate mutating func place(
        _ source: CertificateSource, _ services: inout Services
    ) -> CertificateSource.Place {
        guard let template = source.template else { return source.constant ?? .inline([]) }
        let range = evaluate(template, &services).range
        return source.place([UInt8](copying: bytes.readable.extracting(range)))
    }
}

extension TLSSession {
    /// Shows a certificate to the other side of this session only.
    fileprivate func show(
        _ credential: Credential, of plan: CertificatePlan
    ) throws(CertificateTrouble) {
        do throws(CertificateFlaw) { try use(credential) } catch {
            throw CertificateTrouble(.certificate, plan.certificate.name, .flaw(error))
        }
    }
}
