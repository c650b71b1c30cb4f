// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What all connections of a server, or to a peer, have in common: certificates, versions, ciphers.
//
// Once made, a context does not change; threads share it. Another one takes its place.

internal import COpenSSL
internal import Memory

/// The versions of TLS that may be spoken.
package struct TLSVersions: OptionSet, BitwiseCopyable, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let ssl2 = TLSVersions(rawValue: 1)
    package static let ssl3 = TLSVersions(rawValue: 2)
    package static let tls10 = TLSVersions(rawValue: 4)
    package static let tls11 = TLSVersions(rawValue: 8)
    package static let tls12 = TLSVersions(rawValue: 16)
    package static let tls13 = TLSVersions(rawValue: 32)

    /// Those that nobody has broken.
    package static let usual: TLSVersions = [.tls12, .tls13]
}

/// A context of OpenSSL.
@safe package final class TLSContext: @unchecked Sendable {
    let pointer: OpaquePointer
    /// The keys of tickets; OpenSSL's own without.
    var ticketKeys: (any TLSTicketKeys)?
    /// Where sessions are kept; in the context itself without.
    var cache: TLSSessionCache?
    /// What clients are handed who ask for a statement about the certificate.
    var staples: Staples?

    /// Makes a context that speaks some versions, and has neither certificate nor key.
    package init(versions: TLSVersions) throws(TLSFailure) {
        guard let pointer = unsafe SSL_CTX_new(TLS_method()) else {
            throw TLSFailure("SSL_CTX_new()")
        }
        unsafe self.pointer = pointer
        unsafe SSL_CTX_set_options(pointer, Self.options(versions))
        _ = unsafe SSL_CTX_ctrl(
            pointer, SSL_CTRL_MODE,
            Int(
                SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                    | SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN), nil)
        _ = unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_SET_MIN_PROTO_VERSION, 0, nil)
        _ = unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_SET_MAX_PROTO_VERSION, 0, nil)
        _ = unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_SET_READ_AHEAD, 1, nil)
        setCallbacks()
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    /// Lends the context to a call of OpenSSL.
    func withPointer<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        unsafe body(pointer)
    }

    private static func options(_ versions: TLSVersions) -> UInt64 {
        var options =
            beranda_op_all | beranda_op_no_compression | beranda_op_ignore_unexpected_eof
        let refusals: [(TLSVersions, UInt64)] = [
            (.ssl3, beranda_op_no_sslv3), (.tls10, beranda_op_no_tlsv1),
            (.tls11, beranda_op_no_tlsv1_1), (.tls12, beranda_op_no_tlsv1_2),
            (.tls13, beranda_op_no_tlsv1_3),
        ]
        for (version, option) in refusals where !versions.contains(version) { options |= option }
        return options
    }
}
