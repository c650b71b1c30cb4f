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
    private let context: Mutex<TLSContext>
    /// `ssl_reject_handshake`.
    let rejectsHandshakes: Bool
    /// Whether it has one to show.
    let hasCertificates: Bool
    /// `ssl_buffer_size`.
    let recordByteLimit: Int

    init(_ context: TLSContext, _ settings: TLSSettings) {
        self.context = Mutex(context)
        rejectsHandshakes = settings.rejectsHandshakes
        hasCertificates = !settings.certificates.isEmpty
        recordByteLimit = settings.bufferSize
    }

    /// The context for a new connection.
    var current: TLSContext { context.withLock { $0 } }

    /// Has new connections use another context.
    func replace(with new: TLSContext) { context.withLock { $0 = new } }
}

extension TLSSettings {
    /// Whether there is anything to speak TLS with.
    var isUsable: Bool { !certificates.isEmpty || rejectsHandshakes }

    /// Makes what a host needs of its rules; nil where nothing says that it speaks TLS.
    ///
    /// Spec: nginx ngx_http_ssl_merge_srv_conf.
    func host(
        in folder: [UInt8], at location: SourceLocation
    ) throws(Diagnostic) -> HostTLS? {
        guard isUsable else { return nil }
        let pairs = certificates.elements.count
        guard keys.elements.count >= pairs else {
            let last = certificates.elements[pairs - 1]
            throw Diagnostic(
                "no \"ssl_certificate_key\" is defined for certificate \"\(last.text)\"",
                at: last.location)
        }
        if verification != .off, verification != .optionalWithoutAuthority,
            clientAuthorities == nil, authorities == nil
        {
            throw Diagnostic(
                "no ssl_client_certificate or ssl_trusted_certificate for ssl_verify_client",
                at: location)
        }
        do throws(TLSFailure) {
            return HostTLS(try makeContext(in: folder), self)
        } catch {
            throw Diagnostic("\(error)", at: certificates.elements.first?.location ?? location)
        }
    }

    private func makeContext(in folder: [UInt8]) throws(TLSFailure) -> TLSContext {
        let context = try TLSContext(versions: versions)
        try context.setCiphers(ciphers)
        if prefersOwnCiphers { context.preferOwnCiphers() }
        for (certificate, key) in zip(certificates.elements, keys.elements) {
            try context.use(
                certificate: try certificate.read(in: folder), key: try key.read(in: folder))
        }
        if verification != .off { context.verifyPeers() }
        context.setVerificationDepth(verificationDepth)
        if verification != .off, let clientAuthorities {
            let certificates = try clientAuthorities.certificates(in: folder)
            try context.trust(certificates)
            context.suggest(certificates)
        }
        if let authorities { try context.trust(try authorities.certificates(in: folder)) }
        if let revocations {
            try context.revoke(
                try revocations.read(in: folder), name: revocations.absolute(in: folder))
        }
        if let dhParameters {
            try context.setDHParameters(
                try dhParameters.read(in: folder), name: dhParameters.absolute(in: folder))
        }
        try context.setCurves(curves == "auto" ? Self.usualCurves : curves)
        context.setSessionTimeout(sessionTimeout)
        context.setSessionIdentity(try identity(in: folder))
        if !givesTickets { context.disableTickets() }
        try context.obey(commands.elements) { path in
            TLSFile.absolute(Array(path.utf8), in: folder)
        }
        return context
    }
}

extension TLSSettings {
    /// What makes the sessions of a server its own: whom it is, and whom it lets in.
    ///
    /// Spec: nginx ngx_ssl_session_id_context, which looks at certificates and at the names of
    ///       authorities.
    private func identity(in folder: [UInt8]) throws(TLSFailure) -> [[UInt8]] {
        var parts: [[UInt8]] = [Array("HTTP".utf8), Array("\(verification)".utf8)]
        for certificate in certificates.elements {
            parts.append(try certificate.read(in: folder))
        }
        guard verification != .off else { return parts }
        parts.append(Array("\(verificationDepth)".utf8))
        for file in [clientAuthorities, authorities, revocations] {
            parts.append(
                try file.map { (file) throws(TLSFailure) in try file.read(in: folder) } ?? [])
        }
        return parts
    }
}

extension TLSFile {
    /// The path, seen from the folder of the configuration.
    func absolute(in folder: [UInt8]) -> String { Self.absolute(path, in: folder) }

    static func absolute(_ path: [UInt8], in folder: [UInt8]) -> String {
        let isAbsolute = path.first == UInt8(ascii: "/")
        return String(decoding: isAbsolute ? path : folder + path, as: UTF8.self)
    }

    /// The certificates in the file.
    func certificates(in folder: [UInt8]) throws(TLSFailure) -> [Certificate] {
        let bytes = try read(in: folder)
        do throws(CertificateFlaw) {
            return try CertificateChain.certificates(in: bytes)
        } catch {
            throw TLSFailure("cannot load certificate \"\(absolute(in: folder))\"", "\(error)")
        }
    }

    /// All that is in the file.
    func read(in folder: [UInt8]) throws(TLSFailure) -> [UInt8] {
        let path = absolute(in: folder)
        do throws(Errno) {
            return try FileSystem.open(path, [.read]).readAll()
        } catch {
            throw TLSFailure("cannot load \"\(path)\": open()", "\(error)")
        }
    }
}
