// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Whom to ask for statements about certificates, and the request that is sent there.

internal import Memory

/// The address of an OCSP responder.
struct StatusResponder: Sendable, Equatable {
    let url: UpstreamURL

    /// Why it cannot be asked, in nginx's words.
    struct Flaw: Error, Equatable {
        let message: String
    }

    /// Reads `http://host[:port][/path]`.
    ///
    /// - Parameter allowsSockets: whether it may be a Unix socket. A certificate of a client is not
    ///                            to say what is opened on this machine.
    /// Spec: nginx ngx_ssl_ocsp_responder. Answers are signed, so the way need not be secret.
    init(parsing text: [UInt8], allowsSockets: Bool = false) throws(Flaw) {
        let shown = LogEscape.text(text)
        guard text.count > 7, PeerScheme(of: text) == .http else {
            throw Flaw(message: "invalid URL prefix in OCSP responder \"\(shown)\"")
        }
        do throws(UpstreamURL.Flaw) {
            url = try UpstreamURL(parsing: Array(text.dropFirst(7)))
        } catch {
            throw Flaw(message: "\(error.message) in OCSP responder \"\(shown)\"")
        }
        if case .unix = url.host, !allowsSockets {
            throw Flaw(message: "invalid host in OCSP responder \"\(shown)\"")
        }
        guard (url.path ?? []).allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Flaw(message: "invalid URI in OCSP responder \"\(shown)\"")
        }
    }

    /// What messages call it.
    var name: String { LogEscape.text(url.hostText) }

    /// The request that asks a question.
    ///
    /// Spec: RFC 6960 appendix A.1; nginx ngx_ssl_ocsp_create_request.
    func request(_ question: [UInt8]) -> [UInt8] {
        var request = Array("GET ".utf8)
        let path = url.path ?? []
        request += path.isEmpty ? [UInt8(ascii: "/")] : path
        if request.last != UInt8(ascii: "/") { request.append(UInt8(ascii: "/")) }
        for byte in Base64.encode(question) {
            switch byte {
            case UInt8(ascii: "+"): request += Array("%2B".utf8)
            case UInt8(ascii: "/"): request += Array("%2F".utf8)
            case UInt8(ascii: "="): request += Array("%3D".utf8)
            default: request.append(byte)
            }
        }
        request += Array(" HTTP/1.0\r\nHost: ".utf8) + url.authorityText
        return request + Array("\r\n\r\n".utf8)
    }
}
