// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Why a certificate or a key cannot be used, in words for whoever has put it there.

/// What is wrong with a certificate, a key, or the two together.
package struct CertificateFlaw: Error, Equatable, Sendable {
    /// What kind of trouble it is.
    package enum Kind: Sendable {
        /// It is something else, or damaged.
        case content
        /// It needs a password that is not known.
        case password
        /// The key belongs to another certificate.
        case mismatch
        /// It is weaker than what the ciphers ask for.
        case weak
        /// OpenSSL does not want it, for a reason of its own.
        case refused
    }

    package let kind: Kind
    /// What is wrong, to follow the name of the file and a colon.
    package let message: String
    /// What was expected.
    package let expected: String
    /// What one can do.
    package let help: String?

    package init(_ kind: Kind, _ message: String, expected: String = "", help: String? = nil) {
        self.kind = kind
        self.message = message
        self.expected = expected
        self.help = help
    }
}

extension CertificateFlaw {
    /// All of it in one line.
    package var line: String { expected.isEmpty ? message : "\(message); \(expected)" }
}

/// Something worth knowing of a certificate that can be used.
package struct CertificateFinding: Equatable, Sendable {
    /// What it is, to follow the name of the file and a colon.
    package let message: String
    /// What comes of it.
    package let label: String
    package let help: String?

    package init(_ message: String, label: String = "", help: String? = nil) {
        self.message = message
        self.label = label
        self.help = help
    }
}
