// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about the heads that peers are sent, and about those they send.

/// The directives that rewrite heads: `proxy_redirect`, `proxy_cookie_…`, `proxy_method`,
/// `proxy_set_body`.
struct PeerHeadSettings: Sendable {
    /// `proxy_redirect`; without any, and unless it is off, the address of `proxy_pass` is
    /// replaced.
    var redirects = LevelList<PeerValueRule>()
    /// `proxy_redirect off`.
    var keepsRedirects = false
    /// `proxy_cookie_domain`.
    var cookieDomains = LevelList<PeerValueRule>()
    /// `proxy_cookie_path`.
    var cookiePaths = LevelList<PeerValueRule>()
    /// `proxy_cookie_flags`.
    var cookieFlags = LevelList<CookieFlagRule>()
    /// `proxy_method`.
    var method: Template?
    /// `proxy_set_body`.
    var content: Template?

    /// Whether anything is done to `Set-Cookie`.
    var rewritesCookies: Bool {
        !cookieDomains.isEmpty || !cookiePaths.isEmpty || !cookieFlags.isEmpty
    }
}

/// How a value that a peer has sent is rewritten.
enum PeerValueRule: Sendable {
    /// A value that begins with `from` begins with `to` instead.
    case replace(from: Template, to: Template)
    /// A domain, whatever its case and with or without a dot before it, is replaced.
    case replaceDomain(from: Template, to: Template)
    /// A value that matches is replaced: an index of `Site.regexes`.
    case match(regex: Int, to: Template)
}

/// One `proxy_cookie_flags`.
struct CookieFlagRule: Sendable {
    /// Which cookies it is for.
    enum Name: Sendable {
        /// Those of this name, whatever its case.
        case equal(Template)
        /// Those whose name matches: an index of `Site.regexes`.
        case match(regex: Int)
    }

    var name: Name
    /// The flags, which may be variables.
    var flags: [Template]
}
