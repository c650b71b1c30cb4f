// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The ring of an error log in memory.

import Testing

@testable import Server

@Suite struct MemoryLogTests {
    @Test func `the last lines are kept behind the mark`() {
        let log = MemoryLog(byteCount: 8)
        for text in ["abc\n", "def\n", "gh\n"] { unsafe log.write(bytes(text).span.bytes) }
        #expect(log.content == bytes("MEMLOG 8\ngh\n\ndef\n"))
    }
}
