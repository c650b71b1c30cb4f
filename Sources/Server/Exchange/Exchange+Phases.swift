// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What happens in a location, in nginx's order: rewrite, preaccess, access, precontent, content.
//
// A phase may have to wait: for the clock, for a background thread, for a subrequest. It is entered
// again then, and keeps whatever it must know of itself in the exchange.

internal import HTTP
internal import Memory
internal import OS

/// The phases of a location that may have to wait, in their order.
///
/// Spec: nginx ngx_http_core_run_phases.
enum Phase: UInt8, BitwiseCopyable, Equatable {
    /// Limits: may delay the request.
    case preaccess
    /// Who may: addresses, passwords, what a subrequest says.
    case access
    /// `try_files` and what else comes before the handler.
    case precontent
    /// Copies of the request, for which its content may be needed.
    case mirror
    case content
}

extension Exchange {
    /// Runs the phases of a location, beginning with its rewrite phase.
    mutating func enter(_ location: Int, _ services: inout Services) -> ExchangeStep {
        locationIndex = location
        isPathChanged = false
        let steps = services.site.locations[location].steps
        if services.isTraced { traceLocation(location, services) }
        if steps.contains(.isInternal), !isInternal { return fail(404, &services) }
        if case .length(let count) = head.framing, errorStatus == 0,
            services.site.locations[location].refuses(contentOf: count)
        {
            services.logTooLarge(self)
            return fail(413, &services)
        }
        if steps.contains(.limitsMethods),
            !services.site.locations[location].exceptedMethods.contains(method)
        {
            // Spec: nginx: the rewriting of the location is not for the others.
            locationIndex = services.site.locations[location].limitedLocation
        } else if steps.contains(.hasScript),
            // Where there is no location, the server's script has run already.
            location != services.site.hosts[hostIndex].rootLocation
        {
            if let step = runScript(ofLocation: location, &services) { return step }
            if isPathChanged { return routeAgain(&services) }
        }
        phase = .preaccess
        return runPhases(&services)
    }

    /// Runs the present phase and those behind it.
    ///
    /// A phase that must wait sets `deadline`, and returns `waitInPhase()`.
    mutating func runPhases(_ services: inout Services) -> ExchangeStep {
        // The rewrite phase may have led into another one than was entered.
        let steps = services.site.locations[locationIndex].steps
        if phase == .preaccess {
            if steps.contains(.findsClient) { findClient(by: locationIndex, &services) }
            if steps.contains(.limitsRequests), let step = keepLimits(&services) { return step }
            phase = .access
            if steps.contains(.checksAccess) { forgetAccess() }
        }
        if phase == .access {
            if steps.contains(.checksAccess), subrequest == nil,
                let step = checkAccess(&services)
            {
                return step
            }
            phase = .precontent
        }
        if phase == .precontent {
            if steps.contains(.triesFiles), let step = tryFiles(&services) { return step }
            phase = .mirror
        }
        if phase == .mirror {
            if steps.contains(.mirrors), subrequest == nil, let step = mirror(&services) {
                return step
            }
            phase = .content
        }
        return handle(&services)
    }

    /// Waits, and enters the present phase again once `deadline` is reached or something that it
    /// waits for has come.
    mutating func waitInPhase(until deadline: Instant) -> ExchangeStep {
        self.deadline = deadline
        stage = .inPhase
        return .wait
    }

    /// Lets the location's handler answer.
    mutating func handle(_ services: inout Services) -> ExchangeStep {
        switch services.site.locations[locationIndex].handler {
        case .files: return serveFile(&services)
        case .proxy: return beginProxying(&services)
        case .emptyImage: return serveEmptyImage(&services)
        case .status: return serveStatus(&services)
        case .stream: return .abort
        }
    }
}
