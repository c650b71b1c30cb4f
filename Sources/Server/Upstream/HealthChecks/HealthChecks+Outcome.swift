// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What comes of a check: another verdict perhaps, and the time of the next one.

internal import EventLoop
internal import OS
internal import Synchronization

extension HealthChecks {
    /// Ends a check: it has passed if nothing was wrong.
    func finish(_ number: Int, _ flaw: HealthFlaw?, _ services: inout Services) {
        let check = check(number, services)
        probes[number].isAtWork = false
        probes[number].isResolving = false
        if flaw != nil, isStarting(number, services) { return waitForStart(number, services) }
        probes[number].start.hasPassed = probes[number].start.hasPassed || flaw == nil
        let next = probes[number].beganAt + Int64(check.interval)
        schedule(
            number, at: max(next, services.clock.now + 1) + delay(probes[number], services),
            services)
        health(of: probes[number], services).refusesChecks.store(
            flaw?.isRefusal ?? false, ordering: .relaxed)
        var verdict = probes[number].verdict
        let isReturn = verdict.state == .unhealthy
        let hasChanged = verdict.note(passed: flaw == nil, check)
        take(verdict, for: number, isReturn: isReturn, services)
        endFirstRound(of: number)
        if hasChanged { remember(number, services) }
        services.logHealth(check, probes[number], flaw, hasChanged: hasChanged)
    }

    /// Acts on a verdict, which may be a new one.
    func take(
        _ verdict: HealthVerdict, for number: Int, isReturn: Bool,
        _ services: borrowing Services
    ) {
        let wasHeldBack = probes[number].verdict.holdsBack
        probes[number].verdict = verdict
        guard verdict.holdsBack != wasHeldBack else { return }
        let health = health(of: probes[number], services)
        if verdict.holdsBack {
            health.hold()
        } else {
            health.letGo(isReturn: isReturn, at: services.clock.now)
        }
    }

    func endFirstRound(of number: Int) {
        if probes[number].isAwaited { awaitedCount -= 1 }
        probes[number].isAwaited = false
    }

    private func remember(_ number: Int, _ services: borrowing Services) {
        let check = services.site.healthChecks[probes[number].check]
        let group = services.groups[check.group]
        memory?.remember(
            probes[number].verdict.state, of: group.peers[probes[number].peer].name,
            in: group.name, by: check)
    }
}
