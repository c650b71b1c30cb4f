// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Testing

@testable import Server

@Suite struct ConditionDirectivesTests {
    @Test func `the defaults are nginx's`() throws {
        let settings = try settings(of: "server { listen 80; }")
        #expect(settings.conditions.modifiedSince == .exact)
        #expect(settings.conditions.rangeLimit == .max)
        #expect(settings.files.hasEntityTags)
        #expect(!settings.proxy.policy.forcesRanges)
    }

    @Test func `a location has its own`() throws {
        let settings = try settings(
            of: """
                server {
                    listen 80;
                    max_ranges 3;
                    if_modified_since before;
                    location /a { etag off; max_ranges 0; proxy_force_ranges on; }
                }
                """, location: "/a")
        #expect(settings.conditions.modifiedSince == .before)
        #expect(settings.conditions.rangeLimit == 0)
        #expect(!settings.files.hasEntityTags)
        #expect(settings.proxy.policy.forcesRanges)
    }

    @Test(arguments: [
        ("max_ranges many;", "invalid value \"many\""), ("max_ranges -1;", "invalid value \"-1\""),
        ("max_ranges 1 2;", "invalid number of arguments"),
        ("if_modified_since after;", "invalid value \"after\""),
        ("proxy_force_ranges 1;", "it must be \"on\" or \"off\""),
    ])
    func `what cannot be is said`(_ directive: String, _ message: String) {
        let findings = load("server { listen 80; \(directive) }").findings
        #expect(findings.count == 1)
        #expect(findings.first?.contains(message) == true)
    }
}
