// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `expires`, `add_header`, `add_trailer` and what becomes of them in nested blocks.

import Configuration
import Memory
import Testing

@testable import Server

@Suite struct HeaderDirectivesTests {
    /// The names of the fields that a location adds.
    private func names(_ text: String, location: String = "/in") throws -> [String] {
        try settings(of: text, location: location).headers.added.elements.map {
            String(decoding: $0.name, as: UTF8.self)
        }
    }

    @Test func `added fields belong to a level`() throws {
        let text = """
            server { listen 80; add_header X-A "a b" always; location /same { }
                location /own { add_header X-B $uri; } }
            """
        let same = try settings(of: text, location: "/same").headers.added.elements
        #expect(same.map(\.name) == [bytes("X-A")])
        #expect(same.map(\.isUnconditional) == [true])
        let own = try settings(of: text, location: "/own").headers.added.elements
        #expect(own.map(\.name) == [bytes("X-B")])
        #expect(own.map(\.isUnconditional) == [false])
    }

    @Test(arguments: [
        ("", "", ["A"]), ("add_header B 1;", "", ["B"]),
        ("add_header_inherit merge; add_header B 1;", "", ["B", "A"]),
        ("add_header B 1; add_header_inherit merge;", "", ["B", "A"]),
        ("add_header_inherit merge;", "", ["A"]), ("add_header_inherit off;", "", []),
        ("add_header_inherit off; add_header B 1;", "", ["B"]),
        ("add_header_inherit on; add_header B 1;", "add_header_inherit merge;", ["B"]),
        // The rule itself is inherited.
        ("add_header B 1;", "add_header_inherit merge;", ["B", "A"]),
        ("", "add_header_inherit off;", []),
    ])
    func `what is inherited is for the block to say`(
        _ inner: String, _ outer: String, _ expected: [String]
    ) throws {
        let text = "server { listen 80; add_header A 1; \(outer) location /in { \(inner) } }"
        #expect(try names(text) == expected)
    }

    @Test func `fields of three blocks are merged from the inside`() throws {
        let text = """
            http { add_header A 1; add_header_inherit merge;
                server { listen 80; add_header B 1; location /in { add_header C 1; } } }
            """
        #expect(try names(text) == ["C", "B", "A"])
    }

    @Test func `trailers have a rule of their own`() throws {
        let text = """
            server { listen 80; add_trailer A 1; add_trailer_inherit merge; add_header X 1;
                location /in { add_trailer B 1 always; add_header Y 1; } }
            """
        let headers = try settings(of: text, location: "/in").headers
        #expect(headers.trailers.elements.map(\.name) == [bytes("B"), bytes("A")])
        #expect(headers.trailers.elements.map(\.isUnconditional) == [true, false])
        #expect(headers.added.elements.map(\.name) == [bytes("Y")])
    }

    @Test(arguments: [
        ("add_header X-A 3; add_header X-C 4;", ["no longer sent: X-B"]),
        ("add_header x-a 3; add_header X-B 4;", []), ("", []),
        ("add_header_inherit merge; add_header X-C 1;", []),
        ("add_header X-C 1; add_header_inherit off;", []),
    ])
    func `only what is really lost is warned of`(_ inner: String, _ expected: [String]) {
        let loaded = load(
            """
            server { listen 80; add_header X-A 1; add_header X-B 2; location / { \(inner) } }
            """)
        #expect(loaded.diagnostics.sorted.map(\.label) == expected)
    }

    @Test(arguments: [
        ("expires 1h;", Expires.accessed(3600)), ("expires modified +1h;", .modified(3600)),
        ("expires @1h;", .daily(3600)), ("expires epoch;", .epoch), ("expires off;", .off),
        ("expires $arg_e;", .variable(isModified: false)),
        ("expires modified $arg_e;", .variable(isModified: true)), ("", .max),
    ])
    func `expires is inherited as one`(_ inner: String, _ expected: Expires) throws {
        let site = try load("server { listen 80; expires max; location /in { \(inner) } }").sound()
        let location = try #require(site.location("/in"))
        let rule = site.locations[location].headers.expires
        #expect(rule == expected)
        #expect(site.locations[location].steps.contains(.addsFields) == (expected != .off))
    }

    @Test(arguments: [
        ("expires max;", true), ("expires $arg_e;", true), ("add_header cache-control x;", true),
        ("expires off;", false), ("add_header X-A x;", false), ("add_trailer X-A x;", false),
    ])
    func `who says how to cache is one`(_ inner: String, _ decides: Bool) throws {
        let text = "server { listen 80; asset_caching auto; location /in { \(inner) } }"
        #expect(try settings(of: text, location: "/in").headers.decidesCaching == decides)
    }

    @Test func `constant fields are written out when they are read`() throws {
        let text = """
            server { listen 80; add_header A "1 2" always; add_header B ""; add_header C "x\\ny"; }
            """
        let plan = HeaderPlan(try settings(of: text).headers)
        let (usual, unconditional) = (plan.usualLines.copied(), plan.unconditionalLines.copied())
        #expect(usual == bytes("A: 1 2\r\nC: xy\r\n"))
        #expect(unconditional == bytes("A: 1 2\r\n"))
    }

    @Test(arguments: [
        ("add_header A 1;", true), ("", true), ("add_header A 1; add_header B $uri;", false),
        ("add_header ETag x;", false), ("expires 1h;", true),
    ])
    func `what may differ is written out later`(_ written: String, _ isConstant: Bool) throws {
        let plan = HeaderPlan(try settings(of: "server { listen 80; \(written) }").headers)
        let hasAllLines = plan.hasAllLines
        #expect(hasAllLines == isConstant)
    }
}
