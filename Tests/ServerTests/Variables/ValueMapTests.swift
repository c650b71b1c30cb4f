// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `map` blocks: how they are read, and what they choose.

import Memory
import Testing

@testable import Server

@Suite struct ValueMapTests {
    private func map(_ rows: String) throws -> ValueMap {
        try load("map $args $x { \(rows) }").sound().maps[0].table
    }

    @Test(arguments: [("a", "1"), ("A", "1"), ("include", "2"), ("default", "3"), ("b", nil)])
    func `texts are compared without regard to case`(_ text: String, _ value: String?) throws {
        let map = try map("a 1; \\include 2; \\default 3; default 9;")
        #expect(map.value(for: bytes(text))?.constant == value.map { bytes($0) })
        #expect(map.fallback.constant == bytes("9"))
    }

    @Test(arguments: [
        ("dot.example", "1"), ("x.dot.example", "1"), ("y.x.wild.example", "2"),
        ("wild.example", nil), ("example.org", "3"), ("EXAMPLE.org.", "3"), ("example", nil),
        ("exact.wild.example", "4"), ("exact.wild.example.", "4"),
    ])
    func `host names may have an asterisk`(_ name: String, _ value: String?) throws {
        let map = try map(
            ".dot.example 1; *.wild.example 2; example.* 3; exact.wild.example 4; hostnames;")
        #expect(map.value(for: bytes(name))?.constant == value.map { bytes($0) })
    }

    @Test func `an asterisk is a byte without hostnames`() throws {
        let map = try map("*.a 1;")
        #expect(map.value(for: bytes("*.a"))?.constant == bytes("1"))
        #expect(map.value(for: bytes("b.a")) == nil)
    }

    @Test func `patterns keep their order, and their values may use captures`() throws {
        let map = try map("~^(b) $1; ~*^C$ x$host; volatile;")
        #expect(map.patterns.map(\.regex) == [0, 1])
        #expect(map.patterns[0].value.onlyVariable == .capture(1))
        #expect(map.patterns[1].value.segments.count == 2)
        #expect(map.isVolatile)
    }

    @Test func `a map may be used before it stands`() throws {
        let text = """
            server { listen 80; location /a { return 200 $y; } }
            map $x $Y { default $uri; }
            map $uri $x { default 1; }
            """
        let site = try load(text).sound()
        #expect(site.maps[0].table.source.onlyVariable == .mapped(1))
        guard case .finish(200, let template?)? = site.locations[1].script.first else {
            Issue.record("no return")
            return
        }
        #expect(template.onlyVariable == .mapped(0))
    }

    @Test func `files can be included`() throws {
        let loaded = load(
            "map $args $x { include map.conf; include map.conf; b 2; }",
            files: ["/site/map.conf": "#a 1;"])
        #expect(try loaded.sound().maps[0].table.exact.count == 1)
    }
}
