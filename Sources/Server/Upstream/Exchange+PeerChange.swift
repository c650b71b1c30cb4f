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
                    + "it \(failure?.explanation ?? "failed")", group, &services)
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
}
