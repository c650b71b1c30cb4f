// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `auth_request…`, as configurations say them.

import Memory
import Testing

@testable import Server

@Suite struct AuthRequestDirectivesTests {
    @Test(arguments: [
        ("", "", nil), ("auth_request /a;", "", "/a"),
        ("auth_request /a;", "auth_request off;", nil),
        ("auth_request /a;", "auth_request /b;", "/b"), ("auth_request off;", "", nil),
    ])
    func `a location asks its own path, else that of the block around it`(
        _ server: String, _ location: String, _ expected: String?
    ) throws {
        let text = "server { listen 80; \(server) location /x { \(location) } }"
        #expect(try settings(of: text, location: "/x").authRequest.path == expected.map(bytes))
        let site = try load(text).sound()
        let number = try #require(site.location("/x"))
        #expect(site.locations[number].steps.contains(.checksAccess) == (expected != nil))
    }

    @Test func `variables that are set hide those of the blocks around`() throws {
        let text = """
            server { listen 80; auth_request_set $a 1; auth_request_set $b 2;
                location /x { auth_request_set $limit_rate 3; } location /y { } }
            """
        #expect(try settings(of: text, location: "/y").authRequest.variables.elements.count == 2)
        let variables = try settings(of: text, location: "/x").authRequest.variables.elements
        #expect(variables.count == 1)
        guard case .limitRate = variables.first?.target else {
            Issue.record("\(variables)")
            return
        }
    }

    @Test(arguments: ["user 1", "$host 1", "$http_x 1"])
    func `what cannot be set is refused`(_ arguments: String) {
        let loaded = load("server { listen 80; auth_request_set \(arguments); }")
        #expect(loaded.site == nil)
    }
}
