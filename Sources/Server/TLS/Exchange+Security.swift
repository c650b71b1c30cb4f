// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Requests that their connection's TLS does not do for.

internal import HTTP
internal import Memory
internal import TLS

extension Exchange {
    /// The status to refuse a request with whose connection is not what its server wants; nil for
    /// one that is.
    ///
    /// Spec: nginx ngx_http_process_request, ngx_http_set_virtual_server.
    mutating func insecurity(_ services: inout Services) -> Int? {
        guard facts.isSecure else {
            services.logError(
                .information, self, "client sent plain HTTP request to HTTPS port")
            return 497
        }
        guard services.site.hosts[hostIndex].verification != .off,
            let session = services.secured[facts.secured]
        else { return nil }
        if !host.isEmpty, let name = services.secured.chosenName(of: facts.secured),
            !bytes.span(host.range).isEqual(to: name)
        {
            services.logError(
                .information, self,
                "client attempted to request the server name different from the one that was "
                    + "negotiated")
            return 421
        }
        return refusal(of: session, &services)
    }

    /// The status to refuse a client with whose certificate does not do; nil for one that does.
    func refusal(of session: TLSSession, _ services: inout Services) -> Int? {
        let rule = services.site.hosts[hostIndex].verification
        let found = session.verification
        if found.code != 0, rule != .optionalWithoutAuthority || !found.isOnlyUnknown {
            services.logError(
                .information, self,
                "client SSL certificate verify error: (\(found.code):\(found.text))")
            session.forget()
            return 495
        }
        if rule == .on, !found.hasCertificate {
            services.logError(
                .information, self, "client sent no required SSL certificate")
            session.forget()
            return 496
        }
        if let flaw = session.clientStatus?.flaw {
            services.logError(
                .information, self, "client SSL certificate verify error: \(flaw)")
            session.forget()
            return 495
        }
        return nil
    }
}

extension Span where Element == UInt8 {
    /// Whether these are the bytes of an array.
    fileprivate func isEqual(to other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }
}
