// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which word was probably meant.

import Testing

@testable import Command

@Suite struct SuggestionTests {
    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("", "ab", 2), ("quit", "quit", 0), ("qiut", "quit", 1),
        ("reload", "reolad", 1), ("stop", "top", 1), ("stop", "stops", 1), ("kitten", "sitting", 3),
    ])
    func `the distance counts edits`(first: String, second: String, distance: Int) {
        #expect(Suggestion.distance(from: first, to: second) == distance)
        #expect(Suggestion.distance(from: second, to: first) == distance)
    }

    @Test func `nothing is suggested for a word that is like none`() {
        #expect(Suggestion.nearest(to: "elephant", among: ["stop", "quit"]) == nil)
        #expect(Suggestion.nearest(to: "stop", among: []) == nil)
    }
}
