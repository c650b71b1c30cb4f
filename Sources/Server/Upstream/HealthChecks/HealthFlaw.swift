// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Why a health check did not pass, in the words of the log.

internal import HTTP1
internal import OS

/// Why a health check did not pass.
enum HealthFlaw: Equatable {
    case unresolved(String)
    case cannotConnect(Errno)
    case connectTimedOut
    /// No agreement upon TLS, or with somebody else.
    case handshakeFailed(String)
    case sendFailed(Errno)
    case sendTimedOut
    case receiveFailed(Errno)
    /// Nothing complete came in time.
    case headTimedOut
    case contentTimedOut
    case headEndedEarly
    case contentEndedEarly
    case malformedHead(Flaw)
    case malformedContent(Flaw)
    /// It informs, and informs, and never answers; or it answers what nobody asked.
    case unexpected(status: Int)
    /// A peer of sessions has not said in time, or before its end, what it must say.
    case dataTimedOut
    case dataEndedEarly
    /// It has said so much else.
    case data([UInt8])
    // What a `match` says.
    case status(Int)
    case field([UInt8])
    case content([UInt8])
    case variable([UInt8])

    /// Whether nobody listens at the address.
    var isRefusal: Bool {
        guard case .cannotConnect(let error) = self else { return false }
        return error.isRefusal
    }

    /// What was being done.
    ///
    /// Spec: the words of nginx Plus, for those who watch logs.
    var doing: StaticString {
        switch self {
        case .unresolved, .cannotConnect, .connectTimedOut: "connecting to upstream"
        case .handshakeFailed: "SSL handshaking to upstream"
        case .sendFailed, .sendTimedOut: "sending request to upstream"
        case .receiveFailed, .headTimedOut, .headEndedEarly, .malformedHead, .unexpected:
            "reading response header from upstream"
        case .contentTimedOut, .contentEndedEarly, .malformedContent: "reading upstream"
        case .dataTimedOut, .dataEndedEarly: "reading from upstream"
        case .data: "checking data"
        case .status: "checking status code"
        case .field: "checking header"
        case .content: "checking body"
        case .variable: "checking required variables"
        }
    }

    /// What went wrong.
    var reason: String {
        switch self {
        case .unresolved(let reason): "the name could not be resolved (\(reason))"
        case .cannotConnect(let error): "connect() failed (\(error))"
        case .connectTimedOut, .sendTimedOut, .headTimedOut, .contentTimedOut, .dataTimedOut:
            "timed out (110: Connection timed out)"
        case .handshakeFailed(let reason): reason
        case .sendFailed(let error): "send() failed (\(error))"
        case .receiveFailed(let error): "recv() failed (\(error))"
        case .data(let pattern): "data and \"\(LogEscape.text(pattern.span))\""
        case .headEndedEarly, .contentEndedEarly, .dataEndedEarly:
            "the peer closed the connection too early"
        case .malformedHead(let flaw): "invalid header: \(flaw.description)"
        case .malformedContent(let flaw): "invalid body: \(flaw.description)"
        case .unexpected(let status): "unexpected status \(status)"
        case .status(let status): "the status is \(status)"
        case .field(let name): "header \"\(LogEscape.text(name.span))\""
        case .content(let pattern): "body and \"\(LogEscape.text(pattern.span))\""
        case .variable(let name): "\"\(LogEscape.text(name.span))\" is empty or 0"
        }
    }
}
