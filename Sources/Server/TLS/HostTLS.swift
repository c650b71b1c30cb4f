// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a virtual host needs to speak TLS.

internal import Configuration
internal import OS
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
    }

    private let state: Mutex<Current>
    private let settings: TLSSettings
    private let folder: [UInt8]
    /// What is in the other files that contexts are made of.
    private let texts: [[UInt8]: CertificateText]
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
        state = Mutex(
            Current(
                context: context, credentials: credentials,
                subjects: settings.stapleSubjects(of: plans, credentials, context).found))
        self.settings = settings
        self.statusRule = statusRule
        folder = files.folder
        var texts: [[UInt8]: CertificateText] = [:]
        for file in settings.otherFiles {
            let path = Array(files.name(file).utf8)
            texts[path] = files.lookup(path)
        }
        self.texts = texts
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
        var credentials = credentials
        credentials[index] = credential
        let context: TLSContext
        let files = TLSFiles(folder: folder) { [texts] path in texts[path] ?? .missing }
        do throws(TLSFailure) { context = try settings.makeContext(files, credentials) } catch {
            throw CertificateTrouble(
                .certificate, plans[index].certificate.name, .refused("\(error)"))
        }
        for (plan, credential) in zip(plans, credentials) {
            try context.show(credential, of: plan)
        }
        let subjects = settings.stapleSubjects(of: plans, credentials, context).found
        state.withLock {
            $0 = Current(context: context, credentials: credentials, subjects: subjects)
        }
        settings.stapleShelf?.keep(credentials.map(\.chain.leaf))
    }
}

extension TLSSettings {
    /// Whether there is anything to speak TLS with.
    var isUsable: Bool { !certificates.isEmpty || rejectsHandshakes }

    /// Makes a context with everything but certificates of its own.
    func makeContext(_ files: TLSFiles, _ credentials: [Credential]) throws(TLSFailure)
        -> TLSContext
    {
        let context = try TLSContext(versions: versions)
        try context.setCiphers(ciphers)
        if prefersOwnCiphers { context.preferOwnCiphers() }
        if verification != .off { context.verifyPeers() }
        context.setVerificationDepth(verificationDepth)
        if verification != .off, let clientAuthorities {
            let certificates = try files.certificates(clientAuthorities)
            try context.trust(certificates)
            context.suggest(certificates)
        }
        if let authorities { try context.trust(try files.certificates(authorities)) }
        if let revocations {
            try context.revoke(try files.read(revocations), name: files.name(revocations))
        }
        if let dhParameters {
            try context.setDHParameters(
                try files.read(dhParameters), name: files.name(dhParameters))
        }
        try context.setCurves(curves == "auto" ? Self.usualCurves : curves)
        context.setSessionTimeout(sessionTimeout)
        context.setSessionIdentity(try identity(files, credentials))
        context.keepSessions(caching)
        if givesTickets, let keyring {
            context.sealTickets(with: keyring)
        } else {
            context.disableTickets()
        }
        try context.obey(commands.elements) { path in
            files.absolute(Array(path.utf8))
        }
        if let stapleShelf {
            if let staplingFile {
                let response = try files.response(staplingFile)
                for leaf in credentials.map(\.chain.leaf) where response.covers(leaf) {
                    stapleShelf.put(response.bytes, for: leaf, until: .max)
                }
            }
            context.staple(from: stapleShelf)
        }
        return context
    }
}

extension TLSSettings {
    /// What makes the sessions of a server its own: whom it is, and whom it lets in.
    ///
    /// Spec: nginx ngx_ssl_session_id_context, which looks at certificates and at the names of
    ///       authorities.
    private func identity(
        _ files: TLSFiles, _ credentials: [Credential]
    ) throws(TLSFailure) -> [[UInt8]] {
        var parts: [[UInt8]] = [Array("HTTP".utf8), Array("\(verification)".utf8)]
        // Those that differ from connection to connection are known by their names.
        for certificate in certificates.elements where certificate.constant == nil {
            parts.append(Array(certificate.written.utf8))
        }
        for credential in credentials { parts.append(credential.chain.leaf.pem) }
        guard verification != .off else { return parts }
        parts.append(Array("\(verificationDepth)".utf8))
        for file in [clientAuthorities, authorities, revocations] {
            parts.append(
                try file.map { (file) throws(TLSFailure) in try files.read(file) } ?? [])
        }
        return parts
    }

    /// The files that a context is made of, beside certificates and keys.
    var otherFiles: [TLSFile] {
        [clientAuthorities, authorities, revocations, dhParameters, staplingFile].compactMap(\.self)
    }
}

/// The files that a context is made of.
struct TLSFiles {
    /// What relative paths are relative to; ends with a slash.
    let folder: [UInt8]
    let lookup: CertificateLookup

    func absolute(_ path: [UInt8]) -> String {
        let isAbsolute = path.first == UInt8(ascii: "/")
        return String(decoding: isAbsolute ? path : folder + path, as: UTF8.self)
    }

    func name(_ file: TLSFile) -> String { absolute(file.path) }

    /// The certificates in a file.
    func certificates(_ file: TLSFile) throws(TLSFailure) -> [Certificate] {
        let bytes = try read(file)
        do throws(CertificateFlaw) {
            return try CertificateChain.certificates(in: bytes)
        } catch {
            throw TLSFailure("cannot load certificate \"\(name(file))\"", error.line)
        }
    }

    /// The response of an authority in a file.
    func response(_ file: TLSFile) throws(TLSFailure) -> StaplingResponse {
        let bytes = try read(file)
        do throws(CertificateFlaw) { return try StaplingResponse(parsing: bytes) } catch {
            throw TLSFailure("cannot load OCSP response \"\(name(file))\"", error.line)
        }
    }

    /// All that is in a file.
    func read(_ file: TLSFile) throws(TLSFailure) -> [UInt8] {
        let path = absolute(file.path)
        switch lookup(Array(path.utf8)) {
        case .bytes(let bytes): return bytes
        case .missing: throw TLSFailure("cannot load \"\(path)\": open()", "\(Errno.noSuchFile)")
        case .unreadable(let reason): throw TLSFailure("cannot load \"\(path)\": open()", reason)
        }
    }
}
