// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// From a request to the location that answers it: server rewrite, location, internal redirects.
// What happens in a location is the business of its phases.

internal import HTTP
internal import Memory
internal import Regex

extension Exchange {
    /// Decides who answers and lets them begin.
    ///
    /// Call once the head is parsed and lies at the start of `bytes`.
    mutating func begin(_ services: inout Services) -> ExchangeStep {
        if !head.fields.traits.isEmpty {
            dropFields(services.site.listeners[facts.listener].client)
        }
        let resolved = resolveTarget(&services)
        if services.isTraced { traceHost(services) }
        if let refusal = resolved ?? unmetExpectation ?? unspokenVersion(services) {
            locationIndex = services.site.hosts[hostIndex].rootLocation
            return fail(refusal, &services)
        }
        let root = services.site.hosts[hostIndex].rootLocation
        if services.site.listeners[facts.listener].isSecure, !services.isTraced,
            let refusal = insecurity(&services)
        {
            locationIndex = root
            return fail(refusal, &services)
        }
        if services.site.locations[root].steps.contains(.findsClient) {
            findClient(by: root, &services)
        }
        if let step = runScript(ofLocation: root, &services) {
            return step
        }
        // Spec: RFC 9110 §9.3.7: about the server as a whole there is nothing to say but that it
        //       answers.
        if head.targetForm == .asterisk { return answerBuiltIn(204, location: nil, &services) }
        return route(&services)
    }

    /// 421 where the host that is asked for does not speak HTTP/2.
    private func unspokenVersion(_ services: borrowing Services) -> Int? {
        guard head.version == .http2, !services.site.listeners[facts.listener].http2.isForAll else {
            return nil
        }
        let root = services.site.hosts[hostIndex].rootLocation
        return services.site.locations[root].settings.http2.isOn ? nil : 421
    }

    /// 417 for an `Expect` that asks for anything but "100-continue".
    ///
    /// Spec: RFC 9110 §10.1.1. An HTTP/1.0 client means nothing by it.
    private var unmetExpectation: Int? {
        let isUnmet =
            head.fields.contains(.expect) && !head.expectsContinue && head.version != .http10
        return isUnmet ? 417 : nil
    }

    /// Finds the location of a path that a location's `rewrite` has made.
    ///
    /// Spec: nginx ngx_http_core_post_rewrite_phase.
    mutating func routeAgain(_ services: inout Services) -> ExchangeStep {
        guard countRedirect() else {
            return failRedirectCycle("processing", uri, &services)
        }
        if services.isTraced { traceRewritten(services) }
        locationIndex = services.site.hosts[hostIndex].rootLocation
        return route(&services)
    }

    /// Finds the location of the present path and runs its phases.
    mutating func route(_ services: inout Services) -> ExchangeStep {
        switch findLocation(&services) {
        case .found(let location), .prefix(let location): return enter(location, &services)
        case .slashMissing(let location):
            if services.isTraced { traceLocation(location, services) }
            locationIndex = location
            if !isInternal, services.site.locations[location].steps.contains(.isInternal) {
                return fail(404, &services)
            }
            return redirectToDirectory(services.site.locations[location].name, &services)
        case .limit: return fail(500, &services)
        }
    }

    /// Serves another path of the same server instead.
    ///
    /// Spec: nginx internal redirects: at most ten, and the query is replaced.
    mutating func redirectInternally(
        to path: ByteRange, arguments: ByteRange?, _ services: inout Services
    ) -> ExchangeStep {
        guard countRedirect() else {
            return failRedirectCycle("internally redirecting to", path, &services)
        }
        if services.isTraced { traceRedirect(to: path, arguments: arguments, services) }
        uri = path
        nameStands = true
        self.arguments = arguments
        isInternal = true
        isReceivedTarget = false
        if let step = runScript(ofLocation: services.site.hosts[hostIndex].rootLocation, &services)
        {
            return step
        }
        return route(&services)
    }

    /// Lets a named location answer; path and query stay.
    mutating func redirectInternally(
        toNamed location: Int, _ services: inout Services
    ) -> ExchangeStep {
        guard countRedirect() else {
            let name = store(services.site.locations[location].name)
            return failRedirectCycle("redirect to named location", name, &services)
        }
        isInternal = true
        return enter(location, &services)
    }

    private mutating func countRedirect() -> Bool {
        redirectCount += 1
        return redirectCount <= Self.redirectLimit
    }

    private mutating func failRedirectCycle(
        _ doing: StaticString, _ target: ByteRange, _ services: inout Services
    ) -> ExchangeStep {
        services.logError(
            .error, self,
            "rewrite or internal redirection cycle while \(doing) \"\(logged(target))\"")
        return fail(500, &services)
    }

    /// Spec: nginx NGX_HTTP_MAX_URI_CHANGES.
    static var redirectLimit: Int { 10 }

    // MARK: Finding the location

    enum LocationResult: BitwiseCopyable {
        /// Nothing around it can take the path any more.
        case found(Int)
        /// The longest prefix: a regular expression of a level around it may still take the path.
        case prefix(Int)
        case slashMissing(Int)
        /// A regular expression exceeded its limits.
        case limit
    }

    private mutating func findLocation(_ services: inout Services) -> LocationResult {
        let root = services.site.hosts[hostIndex].rootLocation
        return findLocation(in: root, &services) ?? .found(root)
    }

    /// Searches the locations nested in one; the server itself counts as the outermost.
    ///
    /// Spec: nginx `location`: exact; longest prefix and what is nested in it; regular expressions
    ///       of the level unless the prefix says `^~`; the prefix.
    private mutating func findLocation(
        in parent: Int, _ services: inout Services
    ) -> LocationResult? {
        if services.site.locations[parent].hasNoNested { return nil }
        var best: LocationResult?
        let beginning = services.site.locations[parent].nested.tree.match(bytes.span(uri.range))
        if services.isTraced { traceBeginning(beginning, services) }
        switch beginning {
        case .exact(let location): return .found(location)
        case .slashMissing(let location): return .slashMissing(location)
        case .prefix(let location):
            let deepest = findLocation(in: location, &services) ?? .prefix(location)
            guard case .prefix = deepest,
                !services.site.locations[location].steps.contains(.skipsRegexes)
            else { return deepest }
            best = deepest
        case .none: break
        }
        for index in 0..<services.site.locations[parent].nested.patternCount {
            let pattern = services.site.locations[parent].nested.pattern(index)
            switch matches(pattern.regex, uri, &services) {
            case .matched:
                if services.isTraced { tracePattern(pattern.location, matches: true, services) }
                return findLocation(in: pattern.location, &services) ?? .found(pattern.location)
            case .limit:
                let name = services.site.locations[pattern.location].name
                services.logRegexLimit(self, String(decoding: name, as: UTF8.self), logged(uri))
                return .limit
            case .noMatch:
                if services.isTraced { tracePattern(pattern.location, matches: false, services) }
            }
        }
        return best
    }
}
