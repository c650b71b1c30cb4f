// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How long each step of asking peers took, for the tools of browsers.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Adds `Server-Timing`, where the client may be told.
    ///
    /// Of the peer that answers: how long the connection took, and the head of its answer from the
    /// beginning of the try. Of each one before it: how long it took until it had failed. `total`
    /// is the time since the request began.
    /// Spec: W3C Server Timing §3; durations are milliseconds.
    mutating func addServerTiming(_ services: inout Services) {
        let settings = services.site.locations[locationIndex].settings.proxy.policy
        guard mayTell(settings.timing), !proxy.attempts.isEmpty else { return }
        response.fields.append("Server-Timing: ")
        for attempt in proxy.attempts {
            guard attempt.failure == nil, let headTime = attempt.headTime else {
                appendMetric("try", attempt.responseTime ?? 0, attempt)
                continue
            }
            if let connectTime = attempt.connectTime {
                appendMetric("connect", connectTime, attempt)
            }
            appendMetric("header", headTime, attempt)
        }
        response.fields.append("total;dur=")
        response.fields.append(decimal: Int(services.clock.now - startedAt))
        response.fields.append("\r\n")
    }

    private mutating func appendMetric(
        _ name: StaticString, _ milliseconds: Int, _ attempt: PeerAttempt
    ) {
        response.fields.append(name)
        response.fields.append(";dur=")
        response.fields.append(decimal: milliseconds)
        response.fields.append(";desc=\"")
        appendQuoted(attempt.address)
        if let failure = attempt.failure {
            response.fields.append(" ")
            appendQuoted(Array(failure.explanation.utf8))
        }
        response.fields.append("\", ")
    }

    /// Appends a text to a quoted string.
    private mutating func appendQuoted(_ text: [UInt8]) {
        for byte in text where byte >= 0x20 && byte != 0x7F {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                response.fields.append("\\")
            }
            response.fields.append(byte: byte)
        }
    }
}
