// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Where one of several texts occurs first.

import Memory
import Testing

@testable import Server

@Suite struct SearchTableTests {
    private static func search(
        _ texts: [String], in input: String, isWhole: Bool = false, isUsed: [Bool] = []
    ) -> SearchTable.Result {
        SearchTable(texts.map { Array($0.utf8) }).search(
            Array(input.utf8).span, from: 0, isWhole: isWhole, isUsed: isUsed.span)
    }

    @Test(arguments: [
        (["foo"], "a foo", SearchTable.Result.found(number: 0, at: 2)),
        (["FOO"], "a fOo", .found(number: 0, at: 2)),
        (["a"], "xxxa", .found(number: 0, at: 3)),
        (["abc", "b"], "xabc", .found(number: 0, at: 1)),
        (["b", "abc"], "xabc", .found(number: 1, at: 1)),
        (["ab", "abc"], "abc", .found(number: 0, at: 0)),
        (["abc", "ab"], "abd", .found(number: 1, at: 0)),
        (["abc", "ab"], "xab", .nothing(before: 1)),
        (["foo"], "fofo", .nothing(before: 2)),
        (["foo"], "bar", .nothing(before: 3)),
        (["aab"], "aaa", .nothing(before: 1)),
        (["", "b"], "ab", .found(number: 1, at: 1)),
        ([""], "ab", .nothing(before: 2)),
        (["foo"], "", .nothing(before: 0)),
    ])
    func `the first one is found, or where it may begin`(
        _ texts: [String], _ input: String, _ result: SearchTable.Result
    ) {
        #expect(Self.search(texts, in: input) == result)
    }

    @Test func `at the end nothing is hoped for`() {
        #expect(Self.search(["foo"], in: "xfo", isWhole: true) == .nothing(before: 3))
        #expect(
            Self.search(["fooo", "fo"], in: "xfoo", isWhole: true) == .found(number: 1, at: 1))
    }

    @Test func `what is used is not found again`() {
        #expect(
            Self.search(["a", "b"], in: "ab", isUsed: [true, false]) == .found(number: 1, at: 1))
        #expect(Self.search(["ab", "b"], in: "xa", isUsed: [true, false]) == .nothing(before: 2))
    }

    @Test func `a text may be longer than any window`() {
        let long = String(repeating: "0123456789abcdef", count: 40)
        #expect(Self.search([long], in: "xyz" + long + "z") == .found(number: 0, at: 3))
        #expect(Self.search([long], in: "xyz" + long.dropLast()) == .nothing(before: 3))
        #expect(Self.search([long], in: "xyz" + long.dropLast() + "?").isNothing)
        #expect(Self.search([long, "yz"], in: "xyz" + long) == .found(number: 1, at: 1))
    }
}

extension SearchTable.Result {
    fileprivate var isNothing: Bool {
        if case .nothing = self { return true }
        return false
    }
}
