// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What clients send, as text of a log line.

import Memory
import Testing

@testable import Server

@Suite struct LogEscapeTests {
    @Test(arguments: [
        (
            LogEscaping.standard, "a\"b\\c\n\u{1B}\u{7F}é~ ",
            "a\\x22b\\x5Cc\\x0A\\x1B\\x7F\\xC3\\xA9~ "
        ),
        (.json, "a\"b\\c\n\u{1B}é", "a\\\"b\\\\c\\n\\u001Bé"),
        (.none, "a\"b\\c\r\n\u{1B}é", "a\"b\\c\\x0D\\x0A\u{1B}é"), (.standard, "", ""),
    ])
    func `no value ends its line or its quotes`(
        _ escaping: LogEscaping, _ value: String, _ expected: String
    ) {
        var line = Buffer(capacity: 0)
        LogEscape.append(bytes(value).span, to: &line, escaping)
        let written = String(decoding: line.copied(), as: UTF8.self)
        #expect(written == expected)
    }
}
