// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about texts that are replaced.

import Memory
import Testing

@testable import Server

@Suite struct SubstitutionDirectivesTests {
    @Test func `rows are inherited by those who have none`() throws {
        let text = """
            sub_filter foo bar;
            server { listen 80;
                sub_filter_types text/css;
                location /own { sub_filter a b; sub_filter c $uri; sub_filter_once off; }
                location /all { sub_filter_types text/css *; sub_filter_last_modified on; } }
            """
        let outer = try settings(of: text).substitution
        #expect(outer.pairs.elements.count == 1)
        #expect(outer.isOnce)
        #expect(!outer.keepsValidators)
        #expect(outer.mediaTypes == [bytes("text/html"), bytes("text/css")])
        let own = try settings(of: text, location: "/own").substitution
        #expect(own.pairs.elements.map(\.search.constant) == [bytes("a"), bytes("c")])
        #expect(!own.isOnce)
        let all = try settings(of: text, location: "/all").substitution
        #expect(all.mediaTypes == [bytes("*")])
        #expect(all.keepsValidators)
    }

    @Test func `where nothing is replaced there are no types`() throws {
        let text = "server { listen 80; sub_filter_types *; }"
        #expect(try settings(of: text).substitution.mediaTypes == [])
        #expect(try load(text).sound().locations[0].substitution == nil)
    }

    @Test(arguments: [
        ("sub_filter \"\" b;", "empty search pattern"),
        ("sub_filter a;", "invalid number of arguments in \"sub_filter\" directive"),
        ("sub_filter_once maybe;", "invalid value \"maybe\""),
        (
            String(repeating: "sub_filter a b; ", count: 256),
            "number of search patterns exceeds 255"
        ),
        ("sub_filter a $nothing;", "unknown \"nothing\" variable"),
    ])
    func `what is wrong is told`(_ row: String, _ message: String) {
        let findings = load("server { listen 80; \(row) }").findings
        #expect(findings.count == 1)
        #expect(findings.first?.contains(message) == true, "\(findings)")
    }
}
