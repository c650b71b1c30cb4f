// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Who may use a connection to a peer that another has opened, and by which name a peer is asked.

import Memory
import Testing

@testable import Server

@Suite struct PeerSecurityTests {
    private struct NoRules: Error {}

    /// The rules of the only location of a site.
    private func rules(_ directives: String = "") throws -> PeerTLS {
        let site = try load(
            "server { location / { proxy_pass https://127.0.0.1:1; \(directives) } }"
        ).sound()
        for index in 0..<site.locations.count {
            if let tls = site.locations[index].proxyPass.pass.tls { return tls }
        }
        throw NoRules()
    }

    @Test(arguments: [
        ("peer.test", "peer.test"), ("peer.test:443", "peer.test"), ("[::1]:443", "[::1]"),
        ("[::1]", "[::1]"), ("127.0.0.1:80", "127.0.0.1"), ("", ""), (":1", ""),
        ("[::1", "["),
    ])
    func `a port is no part of a name`(_ name: String, _ expected: String) {
        #expect(PeerSecurity.withoutPort(bytes(name)) == bytes(expected))
    }

    @Test(arguments: [
        ("peer.test", true), ("127.0.0.1", false), ("[::1]", false), ("", false),
        ("127.0.0.1.test", true),
    ])
    func `only names are asked for`(_ name: String, _ isAsked: Bool) throws {
        let asking = PeerSecurity(try rules("proxy_ssl_server_name on;"), name: bytes(name))
        #expect(asking.askedName == (isAsked ? bytes(name) : nil))
        let silent = PeerSecurity(try rules(), name: bytes(name))
        #expect(silent.askedName == nil)
    }

    @Test func `a connection is as good as another if all is the same`() throws {
        let tls = try rules()
        func security(
            _ tls: PeerTLS, _ name: String = "a", _ certificate: String = "c",
            _ key: String = "k", _ protocols: String = "p"
        ) -> PeerSecurity {
            PeerSecurity(
                tls, name: bytes(name), certificate: bytes(certificate), key: bytes(key),
                protocols: bytes(protocols))
        }
        let one = security(tls)
        #expect(PeerSecurity.areSame(one, security(tls)))
        let others = [
            security(tls, "b"), security(tls, "a", "d"), security(tls, "a", "c", "l"),
            security(tls, "a", "c", "k", "q"), security(try rules()),
        ]
        for other in others { #expect(!PeerSecurity.areSame(one, other)) }
        #expect(!PeerSecurity.areSame(one, nil) && !PeerSecurity.areSame(nil, one))
        #expect(PeerSecurity.areSame(nil, nil))
    }

    @Test func `sessions are found by all that they depend on`() throws {
        let tls = try rules()
        let keys = [("a", "b"), ("a", "c"), ("ab", ""), ("", "ab")].map { name, certificate in
            PeerSecurity(tls, name: bytes(name), certificate: bytes(certificate))
                .sessionKey(bytes("1.2.3.4:1"))
        }
        #expect(Set(keys).count == keys.count)
        let here = PeerSecurity(tls, name: bytes("a"))
        #expect(here.sessionKey(bytes("1.2.3.4:1")) != here.sessionKey(bytes("1.2.3.4:2")))
        #expect(here.sessionKey(bytes("x")) == here.sessionKey(bytes("x")))
    }

    @Test func `locations with the same rules share them, and others do not`() throws {
        let site = try load(
            """
            proxy_ssl_server_name on;
            server {
                location /a { proxy_pass https://127.0.0.1:1; }
                location /b { proxy_pass https://127.0.0.1:1; }
                location /c { proxy_pass https://127.0.0.1:1; proxy_ssl_name x; }
                location /d { proxy_pass http://127.0.0.1:1; }
            }
            """
        ).sound()
        func tls(_ name: String) throws -> PeerTLS? {
            let places = (0..<site.locations.count).filter {
                site.locations[$0].name == bytes(name)
            }
            let place = try #require(places.first)
            return site.locations[place].proxyPass.pass.tls
        }
        #expect(try tls("/a") === tls("/b"))
        #expect(try tls("/a") !== tls("/c"))
        #expect(try tls("/d") == nil)
    }
}
