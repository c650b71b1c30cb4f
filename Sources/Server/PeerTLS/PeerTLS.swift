// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How the peers of a location are spoken to over TLS, as all threads share it.

internal import Configuration
internal import TLS

/// What all connections of a location to its peers have in common.
///
/// Locations with the same rules share one, so that each may use the connections of the others.
final class PeerTLS: Sendable {
    let context: TLSContext
    /// `proxy_ssl_name`; nil for the host of `proxy_pass`.
    let name: Template?
    let sendsName: Bool
    let verifies: Bool
    /// What is offered by ALPN, before what is empty has been left out.
    let protocols: [Template]
    /// The certificate that is found out for each connection, and its key.
    let credential: (certificate: Template, key: Template)?
    let credentials: CredentialCache
    /// The sessions that may be resumed; nil with `proxy_ssl_session_reuse off`.
    let sessions: SavedSessions?

    /// Makes what comes of the rules of a level.
    ///
    /// - Parameter location: where it is said that TLS is to be spoken.
    /// Spec: nginx ngx_http_proxy_set_ssl.
    init(
        _ settings: PeerTLSSettings, in folder: [UInt8], at location: SourceLocation
    ) throws(Diagnostic) {
        name = settings.name
        sendsName = settings.sendsName
        verifies = settings.verifies
        protocols = settings.protocols
        let passwords = try settings.passwords?.readPasswords(in: folder) ?? []
        credentials = CredentialCache(settings.cache, passwords, in: folder)
        sessions = settings.resumesSessions ? SavedSessions() : nil
        do throws(TLSFailure) {
            context = try TLSContext(versions: settings.versions)
            try context.setCiphers(settings.ciphers)
        } catch {
            throw Diagnostic("\(error)", at: location)
        }
        credential = try settings.showCredential(by: context, passwords, in: folder)
        try settings.addTrust(to: context, in: folder, at: location)
        if settings.resumesSessions { context.tellsSessions() }
        do throws(TLSFailure) {
            try context.obey(settings.commands.elements) { path in
                TLSFile.absolute(Array(path.utf8), in: folder)
            }
        } catch {
            throw Diagnostic("\(error)", at: location)
        }
    }
}

extension PeerTLSSettings {
    /// Has a context believe whom it is to believe.
    fileprivate func addTrust(
        to context: TLSContext, in folder: [UInt8], at location: SourceLocation
    ) throws(Diagnostic) {
        guard verifies else { return }
        guard let trusted, !trusted.path.isEmpty else {
            throw Diagnostic(
                "no proxy_ssl_trusted_certificate for proxy_ssl_verify", at: location,
                help: "those of the system: proxy_ssl_trusted_certificate "
                    + "/etc/ssl/certs/ca-certificates.crt;")
        }
        let authorities = try trusted.authorities(in: folder)
        context.verifyPeers()
        context.setVerificationDepth(verifyDepth)
        do throws(TLSFailure) {
            try context.trust(authorities)
        } catch {
            throw Diagnostic("\(error)", at: trusted.location)
        }
        guard let revocations, !revocations.path.isEmpty else { return }
        let text = try revocations.contents(called: "CRL", in: folder)
        let lists: RevocationLists
        do throws(CertificateFlaw) { lists = try RevocationLists(parsing: text) } catch {
            throw revocations.flaw("CRL", in: folder, error)
        }
        do throws(TLSFailure) { try context.revoke(lists) } catch {
            throw Diagnostic("\(error)", at: revocations.location)
        }
    }

    /// Has a context show a certificate that is known already.
    ///
    /// - Returns: those that are not.
    fileprivate func showCredential(
        by context: TLSContext, _ passwords: [[UInt8]], in folder: [UInt8]
    ) throws(Diagnostic) -> (certificate: Template, key: Template)? {
        guard let certificate, certificate.template.constant != [] else { return nil }
        guard let key else {
            throw Diagnostic(
                "no \"proxy_ssl_certificate_key\" is defined for certificate "
                    + "\"\(certificate.file.text)\"", at: certificate.file.location)
        }
        guard certificate.template.constant != nil, key.template.constant != nil else {
            return (certificate.template, key.template)
        }
        let credential = try certificate.file.credential(with: key.file, passwords, in: folder)
        do throws(CertificateFlaw) {
            try context.show(credential)
        } catch {
            throw certificate.file.flaw("certificate", in: folder, error)
        }
        return nil
    }
}

/// All that locations need to speak TLS with their peers, each once.
struct PeerTLSTable {
    private var known: [(settings: PeerTLSSettings, tls: PeerTLS)] = []

    /// What comes of the rules of a location.
    mutating func entry(
        for settings: PeerTLSSettings, in folder: [UInt8], at location: SourceLocation
    ) throws(Diagnostic) -> PeerTLS {
        if let entry = known.first(where: { $0.settings == settings }) { return entry.tls }
        let tls = try PeerTLS(settings, in: folder, at: location)
        known.append((settings, tls))
        return tls
    }
}
