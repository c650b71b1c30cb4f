// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How a server comes by its certificates when a configuration is loaded.

internal import Configuration
internal import Memory
internal import OS
internal import TLS

extension TLSSettings {
    /// Makes what a host needs of its rules; nil where nothing says that it speaks TLS.
    ///
    /// Spec: nginx ngx_http_ssl_merge_srv_conf.
    func host(
        _ site: SiteDraft, names: [[UInt8]], at location: SourceLocation,
        _ diagnostics: inout Diagnostics
    ) -> HostTLS? {
        guard isUsable else { return nil }
        do throws(Diagnostic) {
            return try makeHost(site, names: names, at: location, &diagnostics)
        } catch {
            diagnostics.add(error)
            return nil
        }
    }

    private func makeHost(
        _ site: SiteDraft, names: [[UInt8]], at location: SourceLocation,
        _ diagnostics: inout Diagnostics
    ) throws(Diagnostic) -> HostTLS {
        let sources = certificates.elements
        guard keys.elements.count >= sources.count else {
            let last = sources[sources.count - 1]
            throw Diagnostic(
                "no \"ssl_certificate_key\" is defined for certificate \"\(last.written)\"",
                at: last.location, label: "expected the file of its key, too")
        }
        try checkVerification(at: location)
        let files = TLSFiles(folder: site.configurationFolder, lookup: site.certificates.text)
        var plans: [CertificatePlan] = []
        var credentials: [Credential] = []
        var variable: [VariableCertificate] = []
        for (certificate, key) in zip(sources, keys.elements) {
            guard let place = certificate.constant, let keyPlace = key.constant else {
                variable.append(VariableCertificate(certificate: certificate, key: key))
                continue
            }
            let plan = CertificatePlan(
                certificate: place, key: keyPlace,
                passwordFile: passwordFile.map { Array(files.name($0).utf8) })
            site.certificates.follow(plan.paths)
            credentials.append(
                try load(plan, (certificate, key), site.certificates, names, &diagnostics))
            plans.append(plan)
        }
        let place = sources.first?.location ?? location
        let context: TLSContext
        var settings = self
        if staples { settings.stapleShelf = Staples() }
        let statusRule = try statusRule(at: location)
        if givesTickets { settings.keyring = try ticketKeys(site, files) }
        do throws(CertificateTrouble) {
            context = try settings.makeContext(files, credentials)
        } catch {
            throw error.diagnostic(at: error.location ?? place)
        }
        site.certificates.follow(otherPaths(files))
        warnOfLists(files, &diagnostics)
        for (plan, credential) in zip(plans, credentials) {
            do throws(CertificateTrouble) { try context.show(credential, of: plan) } catch {
                throw error.diagnostic(at: place)
            }
        }
        do throws(CertificateTrouble) { try settings.obeyCommands(context, files) } catch {
            throw error.diagnostic(at: error.location ?? place)
        }
        for flaw in stapleSubjects(of: plans, credentials, context).flaws {
            diagnostics.add(
                Diagnostic("\"ssl_stapling\" ignored, \(flaw)", at: place, severity: .warning))
        }
        let passwords = try readPasswords(files, for: variable)
        return HostTLS(
            context, settings, files, plans: plans, credentials,
            VariableCertificates(
                pairs: variable, passwords: passwords, cache: certificateCache),
            statusRule)
    }

    /// Whoever stands behind a list that is too old is refused, which few expect.
    private func warnOfLists(_ files: TLSFiles, _ diagnostics: inout Diagnostics) {
        guard let revocations, let lists = try? files.revocations(revocations) else { return }
        for finding in lists.findings(at: Int64(WallTime.now().seconds)) {
            diagnostics.add(
                Diagnostic(
                    "\"\(files.name(revocations))\": \(finding.message)",
                    at: revocations.location, label: finding.label, severity: .warning))
        }
    }

    /// The passwords for keys that are not known before a connection comes.
    private func readPasswords(
        _ files: TLSFiles, for variable: [VariableCertificate]
    ) throws(Diagnostic) -> [[UInt8]] {
        guard !variable.isEmpty, let passwordFile else { return [] }
        let plan = CertificatePlan(
            certificate: .inline([]), key: .inline([]),
            passwordFile: Array(files.name(passwordFile).utf8))
        do throws(CertificateTrouble) { return try plan.readPasswords(files.lookup) } catch {
            throw error.diagnostic(at: passwordFile.location)
        }
    }

    /// Spec: nginx: who is to be verified must have somebody to vouch for him.
    private func checkVerification(at location: SourceLocation) throws(Diagnostic) {
        guard verification != .off, verification != .optionalWithoutAuthority,
            clientAuthorities == nil, authorities == nil
        else { return }
        throw Diagnostic(
            "no ssl_client_certificate or ssl_trusted_certificate for ssl_verify_client",
            at: location)
    }

    private func load(
        _ plan: CertificatePlan,
        _ sources: (certificate: CertificateSource, key: CertificateSource),
        _ shelf: CertificateShelf, _ names: [[UInt8]], _ diagnostics: inout Diagnostics
    ) throws(Diagnostic) -> Credential {
        let certificate = sources.certificate.location
        do throws(CertificateTrouble) {
            let credential = try plan.load(shelf.text)
            let now = Int64(WallTime.now().seconds)
            for finding in credential.chain.findings(at: now) {
                diagnostics.add(
                    Diagnostic(
                        "\"\(plan.certificate.name)\": \(finding.message)", at: certificate,
                        label: finding.label, help: finding.help, severity: .warning))
            }
            return credential
        } catch {
            let place = location(of: error.part, sources)
            guard error.reason == .missing, error.part != .passwords, usesStandIn,
                let standIn = shelf.standIn(for: names)
            else { throw error.diagnostic(at: place) }
            diagnostics.add(
                Diagnostic(
                    error.message, at: place,
                    label: "until it is there, a self-signed certificate stands in for it",
                    help: "\"ssl_stand_in off\" has the server not start without it",
                    severity: .warning))
            return standIn
        }
    }

    private func location(
        of part: CertificateTrouble.Part,
        _ sources: (certificate: CertificateSource, key: CertificateSource)
    ) -> SourceLocation {
        switch part {
        case .certificate: sources.certificate.location
        case .key: sources.key.location
        default: passwordFile?.location ?? sources.key.location
        }
    }
}

extension TLSContext {
    /// Shows a certificate, beside those with other kinds of keys.
    func show(_ credential: Credential, of plan: CertificatePlan) throws(CertificateTrouble) {
        do throws(CertificateFlaw) { try use(credential) } catch {
            throw CertificateTrouble(.certificate, plan.certificate.name, .flaw(error))
        }
    }
}

extension ServerNameDraft {
    /// A name that a certificate can be for.
    var plainName: [UInt8]? {
        guard case .name(let name, _) = self, !name.isEmpty, name != Array("_".utf8) else {
            return nil
        }
        // Names that stand for others: `.example.com` is both of them, but one is enough.
        return name.first == UInt8(ascii: ".") ? Array(name.dropFirst()) : name
    }
}
