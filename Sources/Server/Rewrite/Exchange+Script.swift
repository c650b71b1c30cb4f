// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Runs the script of a server or a location.

internal import HTTP
internal import Memory

extension Exchange {
    /// Runs the script of a location, or of the server by its root location.
    ///
    /// Where an `if` held, `locationIndex` is that of its block afterwards.
    ///
    /// - Returns: nil to go on with the next phase.
    mutating func runScript(
        ofLocation location: Int, _ services: inout Services
    ) -> ExchangeStep? {
        locationIndex = location
        guard services.site.locations[location].steps.contains(.hasScript) else { return nil }
        var isPassed = false
        if let step = runSteps(ofLocation: location, &isPassed, &services) { return step }
        // Spec: nginx: the block that held last says nothing of where to.
        if isPassed, !isPathChanged, services.site.locations[locationIndex].handler != .proxy {
            services.logError(.alert, self, "no upstream configuration")
            return fail(500, &services)
        }
        return nil
    }

    /// - Parameter isPassed: whether the block of an `if` has said where requests are passed to.
    private mutating func runSteps(
        ofLocation location: Int, _ isPassed: inout Bool, _ services: inout Services
    ) -> ExchangeStep? {
        let script = services.site.locations[location].script
        // Spec: nginx: up to the first new path, captures are escaped as parts of an address.
        var escapes = true
        var next = 0
        while next < script.count {
            let step = script[next]
            next += 1
            switch step {
            case .set(let target, let template):
                assign(evaluate(template, escapingCaptures: escapes, &services), target, &services)
                if services.isTraced { traceStep(step, &services) }
            case .finish(let status, let template):
                if services.isTraced { traceStep(step, &services) }
                return finish(status, template, &services)
            case .stop:
                if services.isTraced { traceStep(step, &services) }
                nameStands = nameStands && !isPathChanged
                isPathChanged = false
                return nil
            case .rewrite(let rule):
                switch rewrite(rule, &services) {
                case .noMatch: continue
                case .changed: escapes = false
                case .ended: return nil
                case .answered(let step): return step
                }
            case .test(let condition, let inner, let count):
                guard let isMet = isMet(condition, escapingCaptures: escapes, &services) else {
                    return fail(500, &services)
                }
                if services.isTraced { traceCondition(condition, isMet: isMet, &services) }
                if !isMet {
                    next += count
                } else if let inner {
                    locationIndex = inner
                    isPassed = isPassed || services.site.locations[inner].handler == .proxy
                }
            }
        }
        return nil
    }

    private mutating func assign(
        _ value: ByteRange, _ target: RewriteStep.Target, _ services: inout Services
    ) {
        switch target {
        case .variable(let index): values[index] = value
        case .limitRate: setRate(value, &services)
        case .invalidReferer: checked.refererVerdict = value
        case .arguments:
            arguments = value.isEmpty ? nil : value
            isReceivedTarget = false
        }
    }

    /// Answers as `return` says.
    ///
    /// Spec: nginx: below 400 a `return` without a text is one with an empty text.
    private mutating func finish(
        _ status: Int, _ template: Template?, _ services: inout Services
    ) -> ExchangeStep {
        if template.map({ $0.segments.isEmpty }) ?? true, status >= 400 {
            return fail(status, &services)
        }
        // It may be asked for in the text.
        response.status = errorStatus == 0 ? status : errorStatus
        let text = evaluate(template ?? Template([]), &services)
        if [301, 302, 303, 307, 308].contains(status) {
            return fail(status, location: text, &services)
        }
        response.clear()
        let type = services.site.locations[locationIndex].settings.files.mediaType(
            of: bytes.span(uri.range))
        if status != 204, !type.isEmpty { response.add("Content-Type", type.span) }
        response.body.append(text.range, of: bytes)
        response.contentLength = text.count
        response.end = text.count
        response.source = .body
        return complete(&services)
    }

    // MARK: Captures

    /// Writes out a template, its captures escaped where they may be unfit for an address.
    ///
    /// Spec: nginx: they are escaped where the path of the request had been.
    mutating func evaluate(
        _ template: Template, escapingCaptures: Bool, _ services: inout Services
    ) -> ByteRange {
        guard escapingCaptures, isTargetEscaped, template.hasCaptures else {
            return evaluate(template, &services)
        }
        let plain = captures
        for number in captures.indices {
            guard let place = captures[number],
                URI.needsEscape(bytes.span(place.range), for: .arguments)
            else { continue }
            var escaped = Buffer(capacity: place.count * 3)
            URI.escape(bytes.span(place.range), for: .arguments, into: &escaped)
            captures[number] = store(escaped.readable)
        }
        let place = evaluate(template, &services)
        captures = plain
        return place
    }

    /// Whether the client has escaped anything in the path, or put a plus into it.
    private var isTargetEscaped: Bool {
        let path = bytes.span(head.pathRange.range)
        return path.firstOffset(of: UInt8(ascii: "%")) != nil
            || path.firstOffset(of: UInt8(ascii: "+")) != nil
    }

    /// Spec: nginx: what does not match forgets what matched before it.
    mutating func forgetCaptures() {
        for number in captures.indices { captures[number] = nil }
    }
}

extension Template {
    /// Whether it asks for `$1` to `$9`.
    fileprivate var hasCaptures: Bool {
        segments.contains { segment in
            if case .variable(.capture) = segment { true } else { false }
        }
    }
}
