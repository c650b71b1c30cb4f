// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Browsers that cannot be trusted with connections that are kept.

internal import HTTP
internal import Memory

extension Exchange {
    /// Whether the client is one of those that `keepalive_disable` names.
    ///
    /// Spec: nginx: Internet Explorer waited for the end of a connection after a POST; Safari sent
    ///       requests on connections that had been closed.
    func isFromAgent(among agents: ClientSettings.OldAgents) -> Bool {
        if agents.contains(.explorer), head.method == .post, isOldExplorer { return true }
        return agents.contains(.safari) && isSafari
    }

    /// Spec: nginx ngx_http_process_user_agent: by what it says beside the name, for others say it,
    ///       too.
    private var isSafari: Bool {
        guard let field = head.fields.first(of: .userAgent) else { return false }
        let agent = bytes.span(field.valueRange)
        guard agent.offset(of: "Safari/") != nil, agent.offset(of: "Mac OS X") != nil else {
            return false
        }
        return agent.offset(of: "Chrome/") == nil && agent.offset(of: "Gecko/") == nil
            && agent.offset(of: "MSIE ") == nil && agent.offset(of: "Opera") == nil
    }
}
