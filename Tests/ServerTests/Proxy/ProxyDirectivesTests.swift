// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `proxy_pass` and what belongs to it, as a location uses it.

import Memory
import Testing

@testable import Server

@Suite struct ProxyDirectivesTests {
    /// The `proxy_pass` of the location `name`.
    private func pass(_ text: String, _ name: String) throws -> ProxyPass {
        let site = try load(text).sound()
        guard let number = site.location(name) else { throw Refused(description: "no location") }
        return site.locations[number].proxyPass.pass
    }

    @Test(arguments: [
        ("http://a:81", nil as String?, "a:81", "http://a:81/", "/"),
        ("http://a:81/", "/", "a:81", "http://a:81/", "/x/"),
        ("HTTP://a/y?z", "/y?z", "a", "HTTP://a/y?z", "/x/"),
        ("http://unix:/s:/y", "/y", "localhost", "http://unix:/s:/y", "/x/"),
    ])
    func `a path replaces the name of the location`(
        _ written: String, _ path: String?, _ host: String, _ from: String, _ to: String
    ) throws {
        let pass = try pass("server { listen 80; location /x/ { proxy_pass \(written); } }", "/x/")
        #expect(pass.path == path.map { bytes($0) })
        #expect(pass.hostText == bytes(host))
        #expect(pass.locationName == bytes("/x/"))
        #expect(pass.redirectFrom == bytes(from))
        #expect(pass.redirectTo == bytes(to))
    }

    @Test func `an address with variables is a template`() throws {
        let pass = try pass(
            "server { listen 80; location ~ x { proxy_pass http://$arg_b/y; } }", "x")
        guard case .template(let template) = pass.destination else {
            Issue.record("not a template")
            return
        }
        #expect(
            template.segments == [
                .literal(bytes("http://")), .variable(.argument(bytes("b"))), .literal(bytes("/y")),
            ])
    }

    @Test func `fields are inherited until a level sets its own`() throws {
        let text = """
            http { proxy_set_header X-A 1; proxy_set_header X-B 2;
                server { listen 80;
                    location /a { proxy_pass http://a; }
                    location /b { proxy_set_header X-C 3; proxy_pass http://a; }
                    proxy_set_header X-D 4; } }
            """
        #expect(try pass(text, "/a").fields.map(\.name) == [bytes("X-D")])
        #expect(try pass(text, "/b").fields.map(\.name) == [bytes("X-C")])
        #expect(try pass(text, "/b").replacedNames == [bytes("x-c")])
    }

    @Test(arguments: ["proxy_hide_header", "proxy_pass_header"])
    func `a name that no field has is warned of`(_ directive: String) throws {
        let loaded = load("server { listen 80; \(directive) X-Accel\\ing; }")
        _ = try loaded.sound()
        #expect(loaded.findings.contains { $0.contains("no field can have the name") })
    }

    @Test func `what is ours is not taken from the configuration`() throws {
        let text = """
            server { listen 80; location / { proxy_pass http://a;
                proxy_set_header Host $host; proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection upgrade; proxy_set_header Content-Length 3;
                proxy_set_header Transfer-Encoding chunked; proxy_set_header TE x;
                proxy_set_header Keep-Alive x; proxy_set_header Expect x;
                proxy_set_header X-Empty ""; } }
            """
        let pass = try pass(text, "/")
        #expect(pass.fields.map(\.name) == [bytes("X-Empty")])
        #expect(pass.hostValue?.onlyVariable == .builtIn(.host))
        #expect(pass.upgradeValue?.onlyVariable == .requestField(bytes("upgrade")))
        #expect(pass.connectionValue?.constant == bytes("upgrade"))
        #expect(pass.replacedNames.contains(bytes("x-empty")))
    }

    @Test func `numbers and switches are taken over`() throws {
        let text = """
            server { listen 80; proxy_connect_timeout 1s; proxy_send_timeout 2s;
                proxy_read_timeout 3s; proxy_next_upstream error http_503 non_idempotent;
                proxy_next_upstream_tries 4; proxy_next_upstream_timeout 5s;
                proxy_intercept_errors on; proxy_ignore_client_abort on;
                proxy_request_buffering off; proxy_buffer_size 1m; proxy_http_version 1.0;
                proxy_hide_header X-Secret; proxy_pass_header Server; }
            """
        let settings = try settings(of: text).proxy
        #expect(settings.policy.connectTimeout == 1000)
        #expect(settings.policy.sendTimeout == 2000)
        #expect(settings.policy.readTimeout == 3000)
        #expect(settings.policy.nextUpstream == [.error, .http503, .nonIdempotent])
        #expect(settings.policy.triesLimit == 4)
        #expect(settings.policy.triesTimeout == 5000)
        #expect(settings.policy.interceptsErrors)
        #expect(settings.policy.ignoresClientAbort)
        #expect(settings.policy.requestBuffering == .never)
        #expect(settings.policy.headByteLimit == 1 << 20)
        #expect(settings.policy.usesHTTP10)
        #expect(settings.hiddenFields.elements == [bytes("x-secret")])
        #expect(settings.passedFields.elements == [bytes("server")])
    }

    @Test func `conditions of one block add up, and hide those of the block around it`() throws {
        let text = """
            proxy_next_upstream timeout;
            server { listen 80; proxy_next_upstream error; proxy_next_upstream http_500; }
            """
        #expect(try settings(of: text).proxy.policy.nextUpstream == [.error, .http500])
    }

    @Test func `a small buffer does not make heads too large`() throws {
        let settings = try settings(of: "server { listen 80; proxy_buffer_size 128; }")
        #expect(settings.proxy.policy.headByteLimit == 64 << 10)
    }
}
