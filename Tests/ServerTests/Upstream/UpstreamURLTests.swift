// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Addresses of peers in all forms.

import OS
import Testing

@testable import Server

@Suite struct UpstreamURLTests {
    @Test(arguments: [
        ("a.example", "a.example:80", "a.example", nil as String?),
        ("A.example:81", "a.example:81", "A.example:81", nil),
        ("a:80/x?y", "a:80", "a", "/x?y"),
        ("a?y", "a:80", "a", "/?y"),
        ("127.0.0.1:81/", "127.0.0.1:81", "127.0.0.1:81", "/"),
        ("[::1]", "[::1]:80", "[::1]", nil),
        ("[::1]:81/a:b", "[::1]:81", "[::1]:81", "/a:b"),
        ("unix:/run/x", "unix:/run/x", "localhost", nil),
        ("unix:/run/x:", "unix:/run/x", "localhost", nil),
        ("unix:/run/x:/y", "unix:/run/x", "localhost", "/y"),
        ("my_backend", "my_backend:80", "my_backend", nil),
    ])
    func `host, port and path are told apart`(
        _ text: String, _ peer: String, _ authority: String, _ path: String?
    ) throws {
        let url = try UpstreamURL(parsing: bytes(text))
        #expect(url.peerName == bytes(peer))
        #expect(url.authorityText == bytes(authority))
        #expect(url.path == path.map { bytes($0) })
    }

    @Test(arguments: [
        ("", "no host"), (":80", "no host"), ("/x", "no host"), ("a:", "invalid port"),
        ("a:0", "invalid port"), ("a:65536", "invalid port"), ("a:1:2", "invalid host"),
        ("a b", "invalid host"), ("user@a", "invalid host"), ("[::1", "invalid host"),
        ("[::g]", "invalid IPv6 address"), ("[::1]x", "invalid IPv6 address"),
        ("unix:", "no path in the unix domain socket"),
    ])
    func `what is no address is refused`(_ text: String, _ message: String) {
        #expect(throws: UpstreamURL.Flaw(message: message)) {
            try UpstreamURL(parsing: bytes(text))
        }
    }
}
