// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about rates, as locations and responses use them.

import HTTP
import Memory
import OS
import Testing

@testable import Server

@Suite struct RateDirectivesTests {
    private static let site = """
        server {
            listen 127.0.0.1:8080;
            root DIR;
            limit_rate 1k;
            limit_rate_after 10;
            location / { }
            location /off/ { alias DIR/; limit_rate 0; }
            location /variable/ { alias DIR/; limit_rate $arg_rate; limit_rate_after $arg_after; }
            location /set/ { alias DIR/; set $limit_rate $arg_rate; add_header X-R $limit_rate; }
            location /text { return 200 $limit_rate; }
        }
        """

    private static func rate(_ target: String) throws -> Int {
        var bench = try Bench(site, files: ["a": "content"])
        let (slot, step) = try bench.begin("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(step == .respond)
        #expect(bench.exchanges[slot].response.status == 200)
        return bench.exchanges[slot].response.pace.rate
    }

    @Test(arguments: [
        ("/a", 1024), ("/off/a", 0), ("/variable/a", 0), ("/variable/a?rate=", 0),
        ("/variable/a?rate=20", 20), ("/variable/a?rate=2k&after=1m", 2048),
        ("/variable/a?rate=fast", 0), ("/variable/a?rate=-1", 0), ("/set/a?rate=7", 7),
        ("/set/a?rate=0", 0), ("/set/a?rate=fast", 1024), ("/set/a", 1024), ("/text", 1024),
    ])
    func `a response has its rate`(_ target: String, _ rate: Int) throws {
        #expect(try Self.rate(target) == rate)
    }

    @Test func `a response gives no more than its pace allows`() throws {
        var bench = try Bench(
            "server { listen 80; location = /x { limit_rate 4; limit_rate_after 2; "
                + "return 200 0123456789; } }")
        let (slot, _) = try bench.begin("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
        let hasGivenAll = bench.exchanges[slot].hasGivenAll
        #expect(!hasGivenAll)
        let piece = bench.exchanges[slot].nextPiece(&bench.peers, &bench.services)
        // Within the same second as the start of the request, which a bench does not set.
        guard case .body(let range) = piece else {
            Issue.record("\(piece)")
            return
        }
        #expect(range.start == 0)
        #expect(range.count > 0)
    }

    @Test func `how files are sent is set by level`() throws {
        let text = """
            sendfile_max_chunk 1m;
            server { listen 80;
                location /a { sendfile off; } location /b { sendfile_max_chunk 0; } }
            """
        let first = try settings(of: text, location: "/a").rate.sending
        #expect(!first.usesSendfile)
        #expect(first.chunkByteLimit == 1 << 20)
        let second = try settings(of: text, location: "/b").rate.sending
        #expect(second.usesSendfile)
        #expect(second.chunkByteLimit == 0)
    }

    @Test(arguments: [
        "limit_rate fast;", "limit_rate_after 1x;", "proxy_limit_rate -1;", "sendfile maybe;",
        "sendfile_max_chunk x;", "proxy_ignore_headers X-Accel;",
    ])
    func `what is no size is refused`(_ text: String) {
        let loaded = load("server { listen 80; \(text) }")
        #expect(loaded.site == nil)
        #expect(loaded.findings.contains { $0.contains("invalid value") }, "\(loaded.findings)")
    }
}
