// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Numbers, sizes and times.

import Testing

@testable import Configuration

@Suite struct ValueSyntaxTests {
    @Test(arguments: [
        ("0", 0), ("512", 512), ("8k", 8192), ("8K", 8192), ("1m", 1_048_576),
        ("2G", 2_147_483_648),
        ("007", 7), ("", nil), ("k", nil), ("1kb", nil), ("-1", nil), ("+1", nil), ("1.5m", nil),
        ("1 k", nil), ("1048576g", 1 << 50), ("1048577g", nil), ("9223372036854775808", nil),
        ("9223372036854775807k", nil), ("99999999999999999999999", nil), ("\u{664}", nil),
    ])
    func `sizes have a unit or none`(text: String, expected: Int?) {
        #expect(ValueSyntax.size(Array(text.utf8)) == expected)
    }

    @Test(arguments: [
        ("0", 0), ("75", 75_000), ("75s", 75_000), ("500ms", 500), ("1h 30m", 5_400_000),
        ("1h30m", 5_400_000), ("1d", 86_400_000), ("1w", 604_800_000), ("1M", 2_592_000_000),
        ("1y", 31_536_000_000), ("1M 1m", 2_592_060_000), ("1m 500ms", 60_500), ("1h 5", 3_605_000),
        ("30m 1h", nil), ("1h 1h", nil), ("5 1h", nil), ("", nil), ("s", nil), ("1x", nil),
        ("-1", nil), ("1.5s", nil), ("1H", nil), (" 1s", nil), ("1ms 1", nil),
        ("9223372036854775807", nil), ("999999999999y", nil), ("1S", nil),
    ])
    func `times have units largest first`(text: String, expected: Int?) {
        #expect(ValueSyntax.milliseconds(Array(text.utf8)) == expected)
    }

    @Test(arguments: [("30s", 30), ("1m", 60), ("500ms", nil), ("30", 30), ("1d 1s", 86_401)])
    func `times in seconds have no milliseconds`(text: String, expected: Int?) {
        #expect(ValueSyntax.seconds(Array(text.utf8)) == expected)
    }
}
