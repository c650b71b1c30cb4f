// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about TLS with peers.

internal import Configuration
internal import TLS

/// The `proxy_ssl_…` directives of a level.
///
/// They are of use only while a configuration is loaded: what comes of them is a `PeerTLS`.
struct PeerTLSSettings: Sendable {
    /// `proxy_ssl`, of streams.
    var isOn = false
    /// `proxy_ssl_protocols`.
    var versions: TLSVersions = .usual
    /// `proxy_ssl_ciphers`.
    var ciphers = "DEFAULT"
    /// `proxy_ssl_conf_command`.
    var commands = LevelList<TLSContext.Command>()
    /// `proxy_ssl_name`; nil for the host of `proxy_pass`.
    var name: Template?
    /// `proxy_ssl_server_name`.
    var sendsName = false
    /// `proxy_ssl_alpn`, of streams.
    var protocols: [Template] = []
    /// `proxy_ssl_verify`.
    var verifies = false
    /// `proxy_ssl_verify_depth`.
    var verifyDepth = 1
    /// `proxy_ssl_trusted_certificate`.
    var trusted: TLSFile?
    /// `proxy_ssl_crl`.
    var revocations: TLSFile?
    /// `proxy_ssl_certificate` and `proxy_ssl_certificate_key`.
    var certificate: PeerTLSValue?
    var key: PeerTLSValue?
    /// `proxy_ssl_password_file`.
    var passwords: TLSFile?
    /// `proxy_ssl_session_reuse`.
    var resumesSessions = true
    /// `proxy_ssl_certificate_cache`.
    var cache: CertificateCache?
}

/// An argument that may have variables in it, and where it stands.
struct PeerTLSValue: Sendable {
    let template: Template
    let file: TLSFile
}

extension PeerTLSSettings: Equatable {
    /// Whether one `PeerTLS` is good for both.
    static func == (left: PeerTLSSettings, right: PeerTLSSettings) -> Bool {
        left.versions == right.versions && left.ciphers == right.ciphers
            && left.commands.elements == right.commands.elements && left.name == right.name
            && left.sendsName == right.sendsName && left.protocols == right.protocols
            && left.verifies == right.verifies && left.verifyDepth == right.verifyDepth
            && left.trusted?.path == right.trusted?.path
            && left.revocations?.path == right.revocations?.path
            && left.certificate?.template == right.certificate?.template
            && left.key?.template == right.key?.template
            && left.passwords?.path == right.passwords?.path
            && left.resumesSessions == right.resumesSessions && left.cache === right.cache
    }
}
