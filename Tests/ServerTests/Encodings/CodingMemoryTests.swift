// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Testing

@testable import Server

@Suite struct CodingMemoryTests {
    /// What a memory answers to values asked for one after the other.
    private func answers(_ values: [String]) -> [CodingPreference] {
        var memory = CodingMemory()
        return values.map { value in
            let bytes = Array(value.utf8)
            return memory.preference(of: bytes.span)
        }
    }

    @Test func `the same value means the same however often it comes`() {
        let expected: CodingPreference = [.brotli, .gzip]
        #expect(answers(["gzip, br", "gzip, br", "gzip, br"]) == [expected, expected, expected])
    }

    @Test func `a value is not taken for the one before it`() {
        #expect(answers(["gzip", "br", "", "gzip"]) == [[.gzip], [.brotli], [], [.gzip]])
    }

    @Test func `a long value is understood and does not change what the empty one means`() {
        let long = "gzip" + String(repeating: ", x", count: 200)
        #expect(answers([long, "", long]) == [[.gzip], [], [.gzip]])
    }
}
