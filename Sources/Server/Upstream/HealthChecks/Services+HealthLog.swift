// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The lines of the error log about the health of peers.

internal import Memory

extension Services {
    /// Tells what a check has found out: at level `info` when that changes nothing.
    ///
    /// Spec: the lines of nginx Plus, with the reason behind them.
    mutating func logHealth(
        _ check: borrowing HealthCheck, _ probe: borrowing HealthChecks.Probe,
        _ flaw: HealthFlaw?, hasChanged: Bool
    ) {
        guard hasChanged || flaw != nil else { return }
        let level: LogLevel = !hasChanged ? .information : flaw == nil ? .notice : .warning
        let group = groups[check.group]
        var line = hasChanged ? "peer is " : "health check "
        if hasChanged {
            line += flaw == nil ? "healthy while " : "unhealthy while "
        } else {
            line += "failed while "
        }
        line += (flaw?.doing ?? check.lastTest).description
        line += ", health check \"\(LogEscape.text(check.matchName))\" of peer "
        line += "\(LogEscape.text(group.peers[probe.peer].name)) in upstream "
        line += "\"\(LogEscape.text(group.name))\""
        if let port = check.port { line += ", port \(port)" }
        if let flaw {
            line += ", reason: \(flaw.reason)"
        }
        logError(level, at: check.location, line)
    }
}

extension HealthCheck {
    /// What is looked at last.
    fileprivate var lastTest: StaticString {
        guard kind == .request else {
            if session.expectation != nil { return "checking data" }
            return session.sent.isEmpty ? "connecting to upstream" : "sending to upstream"
        }
        if !match.required.isEmpty { return "checking required variables" }
        if !match.contents.isEmpty { return "checking body" }
        if !match.fields.isEmpty { return "checking header" }
        return "checking status code"
    }
}
