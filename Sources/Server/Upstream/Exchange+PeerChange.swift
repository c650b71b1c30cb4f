// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What requests find out about peers, and what the log says of it.

internal import EventLoop
internal import HTTP1
internal import OS
internal import Resolver

extension Exchange {
    /// Notes what became of the present try, and tells when that changes what is thought of the
    /// peer: one line for each change, with its reason.
    mutating func note(
        _ outcome: PeerOutcome, because failure: PeerFailure? = nil, _ services: inout Services
    ) {
        let group = services.groups[proxy.group]
        switch group.note(outcome, of: proxy.peer, at: services.clock.now) {
        case .none: return
        case .leftOut:
            // Spec: nginx's own line, for those who watch for it.
            services.logError(
                .warning, self, "upstream server temporarily disabled while \(activity)")
            guard group.peers[proxy.peer].health.noteTold(isLeftOut: true) else { return }
            tell(
                .warning,
                "is left out for \(group.peers[proxy.peer].failureTimeout)s: "
                    + (failure?.reasonOfChange ?? "it failed"), group, &services)
        case .cameBack:
            guard group.peers[proxy.peer].health.noteTold(isLeftOut: false) else { return }
            tell(.notice, "answers again", group, &services)
        }
    }

    private func tell(
        _ level: LogLevel, _ what: String, _ group: UpstreamGroup, _ services: inout Services
    ) {
        let peer = LogEscape.text(group.peers[proxy.peer].name)
        let line = "peer \(peer) of upstream \"\(LogEscape.text(group.name))\" \(what)"
        services.logError(level, at: locationIndex, line)
    }

    /// What is being done with the peer.
    private var activity: StaticString {
        switch proxy.stage {
        case .none, .choosing, .resolving, .holding, .connecting: "connecting to upstream"
        case .sending: "sending request to upstream"
        case .awaitingHead: "reading response header from upstream"
        case .receivingContent, .finished, .failed: "reading upstream"
        }
    }
}

extension PeerFailure {
    fileprivate var reasonOfChange: String {
        switch self {
        case .cannotConnect(let error): "connect() failed (\(error))"
        case .connectTimedOut, .sendTimedOut, .readTimedOut:
            "timed out (110: Connection timed out)"
        case .sendFailed(let error): "send() failed (\(error))"
        case .receiveFailed(let error): "recv() failed (\(error))"
        case .closedEarly: "it closed the connection too early"
        case .malformed(let flaw): "invalid header: \(flaw.description)"
        case .unresolved(let failure): "it could not be resolved (\(failure.reason))"
        case .status(let status): "the status is \(status)"
        }
    }
}
