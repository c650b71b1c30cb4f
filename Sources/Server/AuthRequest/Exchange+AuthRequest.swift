// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Asks another path whether a request is allowed.

internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Asks the path of `auth_request`, and waits for its answer.
    ///
    /// Spec: nginx ngx_http_auth_request_module.
    mutating func checkBySubrequest(_ services: inout Services) -> AccessVerdict {
        if let asked = family?.authorization {
            guard asked.isDecided else { return .wait(until: .distantFuture) }
            family?.authorization = nil
            return takeVerdict(of: asked, &services)
        }
        let site = services.site
        guard let path = site.locations[locationIndex].settings.authRequest.path else {
            return .none
        }
        let variables = site.locations[locationIndex].settings.authRequest.variables.elements
        guard
            let subrequest = addSubrequest(
                .authorization, path: store(path), arguments: nil,
                asking: variables.map(\.value), &services)
        else { return .refused(500) }
        family?.authorization = subrequest
        return .wait(until: .distantFuture)
    }

    private mutating func takeVerdict(
        of subrequest: Subrequest, _ services: inout Services
    ) -> AccessVerdict {
        takeVariables(of: subrequest)
        setVariables(from: subrequest, &services)
        switch subrequest.status {
        case 200..<300: return .allowed
        case 401:
            for value in subrequest.challenges { challenge(store(value)) }
            return .refused(401)
        case 403: return .refused(403)
        default:
            services.logError(
                .error, self, "auth request unexpected status: \(subrequest.status)")
            return .refused(500)
        }
    }

    /// Spec: nginx sets them whatever the answer was, so that error pages can use them.
    private mutating func setVariables(
        from subrequest: Subrequest, _ services: inout Services
    ) {
        let site = services.site
        let variables = site.locations[locationIndex].settings.authRequest.variables.elements
        for (variable, value) in zip(variables, subrequest.answers) {
            let place = store(value)
            switch variable.target {
            case .stored(let index): values[index] = place
            case .arguments:
                arguments = place
                isReceivedTarget = false
            case .limitRate: setRate(place, &services)
            }
        }
    }
}
