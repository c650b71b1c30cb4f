// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about sessions that clients resume.

internal import Configuration
internal import TLS

extension TLSDirectives {
    /// The rows about sessions.
    static let sessions: [Directive<LevelDraft>] = [
        .simple(
            "ssl_session_timeout", in: places, .exactly(1), syntax: "time", default: "5m",
            summary: "How long clients may resume a session."
        ) { $0.settings.tls.sessionTimeout = try $1.seconds(0) },
        .simple(
            "ssl_session_cache", in: places, .between(1, 2),
            syntax: "off | none | [builtin[:size]] [shared:name:size]", default: "none",
            summary: """
                Where sessions are kept for clients that have no ticket. All threads share them; \
                servers that name the same zone share its sessions.
                """
        ) { try $0.takeSessionCache($1) },
        .simple(
            "ssl_session_tickets", in: places, .flag, default: "on",
            summary: """
                Whether clients are given tickets to resume sessions with. Their keys are made \
                by the server and replaced in time; all threads share them, also across reloads.
                """
        ) { $0.settings.tls.givesTickets = try $1.flag() },
        .simple(
            "ssl_session_ticket_key", in: places, .exactly(1), syntax: "file", repeats: true,
            summary: """
                A file with a key for tickets, of 48 or 80 bytes. With several, the first is for \
                new tickets.
                """
        ) { level, invocation in
            level.settings.tls.ticketKeys.append(TLSFile(invocation), at: level.level)
        },
        .ignored(
            "ssl_early_data", in: places, .flag,
            why: "what a client sends before the handshake is done is asked for again after it"),
        .ignored(
            "ssl_certificate_compression", in: places, .flag,
            why: "OpenSSL 3.0 cannot compress certificates"),
    ]
}

extension LevelDraft {
    /// Reads `ssl_session_cache`.
    fileprivate mutating func takeSessionCache(_ invocation: Invocation) throws(Diagnostic) {
        var caching: TLSSessionCaching?
        for index in invocation.arguments.indices {
            let word = invocation.text(index)
            let parts = word.split(separator: ":", omittingEmptySubsequences: false).map(
                String.init)
            switch (parts[0], parts.count) {
            case ("off", 1): caching = .off
            case ("none", 1): caching = TLSSessionCaching.none
            case ("builtin", 1): caching = caching ?? .builtin(nil)
            case ("builtin", 2):
                guard let count = Int(parts[1]), count >= 0 else {
                    throw Self.invalid(invocation, index)
                }
                caching = caching ?? .builtin(count)
            case ("shared", 3):
                caching = .shared(try sessions(parts[1], parts[2], invocation, index))
            default: throw Self.invalid(invocation, index)
            }
        }
        if let caching { settings.tls.caching = caching }
    }

    private func sessions(
        _ name: String, _ size: String, _ invocation: Invocation, _ index: Int
    ) throws(Diagnostic) -> TLSSessionCache {
        guard !name.isEmpty, let byteCount = ValueSyntax.size(Array(size.utf8)) else {
            throw Self.invalid(invocation, index)
        }
        guard byteCount >= Self.smallestCache else {
            throw invocation.error(
                at: index, "session cache \"\(invocation.text(index))\" is too small",
                expected: "expected at least 32k")
        }
        let zone = Array(name.utf8)
        if let known = site.sessionCaches[zone] {
            guard known.byteCount == byteCount else {
                throw invocation.error(
                    at: index,
                    "the size \(byteCount) of shared memory zone \"\(name)\" conflicts with "
                        + "already declared size \(known.byteCount)")
            }
            return known.cache
        }
        let cache = TLSSessionCache(byteCount: byteCount)
        site.sessionCaches[zone] = SharedSessions(byteCount: byteCount, cache: cache)
        return cache
    }

    /// Spec: nginx: eight pages.
    private static var smallestCache: Int { 32 << 10 }

    private static func invalid(_ invocation: Invocation, _ index: Int) -> Diagnostic {
        invocation.error(
            at: index, "invalid session cache \"\(invocation.text(index))\"",
            expected: "expected off, none, builtin, builtin:1000 or shared:NAME:10m")
    }
}

extension TLSSettings {
    /// The keys that tickets are sealed with.
    func ticketKeys(
        _ site: SiteDraft, _ files: TLSFiles
    ) throws(Diagnostic) -> any TLSTicketKeys {
        if ticketKeys.isEmpty {
            let keys = site.ticketKeys ?? TicketKeyring()
            site.ticketKeys = keys
            return keys
        }
        var keys: [TLSTicketKey] = []
        for file in ticketKeys.elements {
            let bytes: [UInt8]
            do throws(CertificateTrouble) { bytes = try files.read(.ticketKey, file) } catch {
                throw error.diagnostic(at: file.location)
            }
            guard let key = TLSTicketKey(bytes) else {
                throw Diagnostic(
                    "\"\(files.name(file))\" must be 48 or 80 bytes", at: file.location,
                    label: "it has \(bytes.count)", help: "openssl rand -out FILE 80 makes a key")
            }
            keys.append(key)
        }
        return TLSFixedTicketKeys(keys)
    }
}
