// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Finds the peer that a request is bound to, and binds requests to peers.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Finds the peer to which the request is bound.
    mutating func prepareWish(_ sticky: Sticky, _ services: inout Services) {
        guard let id = firstValue(of: sticky.lookups, &services) else { return }
        guard case .learn(let learning) = sticky.means else {
            proxy.choice.wish = copy(id)
            return
        }
        let sessions = StickySessions(
            table: services.shared.zones[learning.zone], timeout: learning.timeout)
        guard let mark = sessions.peer(of: bytes.span(id.range), at: services.clock.now) else {
            return
        }
        for peer in services.groups[proxy.group].peers
        where sessions.mark(ofRoute: peer.currentRoute) == mark {
            proxy.choice.wish = peer.currentRoute
        }
    }

    private mutating func firstValue(
        of templates: [Template], _ services: inout Services
    ) -> ByteRange? {
        for template in templates {
            let value = evaluate(template, &services)
            if !value.isEmpty { return value }
        }
        return nil
    }

    /// Adds the cookie that binds the client to the peer which answers.
    mutating func addStickyCookie(_ services: inout Services) {
        guard case .cookie(let cookie)? = services.groups[proxy.group].sticky?.means else { return }
        var line = cookie.name + [UInt8(ascii: "=")]
        line += services.groups[proxy.group].peers[proxy.peer].currentRoute
        cookie.appendExpiry(to: &line, at: services.clock.seconds)
        if let domain = cookie.domain {
            let value = evaluate(domain, &services)
            if !value.isEmpty { line += Array("; domain=".utf8) + copy(value) }
        }
        if cookie.isHTTPOnly { line += Array("; httponly".utf8) }
        if cookie.isSecure { line += Array("; secure".utf8) }
        if let template = cookie.sameSite {
            let value = evaluate(template, &services)
            if !value.isEmpty {
                line += Array("; samesite=".utf8)
                line +=
                    StickyCookie.isSameSite(bytes.span(value.range))
                    ? copy(value) : Array("strict".utf8)
            }
        }
        if !cookie.path.isEmpty { line += Array("; path=".utf8) + cookie.path }
        response.add("Set-Cookie", line.span)
    }

    /// Remembers who has answered.
    ///
    /// - Parameter isHead: whether only the head of the answer has come.
    mutating func learnPeer(isHead: Bool, _ services: inout Services) {
        guard let sticky = services.groups[proxy.group].sticky,
            case .learn(let learning) = sticky.means, learning.learnsFromHead == isHead
        else { return }
        let created = firstValue(of: learning.creators, &services)
        guard let id = created ?? firstValue(of: sticky.lookups, &services) else { return }
        let sessions = StickySessions(
            table: services.shared.zones[learning.zone], timeout: learning.timeout)
        let route = services.groups[proxy.group].peers[proxy.peer].currentRoute
        sessions.learn(
            bytes.span(id.range), sessions.mark(ofRoute: route), creates: created != nil,
            at: services.clock.now)
    }
}
