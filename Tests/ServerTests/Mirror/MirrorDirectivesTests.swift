// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `mirror…`, as configurations say them.

import Memory
import Testing

@testable import Server

@Suite struct MirrorDirectivesTests {
    @Test(arguments: [
        ("", "", []), ("mirror /a;", "", ["/a"]), ("mirror /a; mirror /b;", "", ["/a", "/b"]),
        ("mirror /a;", "mirror off;", []), ("mirror /a;", "mirror /b;", ["/b"]),
    ])
    func `the paths of a location hide those around it`(
        _ server: String, _ location: String, _ expected: [String]
    ) throws {
        let text = "server { listen 80; \(server) location /x { \(location) } }"
        let mirror = try settings(of: text, location: "/x").mirror
        #expect(mirror.paths.elements == expected.map(bytes))
        #expect(mirror.copiesContent)
        let site = try load(text).sound()
        let number = try #require(site.location("/x"))
        #expect(site.locations[number].steps.contains(.mirrors) == !expected.isEmpty)
    }

    @Test(arguments: [
        "mirror off; mirror /a;", "mirror /a; mirror off;", "mirror off; mirror off;",
    ])
    func `off stands alone`(_ text: String) {
        let loaded = load("server { listen 80; \(text) }")
        #expect(loaded.findings.contains { $0.contains("\"mirror\" directive is duplicate") })
    }
}
