// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Passwords as htpasswd files keep them.

internal import Memory

/// What is known of a password.
///
/// Spec: nginx ngx_crypt: `{PLAIN}`, `{SHA}`, `{SSHA}`, `$apr1$`, and whatever crypt(3) knows:
///       DES, `$1$`, `$2b$`, `$2y$`, `$5$`, `$6$`, `$y$`.
package struct PasswordHash: Sendable {
    private enum Scheme: Sendable {
        case plain([UInt8])
        /// A SHA-1 digest of the password and a salt behind it.
        case digest([UInt8], salt: [UInt8])
        case apr1
        case crypt
        /// Nothing that any password could match.
        case broken
    }

    /// The hash as the file has it.
    package let text: [UInt8]
    private let scheme: Scheme

    package init(_ text: [UInt8]) {
        self.text = text
        scheme = Self.scheme(of: text)
    }

    /// Whether it takes so long to check that a loop should not wait for it.
    package var isSlow: Bool {
        switch scheme {
        case .plain, .digest, .broken: false
        case .apr1, .crypt: true
        }
    }

    /// Whether this is the password.
    ///
    /// One with a zero byte is none: crypt(3) would only see what is before it.
    package func matches(_ password: [UInt8]) -> Bool {
        guard !password.contains(0) else { return false }
        switch scheme {
        case .plain(let known): return Secret.isEqual(known, password)
        case .digest(let known, let salt):
            var digest = SHA1()
            digest.update(password)
            digest.update(salt)
            return Secret.isEqual(known, digest.finish())
        case .apr1: return Secret.isEqual(text, APR1.hash(password, text))
        case .crypt:
            return Crypt.hash(password, text).map { Secret.isEqual(text, $0) } ?? false
        case .broken: return false
        }
    }

    private static func scheme(of text: [UInt8]) -> Scheme {
        func rest(behind prefix: StaticString) -> [UInt8]? {
            let prefix = Array(prefix.description.utf8)
            return text.starts(with: prefix) ? Array(text[prefix.count...]) : nil
        }
        if let known = rest(behind: "{PLAIN}") { return .plain(known) }
        if let coded = rest(behind: "{SHA}") {
            guard let digest = Base64.decode(coded.span), digest.count == SHA1.byteCount else {
                return .broken
            }
            return .digest(digest, salt: [])
        }
        if let coded = rest(behind: "{SSHA}") {
            guard let known = Base64.decode(coded.span), known.count >= SHA1.byteCount else {
                return .broken
            }
            return .digest(
                Array(known[..<SHA1.byteCount]), salt: Array(known[SHA1.byteCount...]))
        }
        if rest(behind: "$apr1$") != nil { return .apr1 }
        return text.isEmpty || text.contains(0) ? .broken : .crypt
    }
}
