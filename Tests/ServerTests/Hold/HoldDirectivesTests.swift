// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How long requests wait for peers, and for which.

import Memory
import Testing

@testable import Server

@Suite struct HoldDirectivesTests {
    @Test func `a location inherits how long requests wait`() throws {
        let text = """
            proxy_hold 7s;
            server {
                proxy_hold_requests 3;
                location /own/ { proxy_hold 0; proxy_pass http://a; }
            }
            """
        let site = try load(text).sound()
        let root = site.locations[site.hosts[0].rootLocation].settings.proxy.policy.hold
        #expect(root.time == 7_000)
        #expect(root.requestLimit == 3)
        var own: HoldSettings?
        for index in 0..<site.locations.count where site.locations[index].name == bytes("/own/") {
            own = site.locations[index].settings.proxy.policy.hold
        }
        #expect(own?.time == 0)
        #expect(own?.requestLimit == 3)
    }

    @Test func `a group has a time of its own, or none`() throws {
        let text = """
            upstream a { server a; proxy_hold 250ms; }
            upstream b { server b; }
            """
        let groups = try load(text).sound().groups
        #expect(groups.map(\.holdTime) == [250, nil])
    }

    @Test(arguments: [
        ("127.0.0.1:1", true), ("127.9.9.9", true), ("[::1]:80", true), ("unix:/run/a", true),
        ("localhost:3000", true), ("api.localhost", true), ("[::ffff:127.0.0.1]", true),
        ("notlocalhost", false), ("10.0.0.1", false), ("example.org", false), ("[::2]", false),
    ])
    func `peers on this host are known by their addresses`(peer: String, isLocal: Bool) throws {
        let group = try load("upstream a { server \(peer); }").sound().groups[0]
        #expect(group.isLocal == isLocal)
        let mixed = try load("upstream a { server \(peer); server 10.1.1.1; }").sound().groups[0]
        #expect(!mixed.isLocal)
    }
}
