// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about TLS with clients.

internal import Configuration
internal import TLS

/// The rules of a server's TLS, as they are written.
///
/// They are of use only while a configuration is loaded: what comes of them is a `HostTLS`.
struct TLSSettings: Sendable {
    /// `ssl_certificate`, and the `ssl_certificate_key` of each.
    var certificates = LevelList<CertificateSource>()
    var keys = LevelList<CertificateSource>()
    /// `ssl_password_file`.
    var passwordFile: TLSFile?
    /// `ssl_stapling`, `ssl_stapling_file`, `ssl_stapling_responder` and `ssl_stapling_verify`.
    var staples = false
    var staplingFile: TLSFile?
    var staplingResponder: ResponderText?
    var verifiesStaples = false
    /// Where statements are kept that are handed out, once there is a host.
    var stapleShelf: Staples?
    /// `ssl_ocsp`, `ssl_ocsp_responder` and `ssl_ocsp_cache`.
    var statusDepth = StatusDepth.off
    var statusResponder: ResponderText?
    var statusZone: Int?
    /// `ssl_certificate_cache`.
    var certificateCache: CertificateCache?
    /// `ssl_stand_in`.
    var usesStandIn = true
    /// `ssl_protocols`.
    var versions: TLSVersions = .usual
    /// `ssl_ciphers`.
    var ciphers = TLSSettings.usualCiphers
    /// `ssl_prefer_server_ciphers`.
    var prefersOwnCiphers = false
    /// `ssl_ecdh_curve`; "auto" leaves it to us.
    var curves = "auto"
    /// `ssl_dhparam`.
    var dhParameters: TLSFile?
    /// `ssl_conf_command`.
    var commands = LevelList<TLSContext.Command>()
    /// `ssl_buffer_size`.
    var bufferSize = 16 << 10
    /// `ssl_reject_handshake`.
    var rejectsHandshakes = false
    /// `ssl_session_timeout`, in seconds.
    var sessionTimeout = 300
    /// `ssl_session_tickets`.
    var givesTickets = true
    /// `ssl_session_cache`.
    var caching = TLSSessionCaching.none
    /// `ssl_session_ticket_key`.
    var ticketKeys = LevelList<TLSFile>()
    /// The keys that tickets are sealed with, once they are known.
    var keyring: (any TLSTicketKeys)?

    /// `ssl_verify_client`.
    var verification = ClientVerification.off
    /// `ssl_verify_depth`.
    var verificationDepth = 1
    /// `ssl_client_certificate`, `ssl_trusted_certificate` and `ssl_crl`.
    var clientAuthorities: TLSFile?
    var authorities: TLSFile?
    var revocations: TLSFile?

    /// Those that nobody has broken and every browser of the last ten years knows.
    ///
    /// Spec: Mozilla's "intermediate" recommendation.
    static let usualCiphers = """
        ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:\
        ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:\
        DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305
        """
    /// The groups that "auto" stands for.
    static let usualCurves = "X25519:prime256v1:secp384r1"
}

/// A zone of sessions, which several servers may name.
struct SharedSessions: Sendable {
    let byteCount: Int
    let cache: TLSSessionCache
}

/// `ssl_verify_client`: whether clients are asked who they are.
enum ClientVerification: BitwiseCopyable, Sendable {
    case off
    case on
    case optional
    /// Whoever vouches for the client: that is decided elsewhere.
    case optionalWithoutAuthority
}

/// A file that the configuration names.
struct TLSFile: Sendable {
    /// As it is written.
    var path: [UInt8]
    var location: SourceLocation

    var text: String { String(decoding: path, as: UTF8.self) }
}
