// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Bytes as text of JSON.

import Memory
import Testing

@Suite struct BufferEscapingTests {
    @Test(arguments: [
        ("plain caf\u{E9}", "plain caf\u{E9}"), ("\"\\", "\\\"\\\\"),
        ("\u{8}\t\n\u{C}\r", "\\b\\t\\n\\f\\r"),
        ("\0\u{1}\u{B}\u{1F}\u{7F}", "\\u0000\\u0001\\u000B\\u001F\u{7F}"),
    ])
    func `what would end a JSON string or a line is escaped`(_ text: String, _ expected: String) {
        var buffer = Buffer(capacity: 0)
        buffer.append(jsonText: Array(text.utf8).span)
        let bytes = buffer.readable
        let written = String(decoding: (0..<bytes.count).map { bytes[$0] }, as: UTF8.self)
        #expect(written == expected)
    }
}
