// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How the peers of a location are spoken to over TLS, as all threads share it.

internal import Configuration
internal import OS
internal import Synchronization
internal import TLS

/// What all connections of a location to its peers have in common.
///
/// Locations with the same rules share one, so that each may use the connections of the others.
///
/// Why: a class, for its context may be replaced by one that new files make; connections keep the
///      one that they began with.
final class PeerTLS: Sendable {
    private struct Current {
        var context: TLSContext
        /// What is in the files that it is made of.
        var texts: [[UInt8]: CertificateText]
    }

    private let state: Mutex<Current>
    private let settings: PeerTLSSettings
    private let folder: [UInt8]
    private let location: SourceLocation
    /// The files that it is made of.
    let paths: [[UInt8]]
    /// `proxy_ssl_name`; nil for the host of `proxy_pass`.
    let name: Template?
    let sendsName: Bool
    let verifies: Bool
    /// What is offered by ALPN, before what is empty has been left out.
    let protocols: [Template]
    /// The certificate that is found out for each connection, and its key.
    let credential: (certificate: Template, key: Template)?
    private let passwords: [[UInt8]]
    /// The sessions that may be resumed; nil with `proxy_ssl_session_reuse off`.
    let sessions: SavedSessions?

    /// Makes what comes of the rules of a level.
    ///
    /// - Parameter location: where it is said that TLS is to be spoken.
    /// Spec: nginx ngx_http_proxy_set_ssl.
    init(
        _ settings: PeerTLSSettings, _ files: TLSFiles, at location: SourceLocation
    ) throws(Diagnostic) {
        name = settings.name
        sendsName = settings.sendsName
        verifies = settings.verifies
        protocols = settings.protocols
        sessions = settings.resumesSessions ? SavedSessions() : nil
        let passwords = try settings.passwords?.readPasswords(files) ?? []
        self.passwords = passwords
        credential = settings.openCredential
        let context = try settings.makeContext(files, passwords, at: location, now: nil)
        paths = settings.paths(files)
        var texts: [[UInt8]: CertificateText] = [:]
        for path in paths { texts[path] = files.lookup(path) }
        state = Mutex(Current(context: context, texts: texts))
        self.settings = settings
        self.location = location
        folder = files.folder
    }

    /// What is shown on a connection for which a certificate and a key have been found out.
    func credential(
        _ certificate: [UInt8], _ key: [UInt8], at now: Instant
    ) throws(CertificateTrouble) -> Credential {
        let plan = CertificatePlan(
            certificate: CertificateSource.Place(certificate, in: folder),
            key: CertificateSource.Place(key, in: folder), passwordFile: nil)
        return try CertificateCache.credential(
            for: plan, passwords: passwords, by: settings.cache, at: now)
    }

    /// The context for a new connection.
    var context: TLSContext { state.withLock { $0.context } }

    /// Has new connections go by what is in the files now, if all of it can be used.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Returns: the files of which something else is known than before.
    func replaceFiles(
        _ lookup: CertificateLookup, at now: Int64
    ) throws(Diagnostic) -> [[UInt8]] {
        var texts = state.withLock { $0.texts }
        let changed = paths.filter { lookup($0) != texts[$0] }
        guard !changed.isEmpty else { return [] }
        for path in changed { texts[path] = lookup(path) }
        let files = TLSFiles(folder: folder) { [texts] path in texts[path] ?? .missing }
        let passwords = try settings.passwords?.readPasswords(files) ?? []
        let context = try settings.makeContext(files, passwords, at: location, now: now)
        state.withLock { $0 = Current(context: context, texts: texts) }
        // Who was believed by the old files need not be by the new ones.
        sessions?.forgetAll()
        return changed
    }
}

extension PeerTLSSettings {
    /// Makes a context of the rules.
    ///
    /// - Parameter now: refuses a certificate that has expired by then.
    fileprivate func makeContext(
        _ files: TLSFiles, _ passwords: [[UInt8]], at location: SourceLocation, now: Int64?
    ) throws(Diagnostic) -> TLSContext {
        let context: TLSContext
        do throws(TLSFailure) {
            context = try TLSContext(versions: versions)
            try context.setCiphers(ciphers)
        } catch {
            throw Diagnostic("\(error)", at: location)
        }
        try showCredential(by: context, passwords, files, now: now)
        try addTrust(to: context, files, at: location)
        if resumesSessions { context.tellsSessions() }
        do throws(TLSFailure) {
            try context.obey(commands.elements) { path in files.absolute(Array(path.utf8)) }
        } catch {
            throw Diagnostic("\(error)", at: location)
        }
        return context
    }

    /// The certificate and key that are found out for each connection.
    fileprivate var openCredential: (certificate: Template, key: Template)? {
        guard let certificate, let key, certificate.template.constant != [],
            certificate.template.constant == nil || key.template.constant == nil
        else { return nil }
        return (certificate.template, key.template)
    }

    /// The files whose names are known.
    fileprivate func paths(_ files: TLSFiles) -> [[UInt8]] {
        let pair = openCredential == nil ? [certificate?.file, key?.file] : []
        var paths: [[UInt8]] = []
        for file in [trusted, revocations, passwords] + pair {
            guard let file, !file.path.isEmpty, !TLSFile.isData(file.path) else { continue }
            let path = Array(files.name(file).utf8)
            if !paths.contains(path) { paths.append(path) }
        }
        return paths
    }
}

extension PeerTLSSettings {
    /// Has a context believe whom it is to believe.
    fileprivate func addTrust(
        to context: TLSContext, _ files: TLSFiles, at location: SourceLocation
    ) throws(Diagnostic) {
        guard verifies else { return }
        guard let trusted, !trusted.path.isEmpty else {
            throw Diagnostic(
                "no proxy_ssl_trusted_certificate for proxy_ssl_verify", at: location,
                help: "those of the system: proxy_ssl_trusted_certificate "
                    + "/etc/ssl/certs/ca-certificates.crt;")
        }
        let authorities = try trusted.authorities(files)
        context.verifyPeers()
        context.setVerificationDepth(verifyDepth)
        do throws(TLSFailure) {
            try context.trust(authorities)
        } catch {
            throw Diagnostic("\(error)", at: trusted.location)
        }
        guard let revocations, !revocations.path.isEmpty else { return }
        let text = try revocations.contents(called: "CRL", files)
        let lists: RevocationLists
        do throws(CertificateFlaw) { lists = try RevocationLists(parsing: text) } catch {
            throw revocations.flaw("CRL", in: files.folder, error)
        }
        do throws(TLSFailure) { try context.revoke(lists) } catch {
            throw Diagnostic("\(error)", at: revocations.location)
        }
    }

    /// Has a context show a certificate that is known already.
    fileprivate func showCredential(
        by context: TLSContext, _ passwords: [[UInt8]], _ files: TLSFiles, now: Int64?
    ) throws(Diagnostic) {
        guard let certificate, certificate.template.constant != [] else { return }
        guard let key else {
            throw Diagnostic(
                "no \"proxy_ssl_certificate_key\" is defined for certificate "
                    + "\"\(certificate.file.text)\"", at: certificate.file.location)
        }
        guard openCredential == nil else { return }
        let credential = try certificate.file.credential(with: key.file, passwords, files)
        let end = credential.chain.leaf.validUntil
        if let now, end <= now {
            throw certificate.file.flaw(
                "certificate", in: files.folder, "it has expired \(CertificateChain.day(end))")
        }
        do throws(CertificateFlaw) {
            try context.show(credential)
        } catch {
            throw certificate.file.flaw("certificate", in: files.folder, error)
        }
    }
}

/// All that locations need to speak TLS with their peers, each once.
struct PeerTLSTable {
    private var known: [(settings: PeerTLSSettings, tls: PeerTLS)] = []

    /// All of them.
    var all: [PeerTLS] { known.map(\.tls) }

    /// What comes of the rules of a location.
    mutating func entry(
        for settings: PeerTLSSettings, in site: SiteDraft, at location: SourceLocation
    ) throws(Diagnostic) -> PeerTLS {
        if let entry = known.first(where: { $0.settings == settings }) { return entry.tls }
        let files = TLSFiles(folder: site.configurationFolder, lookup: site.certificates.text)
        let tls = try PeerTLS(settings, files, at: location)
        site.certificates.follow(tls.paths)
        known.append((settings, tls))
        return tls
    }
}
