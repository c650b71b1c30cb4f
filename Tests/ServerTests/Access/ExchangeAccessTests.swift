// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The access phase, driven by hand.

import EventLoop
import Memory
import OS
import Testing

@testable import Server

@Suite struct ExchangeAccessTests {
    /// joe has "password" under three kinds of hashes.
    private static let files = [
        "a.txt": "text",
        "htpasswd": """
        plain:{PLAIN}password
        slow:$apr1$salt$Xxd1irWT9ycqoYxGFn4cb.
        crypt:$6$rounds=1000$salt$3vBeMoIBCZmJ4eCcMIwvPNc95YGEiwXRFVnraFjhWt/\
        VML2.nZZw92Zhc3JUEybKd5kZ1u70KaxHApHj3Ghyd.
        """,
    ]

    private static let configuration = """
        server {
            listen 80;
            root DIR;
            auth_basic_user_file DIR/htpasswd;
            location / { auth_basic "say \\"who\\""; try_files /a.txt =404; }
            location /off { auth_basic off; try_files /a.txt =404; }
            location /delay { auth_basic x; auth_delay 2s; }
            location /any { auth_basic x; satisfy any; allow unix:; try_files /a.txt =404; }
            location /none { auth_basic x; satisfy any; deny all; }
            location /missing { auth_basic x; auth_basic_user_file DIR/none; }
            location /folder { auth_basic x; auth_basic_user_file DIR/; }
            location /named { auth_basic "for $arg_who"; }
        }
        """

    /// "user:password" in Base64, and what comes of it.
    @Test(arguments: [
        ("/", "cGxhaW46cGFzc3dvcmQ=", 200), ("/", "cGxhaW46eA==", 401), ("/", "", 401),
        ("/", "c2xvdzpwYXNzd29yZA==", 200), ("/", "c2xvdzp4", 401), ("/", "bm9ib2R5Ong=", 401),
        ("/", "Y3J5cHQ6cGFzczp3b3Jk", 200), ("/off", "", 200), ("/any", "", 200),
        ("/none", "", 401), ("/none", "c2xvdzp4", 401), ("/missing", "c2xvdzp4", 403),
        ("/missing", "", 401), ("/folder", "c2xvdzp4", 500), ("/named?who=a", "", 401),
    ])
    func `a name and a password are asked for`(
        _ target: String, _ credentials: String, _ status: Int
    ) throws {
        var bench = try Bench(Self.configuration, files: Self.files)
        let line = credentials.isEmpty ? "" : "Authorization: Basic \(credentials)\r\n"
        let (slot, step) = try bench.beginAndWait(
            "GET \(target) HTTP/1.1\r\nHost: a\r\n\(line)\r\n")
        #expect(step == .respond)
        #expect(bench.exchanges[slot].response.status == status)
        let fields = String(
            decoding: bench.exchanges[slot].response.fields.copied(), as: UTF8.self)
        #expect(fields.contains("WWW-Authenticate: Basic realm=\"") == (status == 401))
        if target == "/", status == 401 {
            #expect(fields.contains("realm=\"say \\\"who\\\"\"\r\n"), "\(fields)")
        }
    }

    @Test func `a 401 is held back`() throws {
        var bench = try Bench(Self.configuration, files: Self.files)
        let (slot, step) = try bench.begin("GET /delay HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(step == .wait)
        let (now, deadline) = (bench.services.clock.now, bench.exchanges[slot].deadline)
        #expect(deadline.map { $0 - now } == 2000)
        let again = bench.exchanges[slot].proceed(&bench.peers, &bench.services)
        #expect(again == .wait)
    }

    @Test func `a password that was right is not hashed again`() throws {
        var bench = try Bench(Self.configuration, files: Self.files)
        let head = "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic c2xvdzpwYXNzd29yZA==\r\n\r\n"
        let first = try bench.beginAndWait(head)
        #expect(first.step == .respond)
        let second = try bench.begin(head)
        #expect(second.step == .respond)
        #expect(bench.exchanges[second.slot].response.status == 200)
    }
}
