// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Why a certificate cannot be loaded, in the words of a diagnostic or of a line of the log.

internal import Configuration
internal import OS
internal import TLS

/// Why a certificate and its key, or what goes with them, cannot be loaded.
struct CertificateTrouble: Error, Equatable, Sendable {
    /// What is to blame.
    enum Part: Sendable {
        case certificate, key, passwords
        /// Files of other directives.
        case authorities, revocations, parameters, response, ticketKey
        /// All of it together.
        case context
    }

    enum Reason: Equatable, Sendable {
        case missing
        case unreadable(String)
        case flaw(CertificateFlaw)
        case expired(String)
        /// What OpenSSL says of the whole.
        case refused(String)
    }

    let part: Part
    /// The file.
    let name: String
    let reason: Reason
    /// Where a directive names the file, if that is known.
    let location: SourceLocation?

    init(_ part: Part, _ name: String, _ reason: Reason, at location: SourceLocation? = nil) {
        self.part = part
        self.name = name
        self.reason = reason
        self.location = location
    }

    /// What is wrong.
    ///
    /// Spec: nginx begins so, too.
    var message: String {
        let start =
            switch part {
            case .certificate, .authorities: "cannot load certificate \"\(name)\": "
            case .key: "cannot load certificate key \"\(name)\": "
            case .passwords: "cannot load passwords \"\(name)\": "
            case .revocations: "cannot load revocation list \"\(name)\": "
            case .parameters: "cannot load DH parameters \"\(name)\": "
            case .response: "cannot load OCSP response \"\(name)\": "
            case .ticketKey: "cannot load ticket key \"\(name)\": "
            case .context: ""
            }
        return switch reason {
        case .missing: start + Errno.noSuchFile.message
        case .unreadable(let reason): start + reason
        case .flaw(let flaw): start + flaw.message
        case .expired(let day): start + "it has expired \(day)"
        case .refused(let reason): start + reason
        }
    }

    /// All of it in one line.
    var line: String {
        guard case .flaw(let flaw) = reason, !flaw.expected.isEmpty else { return message }
        return "\(message); \(flaw.expected)"
    }

    /// The message at its place in a configuration.
    func diagnostic(at location: SourceLocation) -> Diagnostic {
        switch reason {
        case .flaw(let flaw):
            Diagnostic(message, at: location, label: flaw.expected, help: flaw.help)
        case .unreadable(let reason) where reason == Errno.accessDenied.message:
            Diagnostic(message, at: location, label: accessLabel)
        case .missing where part == .certificate || part == .key:
            Diagnostic(
                message, at: location,
                help: "\"ssl_stand_in on\" serves with a certificate of its own until it is there")
        case .missing, .unreadable, .expired, .refused:
            Diagnostic(message, at: location)
        }
    }

    /// Who may read the file, and who has tried.
    private var accessLabel: String {
        guard let status = try? FileSystem.status(name) else {
            return "the user \(Process.userID) may not enter its folder"
        }
        let mode = String(status.mode, radix: 8)
        return "it belongs to user \(status.userID) with the rights \(mode), and this is user "
            + "\(Process.userID)"
    }
}
