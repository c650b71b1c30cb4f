// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The answer to a client whose request no peer has answered, where no `error_page` says otherwise.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Writes a page or a problem, if a peer has failed and the client has use for it.
    ///
    /// - Returns: false when the usual short page is to be written.
    mutating func writePeerFailure(_ status: Int, _ services: inout Services) -> Bool {
        guard proxy.stage == .failed, status >= 500, subrequest == nil,
            services.site.locations[locationIndex].handler == .proxy
        else { return false }
        if services.site.locations[locationIndex].settings.proxy.policy.timing != .nobody {
            addServerTiming(&services)
        }
        let form = ErrorForm.wanted(by: head, bytes.readable)
        guard form != .short else { return false }
        let report = failureReport(status, &services)
        services.logError(
            .error, self,
            "upstream failed, answered \(status) with request id "
                + "\"\(String(decoding: report.requestID, as: UTF8.self))\"")
        response.add("Cache-Control", "no-store")
        if form == .page {
            response.add("Content-Type", "text/html; charset=utf-8")
            let policy = FailurePage.policy
            response.add("Content-Security-Policy", policy.span)
            FailurePage.write(report, to: &response.body)
        } else {
            response.add("Content-Type", "application/problem+json")
            report.writeProblem(to: &response.body)
        }
        return true
    }

    private mutating func failureReport(
        _ status: Int, _ services: inout Services
    ) -> FailureReport {
        let settings = services.site.locations[locationIndex].settings.proxy.policy
        let id = value(of: .requestID, &services).map { copy($0) } ?? []
        var report = FailureReport(
            status: status, requestID: id, isRepeatable: head.method.isSafe)
        guard mayTell(settings.errorDetails) else { return report }
        let now = services.clock.now
        report.tries = proxy.attempts.map { attempt in
            var entry = FailureReport.Try(
                address: attempt.address,
                reason: attempt.failure?.explanation
                    ?? "has no peer that is up: all are down, or have failed a moment ago",
                duration: attempt.responseTime ?? Int(now - attempt.startedAt))
            if let answer = services.site.lastAnswers[attempt.address] {
                entry.lastAnswer = FailureReport.LastAnswer(
                    status: answer.status, age: Int(now - answer.time))
            }
            return entry
        }
        return report
    }

    /// Keeps in mind what a peer has answered, where somebody may be told of it.
    mutating func noteAnswer(_ status: Int, _ services: inout Services) {
        guard let address = proxy.attempts.last?.address else { return }
        services.site.lastAnswers.note(address, status, at: services.clock.now)
    }
}
