// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a `proxy_pass` was compiled to.

internal import HTTP

/// A `proxy_pass` that is passed around.
///
/// Why: as for `UpstreamGroup`; a copy of a `ProxyPass` counts nine references.
final class SharedProxyPass: Sendable {
    let pass: ProxyPass

    init(_ pass: ProxyPass) { self.pass = pass }
}

/// Where a location passes its requests, and how the request is written.
struct ProxyPass: Sendable {
    /// Who answers.
    enum Destination: Sendable {
        /// An index of `Site.groups`.
        case group(Int)
        /// An address with variables, `http://` included.
        case template(Template)
    }

    var destination: Destination
    /// The path of the address, which replaces the location's name; nil to pass the path as it is.
    var path: [UInt8]?
    /// What `$proxy_host` says.
    var hostText: [UInt8]
    var port: Int
    /// The name of the location, which `path` replaces.
    var locationName: [UInt8]
    /// `http://host/path` as written: what `proxy_redirect default` looks for.
    var redirectFrom: [UInt8]
    /// What it puts in its place.
    var redirectTo: [UInt8]
    /// The configured fields that are sent, in order.
    var fields: [SetField]
    /// The configured `Host`; nil for that of the address.
    var hostValue: Template?
    /// `proxy_method`.
    var method: Template?
    /// `proxy_set_body`.
    var content: Template?
    /// Whether there is one.
    var setsContent = false
    /// Whether `proxy_cookie_…` is on.
    var rewritesCookies = false
    /// The names of the client's fields that are not passed on because they are set: lower case.
    var replacedNames: [[UInt8]]
    /// The configured `Upgrade` and `Connection`: they are obeyed only where they mean something.
    var upgradeValue: Template?
    var connectionValue: Template?
    /// `proxy_http_version 1.0`.
    var usesHTTP10 = false
    /// How TLS is spoken with the peers; nil where all of them are spoken to without.
    var tls: PeerTLS?
}
