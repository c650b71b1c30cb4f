// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Keeps the rates of requests: lets them pass, makes them wait, or refuses them.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Asks the limits of the location, in nginx's order.
    ///
    /// - Returns: nil to go on.
    mutating func keepLimits(_ services: inout Services) -> ExchangeStep? {
        if let time = limits.waitsUntil {
            // Something else may have woken it.
            guard services.clock.now >= time else { return waitInPhase(until: time) }
            limits.waitsUntil = nil
        }
        if let family { limits.verdicts.take(family.budget.limitVerdicts) }
        defer { family?.budget.limitVerdicts = limits.verdicts }
        if limits.verdicts.requests == nil, let step = limitRequests(&services) { return step }
        if limits.verdicts.connections == nil, let step = limitConnections(&services) {
            return step
        }
        if services.isTraced { traceLimits(services) }
        return nil
    }

    /// What all `limit_req` of a location say together.
    private enum RequestOutcome: BitwiseCopyable {
        /// No key has a value.
        case uncounted
        case counted(delay: Int, excess: Int, zone: Int)
        case rejected(excess: Int, zone: Int)
        case unavailable(zone: Int)
    }

    private mutating func limitRequests(_ services: inout Services) -> ExchangeStep? {
        let site = services.site
        let limits = site.locations[locationIndex].settings.limits.requests.elements
        guard !limits.isEmpty else { return nil }
        let refusal = site.locations[locationIndex].settings.limits.policy.requests
        switch judge(limits, &services) {
        case .uncounted: return nil
        case .counted(0, _, _):
            self.limits.verdicts.requests = .passed
            return nil
        case .counted(let delay, let excess, let zone):
            self.limits.verdicts.requests = refusal.isDry ? .delayedDry : .delayed
            logLimit(refusal.delayLogLevel, "delaying request", excess, ",", zone, &services)
            return refusal.isDry ? nil : delayRequest(delay, &services)
        case .rejected(let excess, let zone):
            logLimit(refusal.logLevel, "limiting requests", excess, "", zone, &services)
        case .unavailable(let zone):
            services.logError(
                .alert, self, "zone \"\(services.site.zones[zone].text)\" cannot be locked")
        }
        self.limits.verdicts.requests = refusal.isDry ? .rejectedDry : .rejected
        return refusal.isDry ? nil : fail(refusal.status, &services)
    }

    private mutating func delayRequest(
        _ delay: Int, _ services: inout Services
    ) -> ExchangeStep {
        let end = services.clock.now + Int64(delay)
        limits.waitsUntil = end
        return waitInPhase(until: end)
    }

    /// Asks all limits first, and counts the request only if every one lets it pass.
    ///
    /// Spec: nginx ngx_http_limit_req_handler: the last limit counts at once.
    private mutating func judge(
        _ limits: [RequestLimit], _ services: inout Services
    ) -> RequestOutcome {
        let now = services.clock.now
        var outcome = RequestOutcome.uncounted
        for (number, limit) in limits.enumerated() {
            guard let (rate, key) = rate(of: limit.zone, &services) else { continue }
            let isLast = number == limits.count - 1
            switch rate.judge(key, burst: limit.burst, counts: isLast, at: now) {
            case .unavailable: return .unavailable(zone: limit.zone)
            case .rejected(let excess): return .rejected(excess: excess, zone: limit.zone)
            case .passed(let excess):
                outcome = .counted(
                    delay: isLast ? rate.delay(for: excess, allowing: limit.delay) : 0,
                    excess: excess, zone: limit.zone)
            }
        }
        guard limits.count > 1, case .counted = outcome else { return outcome }
        return count(limits.dropLast(), outcome, at: now, &services)
    }

    /// Counts a request with the limits that have been asked; the longest delay holds.
    ///
    /// They are asked again, for other requests may have come between.
    private mutating func count(
        _ limits: ArraySlice<RequestLimit>, _ last: RequestOutcome, at now: Instant,
        _ services: inout Services
    ) -> RequestOutcome {
        var outcome = last
        for limit in limits.reversed() {
            guard let (rate, key) = rate(of: limit.zone, &services) else { continue }
            switch rate.judge(key, burst: limit.burst, counts: true, at: now) {
            case .unavailable: return .unavailable(zone: limit.zone)
            case .rejected(let excess): return .rejected(excess: excess, zone: limit.zone)
            case .passed(let excess):
                let delay = rate.delay(for: excess, allowing: limit.delay)
                guard case .counted(let longest, _, _) = outcome, delay > longest else { continue }
                outcome = .counted(delay: delay, excess: excess, zone: limit.zone)
            }
        }
        return outcome
    }

    /// The table of a zone, and where this request belongs in it; nil when its key is empty.
    private mutating func rate(
        of zone: Int, _ services: inout Services
    ) -> (RequestRate, ZoneKey)? {
        guard case .requests(let rate) = services.site.zones[zone].use,
            let key = zoneKey(zone, byteLimit: 65_535, &services)
        else { return nil }
        return (RequestRate(table: services.shared.zones[zone], rate: rate), key)
    }

    /// Where this request belongs in a zone; nil when its key is empty or too long.
    mutating func zoneKey(
        _ zone: Int, byteLimit: Int, _ services: inout Services
    ) -> ZoneKey? {
        if services.site.zones[zone].isByAddress {
            // Behind the other values for no longer than this takes.
            let start = bytes.count
            defer { bytes.truncate(to: start) }
            bytes.append(upTo: CompactAddress.binaryByteLimit) {
                facts.address.writeBinary(into: &$0)
            }
            return services.shared.zones[zone].key(of: bytes.span(start..<bytes.count))
        }
        let key = evaluate(services.site.zones[zone].key, &services)
        guard key.count <= byteLimit else {
            logLongKey(key, zone, byteLimit, &services)
            return nil
        }
        return key.isEmpty ? nil : services.shared.zones[zone].key(of: bytes.span(key.range))
    }

    /// Writes that a key is too long, with no more than its beginning: who sends long keys must not
    /// fill the disk.
    private func logLongKey(
        _ key: ByteRange, _ zone: Int, _ limit: Int, _ services: inout Services
    ) {
        let shown = key.lowerBound..<key.lowerBound + min(key.count, 256)
        let name = String(decoding: services.site.zones[zone].keyText, as: UTF8.self)
        let start = LogEscape.text(bytes.span(shown))
        services.logError(
            .error, self,
            "the value of the \"\(name)\" key is more than \(limit) bytes: \"\(start)...\"")
    }

    /// Spec: nginx's words, which log watchers look for.
    private func logLimit(
        _ level: LogLevel, _ what: String, _ excess: Int, _ comma: String, _ zone: Int,
        _ services: inout Services
    ) {
        let site = services.site
        guard level <= site.locations[locationIndex].settings.log.errorLevel else { return }
        let refusal = site.locations[locationIndex].settings.limits.policy.requests
        let dry = refusal.isDry ? ", dry run" : ""
        let thousandths = "\(1000 + excess % 1000)".dropFirst()
        services.logError(
            level, self,
            "\(what)\(dry), excess: \(excess / 1000).\(thousandths)\(comma) by zone "
                + "\"\(services.site.zones[zone].text)\"")
    }
}

extension SiteZone {
    /// The name, for messages.
    var text: String { String(decoding: name, as: UTF8.self) }
}
