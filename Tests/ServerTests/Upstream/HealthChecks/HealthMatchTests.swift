// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the tests of a `match` block say of answers.

import Memory
import Testing

@testable import Server

@Suite struct HealthMatchTests {
    /// What a `match` with these directives has against an answer.
    private func flaw(_ tests: String, _ answer: String) throws -> HealthFlaw? {
        var bench = try Bench(
            """
            match m { \(tests) }
            server { location / { proxy_pass http://127.0.0.1:1; health_check match=m; } }
            """)
        var parsed = HealthAnswer()
        parsed.reset(keepsContent: true)
        parsed.input.append(bytes(answer))
        var progress = parsed.advance()
        if progress == .needsBytes { progress = parsed.end() }
        #expect(progress == .complete)
        let site = bench.services.site
        return parsed.flaw(
            by: site.healthChecks[0].match, regexes: site.regexes, &bench.services.matcher)
    }

    private func answer(_ status: Int, _ fields: String = "", _ content: String = "") -> String {
        "HTTP/1.1 \(status) X\r\n\(fields)\r\n\(content)"
    }

    @Test(arguments: [
        ("status 200;", 200, true), ("status 200;", 201, false), ("status ! 500;", 200, true),
        ("status ! 500;", 500, false), ("status 200 204;", 204, true),
        ("status 200 204;", 205, false), ("status ! 301 302;", 302, false),
        ("status ! 301 302;", 303, true), ("status 200-399;", 399, true),
        ("status 200-399;", 400, false), ("status ! 400-599;", 399, true),
        ("status ! 400-599;", 599, false), ("status 301-303 307;", 307, true),
        ("status 301-303 307;", 304, false), ("status 200-299; status ! 204;", 204, false),
        ("body ~ .;", 500, false),
    ])
    func `a status is one of those named, or none of them`(
        _ tests: String, _ status: Int, _ passes: Bool
    ) throws {
        let content = tests.hasPrefix("body") ? "" : "x"
        let found = try flaw(tests, answer(status, "", content))
        #expect((found == nil) == passes)
    }

    @Test(arguments: [
        ("header Host;", "Host: a\r\n", true), ("header Host;", "", false),
        ("header host;", "HOST: a\r\n", true), ("header Host;", "Hosts: a\r\n", false),
        ("header ! X-A;", "", true), ("header ! X-A;", "X-A:\r\n", false),
        ("header X = a;", "X: a\r\n", true), ("header X = a;", "X: A\r\n", false),
        ("header X = a;", "X: ab\r\n", false), ("header X = a;", "", false),
        ("header X = a;", "X: b\r\nX: a\r\n", true), ("header X = 'a b';", "X: a b\r\n", true),
        ("header X != a;", "X: b\r\n", true), ("header X != a;", "X: a\r\n", false),
        ("header X != a;", "", false), ("header X != a;", "X: b\r\nX: a\r\n", false),
        ("header X ~ ^a;", "X: abc\r\n", true), ("header X ~ ^a;", "X: ba\r\n", false),
        ("header X ~ ^a;", "", false), ("header X ~ ^a;", "X: A\r\n", false),
        ("header X ~* ^a;", "X: A\r\n", true), ("header X !~ ^a;", "X: b\r\n", true),
        ("header X !~ ^a;", "X: ab\r\n", false), ("header X !~ ^a;", "", false),
        ("header X !~* ^a;", "X: Ab\r\n", false),
    ])
    func `a field is there, is not, or has such a value`(
        _ tests: String, _ fields: String, _ passes: Bool
    ) throws {
        let found = try flaw(tests, answer(200, fields))
        #expect((found == nil) == passes)
        if case .field? = found {} else { #expect(found == nil) }
    }

    @Test(arguments: [
        ("body ~ \"Welcome to\";", "… Welcome to nginx!", true),
        ("body ~ Welcome;", "welcome", false), ("body ~* Welcome;", "welcome", true),
        ("body !~ maintenance;", "all is well", true),
        ("body !~ maintenance;", "in maintenance", false), ("body !~ a;", "", true),
        ("body ~ a;", "", false), ("body ~ ^a$;", "a", true),
        // More work than a pattern may have is no pass, whichever way it is asked.
        ("body ~ ^(a+)+$;", String(repeating: "a", count: 64) + "b", false),
        ("body !~ ^((a+)(a+))+$;", String(repeating: "a", count: 4096) + "b", false),
    ])
    func `a pattern is found in the content, or is not`(
        _ tests: String, _ content: String, _ passes: Bool
    ) throws {
        let found = try flaw(tests, answer(200, "", content))
        #expect((found == nil) == passes)
    }

    @Test func `all tests must be passed, and the first that is not is named`() throws {
        let tests = "body ~ ok; header X = 1; status 200;"
        #expect(try flaw(tests, answer(500, "", "")) == .status(500))
        #expect(try flaw(tests, answer(200, "", "")) == .field(bytes("x")))
        #expect(try flaw(tests, answer(200, "X: 1\r\n", "no")) == .content(bytes("ok")))
        #expect(try flaw(tests, answer(200, "X: 1\r\n", "ok")) == nil)
    }

    @Test(arguments: [(199, false), (200, true), (399, true), (400, false), (404, false)])
    func `without a match a status of 2xx or 3xx is right`(_ status: Int, _ passes: Bool) {
        let usual = HealthMatch.usual.statuses.allSatisfy { $0.passes(status) }
        #expect(usual == passes)
    }
}
