// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Testing

@Suite struct HostNameTests {
    private static let good: [(String, Int, UInt16?, Bool, Bool)] = [
        ("l", 1, nil, false, false),
        ("L", 1, nil, true, false),
        ("abcd-ef.g02.xyz:", 15, nil, false, false),
        ("abcd-ef.g02.xyz:8080", 15, 8080, false, false),
        ("www.abcd-ef.g02.xyz.", 19, nil, false, false),
        ("abcd-ef.g02.xyz.:88", 15, 88, false, false),
        ("AbC-d93.0.34ZhGt-s.nk.Ru:88", 24, 88, true, false),
        ("123.40.56.78:", 12, nil, false, false),
        ("[abcd::ef98:0:7654:321]:80", 23, 80, false, true),
        ("[::ffff:12.30.67.89]", 20, nil, false, true),
        ("[v0aB.!$&'()*+,;=-._~AbZ09:]", 28, nil, true, true),
        ("a_b", 3, nil, false, false),
        ("a:65535", 1, 65535, false, false),
        ("a:0", 1, 0, false, false),
    ]

    @Test("Names and ports of authorities are found", arguments: good)
    func takes(text: String, count: Int, port: UInt16?, hasUppercase: Bool, isLiteral: Bool) {
        let host = HostName(validating: bytes(text).span)
        #expect(host.map { Int($0.nameCount) } == count)
        #expect(host?.port == port)
        #expect(host?.needsLowercase == hasUppercase)
        #expect(host?.isLiteral == isLiteral)
    }

    @Test(
        "What is no authority is nil",
        arguments: [
            "", ".", ":80", "..a", "a..b", "a..:80", "a/b", "a\\b", "a@b", "a#b", "a?b", "a,b",
            "a b", "a\0", "a\u{2}", "a\u{7f}", "a\u{80}", "a%41", "a:99999", "a:65536",
            "a:123456", "a:1.2", "a:80:80", "a:-1", "a:+1", "a: 1", "[", "[]", "[::1", "[::1].",
            "[::1].:98", "[::1]..:98", "[ab..cd]", "[ab/cd]", "a[::1]", "[::1]a", "[::1]:x",
        ])
    func refuses(text: String) {
        #expect(HostName(validating: bytes(text).span) == nil)
    }
}
