// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `location` in all its forms, and what is inherited by those within.

import Memory
import Testing

@testable import Server

@Suite struct LocationDirectivesTests {
    @Test(arguments: [
        ("= /x", "/x"), ("=/x", "/x"), ("^~ /x", "/x"), ("^~/x", "/x"), ("~ ^/x$", "^/x$"),
        ("~^/x$", "^/x$"), ("~* \\.png$", "\\.png$"), ("~*\\.png$", "\\.png$"), ("/x", "/x"),
        ("@x", "@x"), ("\"/a b\"", "/a b"),
    ])
    func `modifiers may be glued to the path`(_ written: String, _ name: String) throws {
        let site = try load("server { listen 80; location \(written) { } }").sound()
        #expect(site.locations.count == 2)
        #expect(site.locations[1].name == bytes(name))
    }

    @Test func `locations are sorted by how they are chosen`() throws {
        let text = """
            server { listen 80;
                location / { } location = / { } location ^~ /a/ { } location ~ x { } location @n { }
                location ~* y { }
            }
            """
        let site = try load(text).sound()
        let root = site.hosts[0].rootLocation
        #expect(root == 0)
        #expect(site.locations[root].nested.tree.match(bytes("/").span) == .exact(2))
        #expect(site.locations[root].nested.tree.match(bytes("/b").span) == .prefix(1))
        #expect(site.locations[root].nested.tree.match(bytes("/a/").span) == .prefix(3))
        #expect(site.locations[root].nested.patterns.map(\.location) == [4, 6])
        #expect(site.hosts[0].named == [bytes("@n"): 5])
        #expect(site.locations[3].steps.contains(.skipsRegexes))
        #expect(!site.locations[1].steps.contains(.skipsRegexes))
        let hasNoNested = site.locations[1].hasNoNested
        #expect(hasNoNested)
    }

    @Test func `a prefix that passes requests on answers its name without the slash`() throws {
        let text = """
            server { listen 80; location /a/ { proxy_pass http://127.0.0.1:1; } location /b/ { } }
            """
        let site = try load(text).sound()
        #expect(site.locations[0].nested.tree.match(bytes("/a").span) == .slashMissing(1))
        #expect(site.locations[0].nested.tree.match(bytes("/b").span) == .none)
    }

    @Test func `handlers and scripts are not inherited`() throws {
        let text = """
            server { listen 80; set $x 1;
                location /a { internal; proxy_pass http://127.0.0.1:1; try_files $uri =404;
                    return 204; error_page 404 /e; access_log /l;
                    location /a/b { } } }
            """
        let site = try load(text).sound()
        let outer: Location.Steps = [
            .isInternal, .triesFiles, .hasScript, .hasErrorPages, .logsAccess,
        ]
        #expect(site.locations[0].steps == [.hasScript])
        #expect(site.locations[1].steps == outer)
        #expect(site.locations[1].handler == .proxy)
        #expect(site.locations[2].steps == [.hasErrorPages, .logsAccess])
        #expect(site.locations[2].handler == .files)
    }
}
