// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is said about requests that nobody has sent.

import Configuration
import Memory
import OS
import Testing

@testable import Server

@Suite struct ExplanationTests {
    private static let site = """
        upstream api { server 127.0.0.1:1 weight=3; server app.invalid:2; }
        server {
            listen 8081;
            server_name example.com *.example.org ~^pattern;
            if ($http_user_agent ~* bot) { return 403; }
            rewrite ^/old/(.*)$ /new/$1 last;
            location / { return 200 home; }
            location /new/ { set $who "x$1"; return 200 "hello $who"; }
            location ~ \\.php$ { deny all; }
            location /api/ {
                rewrite ^/api/(.*) /$1 break;
                proxy_pass http://api;
                proxy_set_header Host $host;
                proxy_set_header X-Real-IP $remote_addr;
            }
            location ^~ /files/ { root /nonexistent; try_files $uri /gone.html =404; }
            location /other/ { proxy_pass http://127.0.0.1:9/base/; }
            error_page 404 /404.html;
            location = /404.html { internal; return 404 "nothing here"; }
        }
        server { listen 8081 default_server; return 444; }
        """

    /// What makes requests wait: passwords, limits, and requests of the server's own.
    private static let waiting = """
        limit_req_zone $uri zone=rate:64k rate=1r/s;
        limit_conn_zone $uri zone=count:64k;
        server {
            listen 8081;
            location /asked/ { auth_request /peer; proxy_pass http://127.0.0.1:9; }
            location /refused/ { auth_request /no; proxy_pass http://127.0.0.1:9; }
            location = /peer { internal; proxy_pass http://127.0.0.1:8; }
            location = /no { internal; return 403; }
            location /limited/ { limit_req zone=rate; limit_conn count 1; empty_gif; }
            location /mirrored/ { mirror /peer; empty_gif; }
            location /around/ {
                add_before_body /peer; addition_types *; empty_gif;
            }
            location /password/ {
                auth_basic "who?"; auth_basic_user_file /nonexistent; empty_gif;
            }
        }
        """

    @Test(
        arguments: [
            (
                "/asked/a",
                [
                    "auth_request asks by a request of its own",
                    "nobody is asked here: suppose that the answer is 200",
                    "allowed by auth_request",
                ], ["passed on to 127.0.0.1:8", "passed on to 127.0.0.1:9"], ""
            ),
            (
                "/refused/",
                [
                    "auth_request asks by a request of its own",
                    "refused by auth_request, with 403",
                ], [], "HTTP/1.1 403"
            ),
            ("/limited/", [], [], "HTTP/1.1 200"),
            ("/mirrored/", [], nil, "HTTP/1.1 200"),
            ("/around/", [], nil, "HTTP/1.1 200"),
            ("/password/", ["refused by auth_basic, with 401"], [], "HTTP/1.1 401"),
        ] as [(String, [String], [String]?, String)])
    func `what makes a request wait is told, and waited for`(
        _ target: String, _ access: [String], _ peers: [String]?, _ status: String
    ) throws {
        let explanation = try explain(target, of: Self.waiting)
        #expect(texts(.access, explanation) == access)
        if let peers { #expect(texts(.peer, explanation) == peers) }
        #expect(self.status(explanation) == status)
    }

    @Test func `limits say once what they said`() throws {
        let said = texts(.limits, try explain("/limited/", of: Self.waiting))
        #expect(said == ["limit_req says PASSED", "limit_conn says PASSED"])
    }

    private func explain(
        _ target: String, host: String? = nil, method: String = "GET", fields: [String] = [],
        of site: String = site
    ) throws -> Explanation {
        let loaded = load(site)
        var request = ExplainedRequest()
        request.target = target
        request.host = host
        request.method = method
        request.fields = fields
        return try Explanation(of: request, by: try loaded.sound(), sources: loaded.sources)
    }

    /// The steps of one kind.
    private func texts(_ kind: Trace.Kind, _ explanation: Explanation) -> [String] {
        explanation.steps.filter { $0.kind == kind }.map(\.text)
    }

    private func status(_ explanation: Explanation) -> String {
        String(decoding: explanation.response.prefix(12), as: UTF8.self)
    }

    @Test(arguments: [
        ("example.com", "its name is exactly \"example.com\""),
        ("a.example.org", "its name *.example.org fits \"a.example.org\""),
        ("patterns", "a pattern among its names matches \"patterns\""),
        ("nobody", "the default server of the address: no name fits \"nobody\""),
    ])
    func `the server and what made it the one are named`(_ host: String, _ how: String) throws {
        let explanation = try explain("/", host: host)
        let step = try #require(explanation.steps.first)
        #expect(step.kind == .server)
        #expect(step.details == [how, "listens on 0.0.0.0:8081"])
        #expect(step.place?.line == (host == "nobody" ? 21 : 2))
    }

    @Test func `without a host the first name is asked for`() throws {
        #expect(try texts(.server, explain("/")) == ["example.com"])
    }

    @Test func `locations that were considered are named`() throws {
        let explanation = try explain("/x.php")
        let step = try #require(explanation.steps.first { $0.kind == .location })
        #expect(step.text == "location ~ \\.php$")
        #expect(
            step.details == [
                "location / is the longest beginning", "location ~ \\.php$ matches",
            ])
        #expect(step.place?.line == 9)
        #expect(texts(.access, explanation) == ["refused by allow and deny, with 403"])
        #expect(texts(.error, explanation) == ["403, with a built-in page"])
        #expect(status(explanation) == "HTTP/1.1 403")
    }

    @Test func `rewriting is told step by step`() throws {
        let explanation = try explain("/old/thing")
        #expect(
            texts(.rewrite, explanation) == [
                "\"bot\" does not match \"\"",
                "if ($http_user_agent ~ bot) does not hold, its block is passed over",
                "\"^/old/(.*)$\" matches \"/old/thing\"",
                "rewritten data: \"/new/thing\", args: \"\"",
                "set $who \"xthing\"",
                "return 200 hello xthing",
            ])
        #expect(texts(.location, explanation) == ["location /new/"])
    }

    @Test func `fields of the request count`() throws {
        let explanation = try explain("/", fields: ["User-Agent: Googlebot"])
        #expect(texts(.rewrite, explanation).last == "return 403")
        #expect(texts(.location, explanation) == [])
    }

    @Test func `a peer is named with the head that it would be sent, and not asked`() throws {
        let explanation = try explain("/api/users?a=b", fields: ["Cookie: c"])
        let step = try #require(explanation.steps.last)
        #expect(step.kind == .peer)
        #expect(step.text == "passed on to one of the group \"api\"")
        #expect(step.details == ["127.0.0.1:1 weight=3", "app.invalid:2 weight=1"])
        let head = String(decoding: try #require(explanation.peerRequest), as: UTF8.self)
        #expect(head.hasPrefix("GET /users?a=b HTTP/1.1\r\n"))
        #expect(head.contains("Host: example.com\r\n"))
        #expect(head.contains("X-Real-IP: 127.0.0.1\r\n"))
        #expect(head.contains("Cookie: c\r\n"))
        #expect(explanation.response.isEmpty)
    }

    @Test func `an address without a group is named as it is`() throws {
        let explanation = try explain("/other/x")
        #expect(texts(.peer, explanation) == ["passed on to 127.0.0.1:9"])
        let head = String(decoding: try #require(explanation.peerRequest), as: UTF8.self)
        #expect(head.hasPrefix("GET /base/x HTTP/1.1\r\n"))
    }

    @Test func `files are named, and where an error leads to`() throws {
        let explanation = try explain("/files/a.txt")
        #expect(
            texts(.file, explanation) == [
                "/nonexistent/files/a.txt is not there", "/nonexistent/gone.html is not there",
            ])
        #expect(texts(.error, explanation) == ["404, which error_page answers by /404.html"])
        #expect(texts(.redirect, explanation) == ["within the server, to /404.html"])
        #expect(status(explanation) == "HTTP/1.1 404")
    }

    @Test func `a connection that is closed without an answer is told`() throws {
        #expect(try explain("/", host: "nobody").text.contains("closed without an answer"))
    }

    @Test func `what is said has no control characters`() throws {
        let text = try explain("/%1b%5b31m%0aserver%20forged").text
        #expect(!text.contains("\u{1B}"))
        #expect(!text.contains("\nserver forged"))
    }

    @Test func `a request that is none is answered as one`() throws {
        #expect(try status(explain("/ x")) == "HTTP/1.1 400")
        #expect(try status(explain("/", method: "TRACE")) == "HTTP/1.1 405")
    }

    @Test func `a port nobody listens on is told`() throws {
        let loaded = load(Self.site)
        let site = try loaded.sound()
        var request = ExplainedRequest()
        request.port = 9
        #expect(throws: ExplanationFailure.self) {
            try Explanation(of: request, by: site, sources: loaded.sources)
        }
    }

    @Test func `programs get the same in JSON`() throws {
        let json = try explain("/api/").json
        #expect(json.contains("\"kind\": \"location\", \"text\": \"location /api/\""))
        #expect(json.contains("\"file\": \"test\", \"line\": 10"))
        #expect(json.contains("\"response\": null"))
        #expect(json.contains("\"peer_request\": [\"GET / HTTP/1.1\""))
    }
}
