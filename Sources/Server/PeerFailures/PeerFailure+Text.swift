// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The failures of peers in words.

internal import HTTP1
internal import OS
internal import Resolver

extension PeerFailure {
    /// What happened, as nginx's log says it.
    var reason: String {
        switch self {
        case .cannotConnect(let error): "connect() failed (\(error))"
        case .connectTimedOut, .sendTimedOut, .readTimedOut:
            "upstream timed out (110: Connection timed out)"
        case .handshakeFailed: "SSL_do_handshake() failed"
        case .sendFailed(let error): "send() failed (\(error))"
        case .receiveFailed(let error): "recv() failed (\(error))"
        case .closedEarly: "upstream prematurely closed connection"
        case .malformed(let flaw): "upstream sent invalid header: \(flaw.description)"
        case .unresolved(let failure): "upstream could not be resolved (\(failure.reason))"
        case .status(let status): "upstream answered \(status), trying the next one"
        }
    }

    /// The same for those who build the site.
    var explanation: String {
        switch self {
        case .cannotConnect(.connectionRefused):
            "refused the connection: nothing listens there"
        case .cannotConnect(let error): "could not be connected to (\(error.message))"
        case .connectTimedOut: "did not accept the connection in time"
        case .handshakeFailed: "did not agree upon TLS, or is not who it should be"
        case .sendTimedOut: "did not take the request in time"
        case .readTimedOut: "did not answer in time"
        case .sendFailed(let error), .receiveFailed(let error):
            "broke the connection (\(error.message))"
        case .closedEarly: "closed the connection before it answered"
        case .malformed(let flaw): "sent what is no HTTP: \(flaw.description)"
        case .unresolved(let failure): "has no address (\(failure.reason))"
        case .status(let status): "answered \(status)"
        }
    }
}
