// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a virtual host needs to speak TLS.

internal import Configuration
internal import Synchronization
internal import TLS

/// The TLS of a virtual host.
///
/// Why: a class, for its context may be replaced by one with newer certificates while all threads
///      serve; connections keep the one that they began with.
final class HostTLS: Sendable {
    /// What new connections begin with.
    private struct Current {
        var context: TLSContext
        /// What it shows, in the order of the plans.
        var credentials: [Credential]
        /// Those about which authorities are asked, so that clients need not.
        var subjects: [StapleSubject]
        /// What is in the other files that the context is made of.
        var texts: [[UInt8]: CertificateText]
    }

    private let state: Mutex<Current>
    private let settings: TLSSettings
    private let folder: [UInt8]
    /// The other files that contexts are made of: those of authorities, and the like.
    let otherPaths: [[UInt8]]
    /// Where its certificates are; those that differ from connection to connection are not here.
    let plans: [CertificatePlan]
    let variable: VariableCertificates
    /// `ssl_reject_handshake`.
    let rejectsHandshakes: Bool
    /// Whether it has one to show.
    let hasCertificates: Bool
    /// `ssl_buffer_size`.
    let recordByteLimit: Int
    /// How authorities are asked about clients; nil where they are not.
    let statusRule: ClientStatusRule?

    init(
        _ context: TLSContext, _ settings: TLSSettings, _ files: TLSFiles,
        plans: [CertificatePlan], _ credentials: [Credential], _ variable: VariableCertificates,
        _ statusRule: ClientStatusRule?
    ) {
        otherPaths = settings.otherPaths(files)
        var texts: [[UInt8]: CertificateText] = [:]
        for path in otherPaths { texts[path] = files.lookup(path) }
        state = Mutex(
            Current(
                context: context, credentials: credentials,
                subjects: settings.stapleSubjects(of: plans, credentials, context).found,
                texts: texts))
        self.settings = settings
        self.statusRule = statusRule
        folder = files.folder
        self.plans = plans
        self.variable = variable
        rejectsHandshakes = settings.rejectsHandshakes
        hasCertificates = !settings.certificates.isEmpty
        recordByteLimit = settings.bufferSize
    }

    /// The context for a new connection.
    var current: TLSContext { state.withLock { $0.context } }

    /// What it shows, in the order of the plans.
    var credentials: [Credential] { state.withLock { $0.credentials } }

    /// Those about which authorities are asked, so that clients need not.
    var stapleSubjects: [StapleSubject] { state.withLock { $0.subjects } }

    /// Whether authorities may have to be asked about anybody.
    var asksAuthorities: Bool {
        statusRule != nil || settings.staples && settings.staplingFile == nil
    }

    /// Hands an answer of an authority to clients, if it can be believed.
    func staple(_ bytes: [UInt8], about question: StatusQuestion) throws(StatusFlaw) -> Int64 {
        let verdict = try question.verdict(
            of: bytes, by: current, trusting: settings.verifiesStaples ? .helpers : .anybody)
        guard verdict.status == .good else {
            throw StatusFlaw(
                message: "certificate status \"\(verdict.status.name)\" in the OCSP response")
        }
        let end = verdict.validUntil ?? .max
        settings.stapleShelf?.put(bytes, for: question.certificate, until: end)
        return end
    }

    /// Has new connections see another certificate in the place of one.
    func replace(_ index: Int, with credential: Credential) throws(CertificateTrouble) {
        var (credentials, texts) = state.withLock { ($0.credentials, $0.texts) }
        credentials[index] = credential
        try use(credentials, texts)
        settings.stapleShelf?.keep(credentials.map(\.chain.leaf))
    }

    /// Has new connections go by what is in other files now.
    ///
    /// - Returns: the files of which something else is known than before.
    func replaceFiles(_ lookup: CertificateLookup) throws(CertificateTrouble) -> [[UInt8]] {
        var (credentials, texts) = state.withLock { ($0.credentials, $0.texts) }
        let changed = otherPaths.filter { lookup($0) != texts[$0] }
        guard !changed.isEmpty else { return [] }
        for path in changed { texts[path] = lookup(path) }
        try use(credentials, texts)
        return changed
    }

    private func use(
        _ credentials: [Credential], _ texts: [[UInt8]: CertificateText]
    ) throws(CertificateTrouble) {
        let files = TLSFiles(folder: folder) { path in texts[path] ?? .missing }
        let context = try settings.makeContext(files, credentials)
        for (plan, credential) in zip(plans, credentials) {
            try context.show(credential, of: plan)
        }
        try settings.obeyCommands(context, files)
        let subjects = settings.stapleSubjects(of: plans, credentials, context).found
        state.withLock {
            $0 = Current(
                context: context, credentials: credentials, subjects: subjects, texts: texts)
        }
    }
}

extension TLSSettings {
    /// Whether there is anything to speak TLS with.
    var isUsable: Bool { !certificates.isEmpty || rejectsHandshakes }

    /// Obeys `ssl_conf_command`, whose certificates come in the place of those shown before.
    ///
    /// Spec: nginx: the last that is done for a server.
    func obeyCommands(_ context: TLSContext, _ files: TLSFiles) throws(CertificateTrouble) {
        do throws(TLSFailure) {
            try context.obey(commands.elements) { path in files.absolute(Array(path.utf8)) }
        } catch {
            throw CertificateTrouble(.context, "", .refused("\(error)"))
        }
    }

    /// Makes a context with everything but certificates of its own and commands.
    func makeContext(
        _ files: TLSFiles, _ credentials: [Credential]
    ) throws(CertificateTrouble) -> TLSContext {
        let result: Result<TLSContext, CertificateTrouble>
        do throws(TLSFailure) {
            let context = try TLSContext(versions: versions)
            try context.setCiphers(ciphers)
            if prefersOwnCiphers { context.preferOwnCiphers() }
            try context.setCurves(curves == "auto" ? Self.usualCurves : curves)
            context.setSessionTimeout(sessionTimeout)
            context.keepSessions(caching)
            if givesTickets, let keyring {
                context.sealTickets(with: keyring)
            } else {
                context.disableTickets()
            }
            result = finish(context, files, credentials)
        } catch {
            throw CertificateTrouble(.context, "", .refused("\(error)"))
        }
        return try result.get()
    }

    /// Adds what other files hold.
    private func finish(
        _ context: TLSContext, _ files: TLSFiles, _ credentials: [Credential]
    ) -> Result<TLSContext, CertificateTrouble> {
        do throws(CertificateTrouble) {
            try addTrust(to: context, files)
            if let dhParameters {
                try files.parse(.parameters, dhParameters) { (bytes) throws(CertificateFlaw) in
                    try context.use(DHParameters(parsing: bytes))
                }
            }
            context.setSessionIdentity(try identity(files, credentials))
            if let stapleShelf {
                try fill(stapleShelf, files, credentials)
                context.staple(from: stapleShelf)
            }
        } catch {
            return .failure(error)
        }
        return .success(context)
    }

    /// Says whose certificates clients may have.
    private func addTrust(
        to context: TLSContext, _ files: TLSFiles
    ) throws(CertificateTrouble) {
        if verification != .off { context.verifyPeers() }
        context.setVerificationDepth(verificationDepth)
        for file in [verification == .off ? nil : clientAuthorities, authorities] {
            guard let file else { continue }
            let certificates = try files.certificates(file)
            do throws(TLSFailure) { try context.trust(certificates) } catch {
                throw CertificateTrouble(
                    .authorities, files.name(file), .refused("\(error)"), at: file.location)
            }
            if file.path == clientAuthorities?.path { context.suggest(certificates) }
        }
        guard let revocations else { return }
        let lists = try files.revocations(revocations)
        do throws(TLSFailure) { try context.revoke(lists) } catch {
            throw CertificateTrouble(
                .revocations, files.name(revocations), .refused("\(error)"),
                at: revocations.location)
        }
    }

    /// Has what stands in `ssl_stapling_file` handed out for the certificates that it is about.
    private func fill(
        _ shelf: Staples, _ files: TLSFiles, _ credentials: [Credential]
    ) throws(CertificateTrouble) {
        guard let staplingFile else { return }
        let response = try files.response(staplingFile)
        for leaf in credentials.map(\.chain.leaf) where response.covers(leaf) {
            shelf.put(response.bytes, for: leaf, until: .max)
        }
    }
}

extension TLSSettings {
    /// What makes the sessions of a server its own: whom it is, and whom it lets in.
    ///
    /// Spec: nginx ngx_ssl_session_id_context, which looks at certificates and at the names of
    ///       authorities.
    private func identity(
        _ files: TLSFiles, _ credentials: [Credential]
    ) throws(CertificateTrouble) -> [[UInt8]] {
        var parts: [[UInt8]] = [Array("HTTP".utf8), Array("\(verification)".utf8)]
        // Those that differ from connection to connection are known by their names.
        for certificate in certificates.elements where certificate.constant == nil {
            parts.append(Array(certificate.written.utf8))
        }
        for credential in credentials { parts.append(credential.chain.leaf.pem) }
        guard verification != .off else { return parts }
        parts.append(Array("\(verificationDepth)".utf8))
        for file in [clientAuthorities, authorities, revocations] {
            guard let file else { continue }
            parts.append(try files.read(.authorities, file))
        }
        return parts
    }

    /// The files that a context is made of, beside certificates and keys.
    func otherPaths(_ files: TLSFiles) -> [[UInt8]] {
        var paths: [[UInt8]] = []
        for file in [clientAuthorities, authorities, revocations, dhParameters, staplingFile] {
            guard let file else { continue }
            let path = Array(files.name(file).utf8)
            if !paths.contains(path) { paths.append(path) }
        }
        return paths
    }
}
