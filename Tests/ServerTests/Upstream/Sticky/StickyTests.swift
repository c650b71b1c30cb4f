// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `sticky` as it is read, and the cookie that it makes.

import Testing

@testable import Server

@Suite struct StickyTests {
    private func group(_ text: String) throws -> UpstreamGroup {
        try load("upstream a { server 127.0.0.1:1; server 127.0.0.1:2 route=b; \(text) }")
            .sound().groups[0]
    }

    private func cookie(_ text: String) throws -> StickyCookie {
        guard case .cookie(let cookie)? = try group(text).sticky?.means else {
            throw Missing.cookie
        }
        return cookie
    }

    private enum Missing: Error { case cookie }

    @Test func `a peer without a route is called by the digest of its name`() throws {
        let group = try group("sticky cookie srv;")
        #expect(group.peers[0].route == Peer.route(ofName: bytes("127.0.0.1:1")))
        #expect(group.peers[0].route.count == Peer.routeByteLimit)
        #expect(group.peers[1].route == bytes("b"))
        // md5 of nothing
        #expect(Peer.route(ofName: []) == bytes("d41d8cd98f00b204e9800998ecf8427e"))
    }

    @Test func `a cookie has its parameters`() throws {
        let plain = try cookie("sticky cookie srv;")
        #expect(plain.name == bytes("srv"))
        #expect(plain.expiry == .none && plain.domain == nil && plain.path.isEmpty)
        #expect(!plain.isHTTPOnly && !plain.isSecure && plain.sameSite == nil)
        let full = try cookie(
            "sticky cookie srv expires=2h domain=.a path=/b httponly secure samesite=Lax;")
        #expect(full.expiry == .after(7200) && full.domain != nil && full.path == bytes("/b"))
        #expect(full.isHTTPOnly && full.isSecure && full.sameSite != nil)
        #expect(try cookie("sticky cookie srv expires=max;").expiry == .never)
    }

    @Test(arguments: [
        (StickyCookie.Expiry.none, ""),
        (.after(3600), "; expires=Thu, 01-Jan-70 01:00:00 GMT; max-age=3600"),
        (.after(0), "; expires=Thu, 01-Jan-70 00:00:00 GMT; max-age=0"),
        (.never, "; expires=Thu, 31-Dec-37 23:55:55 GMT; max-age=315360000"),
    ])
    func `the end of a cookie is written as Netscape did`(
        _ expiry: StickyCookie.Expiry, _ text: String
    ) {
        var cookie = StickyCookie(name: [])
        cookie.expiry = expiry
        var line: [UInt8] = []
        cookie.appendExpiry(to: &line, at: 0)
        #expect(String(decoding: line, as: UTF8.self) == text)
    }

    @Test func `what is learnt has its parameters`() throws {
        let group = try group(
            """
            sticky learn create=$upstream_cookie_a create=$arg_a lookup=$cookie_a zone=z:1m
                timeout=5m header;
            """)
        let sticky = try #require(group.sticky)
        guard case .learn(let learning) = sticky.means else {
            Issue.record("not learnt")
            return
        }
        #expect(learning.creators.count == 2 && sticky.lookups.count == 1)
        #expect(learning.timeout == 300_000 && learning.learnsFromHead)
    }

    @Test(arguments: [("strict", true), ("LAX", true), ("none", true), ("", false), ("x", false)])
    func `a cookie is kept to its site in three ways`(_ value: String, _ isKnown: Bool) {
        #expect(StickyCookie.isSameSite(bytes(value).span) == isKnown)
    }

    @Test func `a peer that drains is for those who are bound to it`() throws {
        let text = """
            upstream a { server 127.0.0.1:1 drain; server 127.0.0.1:2; exec node instances=2; }
            """
        let group = try load(text).sound().groups[0]
        #expect(group.peers.map(\.isOut) == [true, false, false, false])
        #expect(group.tryCount == 3)
        #expect(Set(group.peers.map(\.route)).count == 4)
    }
}
