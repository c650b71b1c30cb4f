// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The access phase: everybody who has something to say about who may, in nginx's order.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Asks the checkers of the location, beginning with the one that was waited for.
    ///
    /// A checker that has to wait is asked again until it knows; what it must remember meanwhile
    /// it keeps in the exchange.
    ///
    /// - Returns: nil to go on with the next phase.
    /// Spec: nginx ngx_http_core_access_phase, ngx_http_core_post_access_phase.
    mutating func checkAccess(_ services: inout Services) -> ExchangeStep? {
        if let end = access.heldUntil {
            guard services.clock.now >= end else { return waitInPhase(until: end) }
            access.heldUntil = nil
            return fail(401, &services)
        }
        let satisfiesAny = services.site.locations[locationIndex].settings.access.satisfiesAny
        while let checker = access.checker {
            let verdict = ask(checker, &services)
            if services.isTraced { traceAccess(checker, verdict, services) }
            switch verdict {
            case .none: break
            case .wait(let deadline): return waitInPhase(until: deadline)
            case .allowed:
                guard satisfiesAny else { break }
                if !challenges.isEmpty { challenges = [] }
                return nil
            case .refused(let status):
                guard satisfiesAny, status == 401 || status == 403 else {
                    return refuseAccess(status, &services)
                }
                if access.refusal != 401 { access.refusal = status }
            }
            access.checker = checker.next
        }
        guard access.refusal != 0 else { return nil }
        if access.refusal == 403 { services.logError(.error, self, "access forbidden by rule") }
        return refuseAccess(access.refusal, &services)
    }

    /// Begins with the access phase of a location: what another one has asked says nothing here.
    mutating func forgetAccess() {
        access = AccessState()
        if passwordJob != nil { abandonPassword() }
        family?.authorization = nil
    }

    private mutating func ask(
        _ checker: AccessChecker, _ services: inout Services
    ) -> AccessVerdict {
        switch checker {
        case .addresses: checkAddress(&services)
        case .password: checkPassword(&services)
        case .subrequest: checkBySubrequest(&services)
        }
    }

    /// `allow` and `deny`.
    private func checkAddress(_ services: inout Services) -> AccessVerdict {
        let settings = services.site.locations[locationIndex].settings.access
        guard let isAllowed = settings.allows(facts.address) else { return .none }
        if isAllowed { return .allowed }
        if !settings.satisfiesAny { services.logError(.error, self, "access forbidden by rule") }
        return .refused(403)
    }

    /// Refuses at once, or after `auth_delay` who gave no password or a wrong one.
    ///
    /// Why: the delay makes guessing slow, and hides how long a password took to check.
    private mutating func refuseAccess(_ status: Int, _ services: inout Services) -> ExchangeStep {
        let delay = services.site.locations[locationIndex].settings.access.refusalDelay
        guard status == 401, delay > 0 else { return fail(status, &services) }
        services.logError(.information, self, "delaying unauthorized request")
        let end = services.clock.now + Int64(delay)
        access.heldUntil = end
        return waitInPhase(until: end)
    }

    /// Adds a `WWW-Authenticate` to whatever response the exchange will have.
    mutating func challenge(_ value: ByteRange) { challenges.append(value) }

    /// Adds the challenges to the response.
    mutating func addChallenges() {
        for value in challenges { appendField(Array("WWW-Authenticate".utf8), value) }
    }
}
