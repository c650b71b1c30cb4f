// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Whether authorities still vouch for a client: the step between its handshake and its request.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS
internal import TLS

/// A client about whose certificates authorities are asked, one after the other.
struct ClientStatusCheck {
    let session: TLSSession
    let rule: ClientStatusRule
    /// The root location of the server that the client has chosen.
    let location: Int
    /// From the client's own to one that is trusted.
    let certificates: [Certificate]
    /// The certificate that comes next.
    var next = 0
    /// The inquiry that goes on.
    var inquiry: Int?
}

extension ClientConnection {
    /// Has authorities asked about the client, where that is wanted.
    ///
    /// - Returns: whether the answer must be waited for.
    /// Spec: nginx ngx_ssl_ocsp_validate.
    func awaitsStatus(_ session: TLSSession, _ services: inout Services) -> Bool {
        guard let inquiries = services.inquiries, session.clientStatus == nil else { return false }
        if inquiries.checks[id] != nil { return true }
        let number = session.serverNumber
        guard number >= 0, let rule = services.site.hosts[number].tls?.statusRule else {
            return false
        }
        let verification = session.verification
        guard verification.hasCertificate, verification.code == 0 else { return false }
        var check = ClientStatusCheck(
            session: session, rule: rule, location: services.site.hosts[number].rootLocation,
            certificates: session.verifiedChain)
        session.clientStatus = inquiries.goOn(&check, for: id, &services)
        return session.clientStatus == nil
    }
}

extension StatusInquiries {
    /// Forgets a client that has gone.
    func cancel(for client: SlotID) {
        guard let number = checks.removeValue(forKey: client)?.inquiry else { return }
        cancel(number, of: .client(client))
    }

    /// Takes the answer to a question about a client.
    ///
    /// - Returns: whether the client can go on.
    func take(_ answer: Answer, for client: SlotID, _ services: inout Services) -> Bool {
        guard var check = checks.removeValue(forKey: client) else { return false }
        check.inquiry = nil
        check.session.clientStatus = outcome(of: answer, &check, client, &services)
        return check.session.clientStatus != nil
    }

    /// nil when there is more to ask.
    private func outcome(
        of answer: Answer, _ check: inout ClientStatusCheck, _ client: SlotID,
        _ services: inout Services
    ) -> ClientStatus? {
        guard let bytes = answer.bytes else { return .failed }
        let question = answer.inquiry.question
        do throws(StatusFlaw) {
            let verdict = try question.verdict(
                of: bytes, by: check.session.current, trusting: .authorities)
            if let zone = check.rule.zone, let key = question.key {
                StatusCache(services.shared.zones[zone]).remember(
                    verdict, of: key, at: services.clock.wallSeconds)
            }
            guard verdict.status == .good else { return ClientStatus(verdict.status) }
        } catch {
            services.logError(.error, at: check.location, error.message + answer.inquiry.context)
            return .failed
        }
        return goOn(&check, for: client, &services)
    }

    /// Asks about the next certificate of which nothing is known; nil when an answer must be
    /// waited for.
    ///
    /// Spec: nginx ngx_ssl_ocsp_validate_next: nobody vouches for the last one but itself.
    func goOn(
        _ check: inout ClientStatusCheck, for client: SlotID, _ services: inout Services
    ) -> ClientStatus? {
        guard !check.certificates.isEmpty else { return .failed }
        let count = check.certificates.count - 1
        let end = check.rule.isForLeafOnly ? min(count, 1) : count
        while check.next < end {
            let question = StatusQuestion(
                check.certificates[check.next], issuer: check.certificates[check.next + 1],
                helpers: check.certificates)
            check.next += 1
            guard let responder = responder(for: question, check, &services) else {
                return .failed
            }
            if let zone = check.rule.zone {
                guard let key = question.key else { return .failed }
                let cache = StatusCache(services.shared.zones[zone])
                switch cache.status(of: key, at: services.clock.wallSeconds) {
                case .good?: continue
                case let known?: return ClientStatus(known)
                case nil: break
                }
            }
            let number = begin(
                .client(client), question, of: responder, location: check.location, title: "",
                &services)
            guard let number else { return .failed }
            check.inquiry = number
            checks[client] = check
            return nil
        }
        return .good
    }

    private func responder(
        for question: StatusQuestion, _ check: ClientStatusCheck, _ services: inout Services
    ) -> StatusResponder? {
        if let responder = check.rule.responder { return responder }
        guard let text = question.certificate.responder else {
            services.logError(
                .error, at: check.location, "no OCSP responder URL in certificate")
            return nil
        }
        do throws(StatusResponder.Flaw) { return try StatusResponder(parsing: text) } catch {
            services.logError(.error, at: check.location, "\(error.message) in certificate")
            return nil
        }
    }
}
