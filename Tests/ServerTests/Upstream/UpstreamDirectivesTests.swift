// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `upstream` blocks and the groups that other addresses make.

import Testing

@testable import Server

@Suite struct UpstreamDirectivesTests {
    @Test func `peers have their parameters`() throws {
        let text = """
            upstream Api {
                server 127.0.0.1:3001 weight=3 max_fails=2 fail_timeout=1m;
                server b.example down;
                server unix:/run/c backup resolve;
            }
            """
        let group = try load(text).sound().groups[0]
        #expect(group.name == bytes("api"))
        #expect(!group.isImplicit)
        let names = ["127.0.0.1:3001", "b.example:80", "unix:/run/c"]
        #expect(group.peers.map(\.name) == names.map { bytes($0) })
        #expect(group.peers.map(\.weight) == [3, 1, 1])
        #expect(group.peers.map(\.failureLimit) == [2, 1, 1])
        #expect(group.peers.map(\.failureTimeout) == [60, 10, 10])
        #expect(group.peers.map(\.isDown) == [false, true, false])
        #expect(group.peers.map(\.isBackup) == [false, false, true])
    }

    @Test func `idle connections are kept as configured`() throws {
        let text = """
            upstream a { server a; }
            upstream b { server b; keepalive 5; keepalive_requests 6; keepalive_time 7s;
                keepalive_timeout 8s; }
            """
        let groups = try load(text).sound().groups
        #expect(groups[0].keepAlive.idleLimit == 32)
        #expect(groups[0].keepAlive.timeout == 4000)
        #expect(groups[1].keepAlive.idleLimit == 5)
        #expect(groups[1].keepAlive.requestLimit == 6)
        #expect(groups[1].keepAlive.time == 7000)
        #expect(groups[1].keepAlive.timeout == 8000)
    }

    @Test func `one address makes one group, a name of an upstream none`() throws {
        let text = """
            server { listen 80;
                location /a { proxy_pass http://127.0.0.1:81; }
                location /b { proxy_pass http://127.0.0.1:81/x; }
                location /c { proxy_pass http://API; }
                location /d { proxy_pass http://other; }
            }
            upstream api { server 127.0.0.1:1; }
            """
        let site = try load(text).sound()
        let names = ["api", "127.0.0.1:81", "other"]
        #expect(site.groups.map(\.name) == names.map { bytes($0) })
        #expect(site.groups.map(\.isImplicit) == [false, true, true])
    }
}
