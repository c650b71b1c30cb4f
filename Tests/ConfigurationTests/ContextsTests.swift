// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Contexts and arities in words.

import Testing

@testable import Configuration

@Suite struct ContextsTests {
    @Test func `names come outermost first`() {
        let contexts: Contexts = [.locationIf, .http, .location, .main, .serverIf]
        #expect(contexts.names == ["main", "http", "location", "if in server", "if in location"])
        #expect(Contexts([]).names.isEmpty)
    }

    @Test(arguments: [
        (Arity.exactly(0), "no arguments", [0], [1]),
        (.exactly(1), "1 argument", [1], [0, 2]),
        (.exactly(2), "2 arguments", [2], [1, 3]),
        (.atLeast(1), "at least 1 argument", [1, 100], [0]),
        (.between(1, 2), "1 or 2 arguments", [1, 2], [0, 3]),
        (.between(1, 3), "1 to 3 arguments", [1, 2, 3], [0, 4]),
        (.flag, "\"on\" or \"off\"", [1], [0, 2]),
    ])
    func `arities count and explain`(arity: Arity, text: String, right: [Int], wrong: [Int]) {
        #expect(arity.expectation == text)
        #expect(right.allSatisfy { arity.accepts($0) })
        #expect(!wrong.contains { arity.accepts($0) })
    }
}
