// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Cookies of peers in their parts.

import HTTP
import Memory
import Testing

@testable import Server

@Suite struct SetCookieTests {
    private func written(_ text: String, _ flags: CookieFlags) -> String {
        let bytes = Buffer(Array(text.utf8))
        var cookie = SetCookie(bytes, ByteRange(0, bytes.count))
        if !flags.isEmpty { cookie.apply(flags, bytes) }
        var output = Buffer(capacity: 0)
        cookie.write(bytes, to: &output)
        return String(decoding: output.copied(), as: UTF8.self)
    }

    @Test(arguments: [
        ("a=b", "a=b"), ("a=b; Path=/x; Secure", "a=b; Path=/x; Secure"),
        ("a = b ;Path= /x;;Secure", "a=b; Path=/x; ; Secure"), ("a=b=c;x==", "a=b=c; x=="),
        ("", ""), (";", "; "), ("a;b=c", "a; b=c"), ("=", "="), ("  a=b;  ", "a=b; "),
    ])
    func `parts are found whatever the blanks`(_ text: String, _ expected: String) {
        #expect(written(text, []) == expected)
    }

    @Test(
        arguments: [
            ("a=b", [.secure, .httpOnly, .sameSiteNone], "a=b; Secure; HttpOnly; SameSite=None"),
            ("a=b;secure;HTTPONLY", [.secure, .httpOnly], "a=b; secure; HTTPONLY"),
            ("a=b; secure; secure; x", [.notSecure], "a=b; x"),
            ("a=b; SameSite=Lax", [.sameSiteStrict], "a=b; SameSite=Strict"),
            ("a=b; samesite=STRICT", [.sameSiteStrict], "a=b; samesite=STRICT"),
            ("a=b; samesite", [.sameSiteLax], "a=b; SameSite=Lax"),
            ("a=b; samesite=x; httponly", [.noSameSite, .notHTTPOnly], "a=b"),
            ("secure=b; secure", [.notSecure], "secure=b"),
            ("a=b", [.sameSiteStrict, .sameSiteLax], "a=b; SameSite=Strict"),
            ("a=b; Secure", [.secure, .notSecure], "a=b; Secure"),
        ] as [(String, CookieFlags, String)])
    func `flags are added, changed and taken away`(
        _ text: String, _ flags: CookieFlags, _ expected: String
    ) {
        #expect(written(text, flags) == expected)
    }

    @Test(
        arguments: [
            ("SameSite=LAX", .sameSiteLax), ("secure", .secure), ("NoSecure", .notSecure),
            ("samesite", nil), ("", nil),
        ] as [(String, CookieFlags?)])
    func `the words of flags are read in any case`(_ word: String, _ expected: CookieFlags?) {
        let flags = CookieFlags(bytes(word).span)
        #expect(flags == expected)
    }
}
