// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `map` blocks: how they are read, and what they choose.

import Memory
import Testing

@testable import Server

@Suite struct ValueMapTests {
    private func map(_ rows: String) throws -> ValueMap {
        let rule = try load("map $args $x { \(rows) }").sound().computed[0].rule
        guard case .map(let map) = rule else { throw Refused(description: "no map") }
        return map
    }

    private func chosen(_ text: String, in map: ValueMap) -> [UInt8]? {
        map.index(of: bytes(text).span).flatMap { map.values[$0].constant }
    }

    @Test(arguments: [("a", "1"), ("A", "1"), ("include", "2"), ("default", "3"), ("b", nil)])
    func `texts are compared without regard to case`(_ text: String, _ value: String?) throws {
        let map = try map("a 1; \\include 2; \\default 3; default 9;")
        #expect(chosen(text.lowercased(), in: map) == value.map { bytes($0) })
        #expect(map.fallback.constant == bytes("9"))
    }

    @Test(arguments: [
        ("dot.example", "1"), ("x.dot.example", "1"), ("y.x.wild.example", "2"),
        ("wild.example", nil), ("example.org", "3"), ("EXAMPLE.org.", "3"), ("example", nil),
        ("exact.wild.example", "4"), ("exact.wild.example.", "4"),
    ])
    func `host names may have an asterisk`(_ name: String, _ value: String?) throws {
        let map = try map(
            "hostnames; .dot.example 1; *.wild.example 2; example.* 3; exact.wild.example 4;")
        #expect(chosen(name.lowercased(), in: map) == value.map { bytes($0) })
    }

    @Test func `an asterisk is a byte without hostnames`() throws {
        let map = try map("*.a 1;")
        #expect(chosen("*.a", in: map) == bytes("1"))
        #expect(chosen("b.a", in: map) == nil)
    }

    @Test func `hostnames holds for what stands behind it`() throws {
        let loaded = load("map $host $x { *.a 1; *\\.b 2; hostnames; *.c 3; }")
        guard case .map(let map) = try loaded.sound().computed[0].rule else {
            throw Refused(description: "no map")
        }
        #expect(chosen("*.a", in: map) == bytes("1"))
        #expect(chosen("x.a", in: map) == nil)
        #expect(chosen("x.c", in: map) == bytes("3"))
        #expect(loaded.findings.contains { $0.contains("\"*.a\" stands before `hostnames`") })
    }

    @Test func `patterns keep their order, and their values may use captures`() throws {
        let site = try load("map $args $x { ~^(b) $1; ~*^C$ x$host; volatile; }").sound()
        guard case .map(let map) = site.computed[0].rule else { throw Refused(description: "") }
        #expect(map.patterns.map(\.regex) == [0, 1])
        #expect(map.patterns[0].value.onlyVariable == .capture(1))
        #expect(map.patterns[1].value.segments.count == 2)
        #expect(site.computed[0].isVolatile)
    }

    @Test func `a map may be used before it stands`() throws {
        let text = """
            server { listen 80; location /a { return 200 $y; } }
            map $x $Y { default $uri; }
            map $uri $x { default 1; }
            """
        let site = try load(text).sound()
        guard case .map(let map) = site.computed[0].rule else { throw Refused(description: "") }
        #expect(map.source.onlyVariable == .computed(1))
        guard case .finish(200, let template?)? = site.locations[1].script.first else {
            Issue.record("no return")
            return
        }
        #expect(template.onlyVariable == .computed(0))
    }

    @Test func `files can be included`() throws {
        let loaded = load(
            "map $args $x { include map.conf; include map.conf; b 2; }",
            files: ["/site/map.conf": "#a 1;"])
        guard case .map(let map) = try loaded.sound().computed[0].rule else {
            throw Refused(description: "no map")
        }
        #expect(map.exact.count == 1)
    }

    @Test(arguments: ["a*", "*a", "*.a.*", "a.*.b", "a..b", "*", "."])
    func `an asterisk is the whole first or last label`(_ name: String) {
        let findings = load("map $host $x { hostnames; \(name) 1; }").findings
        #expect(findings.first?.contains("invalid hostname or wildcard") == true)
    }
}
