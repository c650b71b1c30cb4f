// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Memory
import Testing

@Suite struct URITests {
    private func normalize(_ path: String, mergesSlashes: Bool = true) -> String? {
        let path = bytes(path)
        return appended { URI.normalize(path.span, into: &$0, mergesSlashes: mergesSlashes) }
    }

    private static let paths: [(String, String?)] = [
        ("", "/"), ("/", "/"), ("/a", "/a"), ("/a/", "/a/"), ("//", "/"), ("///a//b", "/a/b"),
        ("/.", "/"), ("/./", "/"), ("/a/.", "/a/"), ("/a/./b", "/a/b"), ("/a/..", "/"),
        ("/foo/bar/..", "/foo/"), ("/foo/bar/.", "/foo/bar/"), ("/a/../b", "/b"),
        ("/a/b/../../c", "/c"), ("/a//../b", "/b"), ("/...", "/..."), ("/.a", "/.a"),
        ("/..a", "/..a"), ("/a..", "/a.."), ("/a./b", "/a./b"), ("/%41", "/A"),
        ("/%2e%2e", nil), ("/a/%2e%2e/b", "/b"), ("/a/.%2e/b", "/b"), ("/a%2fb", "/a/b"),
        ("/a%2F..%2fb", "/b"), ("/a%2f%2fb", "/a/b"), ("/%25", "/%"), ("/%252e%252e/", "/%2e%2e/"),
        ("/a%3fb%23c", "/a?b#c"), ("/%02", "/\u{2}"), ("/%c3%a9", "/\u{c3}\u{a9}"),
        ("/a%5cb", "/a\\b"), ("/..%5c", "/..\\"), ("/..;/a", "/..;/a"), ("/%e%", nil),
        ("/foo/bar%", nil), ("/foo/bar%1", nil), ("/%zz", nil), ("/%00", nil), ("/a%00.html", nil),
        ("/..", nil), ("/../", nil), ("/a/../..", nil), ("/a/../../b", nil), ("/../a", nil),
        ("/%2e%2e%2fetc/passwd", nil), ("a", nil), ("..", nil), ("%2fa", nil),
        ("/%c0%af..", "/\u{c0}\u{af}.."), ("/caf\u{e9}", "/caf\u{e9}"),
    ]

    @Test("Paths get their normal form", arguments: paths)
    func normalizes(path: String, expected: String?) {
        #expect(normalize(path) == expected)
    }

    @Test(
        "Empty segments stay when slashes are not merged",
        arguments: [
            ("//", "//"), ("/a//b", "/a//b"), ("/a//../b", "/a/b"), ("//..", "/"),
            ("/a/.//b", "/a//b"),
        ])
    func keepsEmptySegments(path: String, expected: String) {
        #expect(normalize(path, mergesSlashes: false) == expected)
    }

    @Test("A path without a normal form leaves the buffer as it was")
    func restoresBuffer() {
        let bad = bytes("/a/b/%zz")
        let text = appended { buffer in
            buffer.append("before")
            #expect(URI.normalize(bad.span, into: &buffer) == false)
            return true
        }
        #expect(text == "before")
    }

    @Test("What is written before a path is never removed by it")
    func staysBehindStart() {
        let path = bytes("/a/../b/..")
        let text = appended { buffer in
            buffer.append("/root")
            return URI.normalize(path.span, into: &buffer)
        }
        #expect(text == "/root/")
    }

    @Test("A plain path is its own normal form", arguments: paths)
    func plainPaths(path: String, expected: String?) {
        if URI.isPlain(bytes(path).span) { #expect(expected == path) }
    }

    @Test(
        "Ordinary paths are plain, others are not",
        arguments: [
            ("/", true), ("/index.html", true), ("/assets/index-BxY3k2Pq.js", true),
            ("/a/b/c/d/e/f/g/h/", true), ("/aaaaaaaa//", false), ("/aaaaaaa//a", false),
            ("/aaaaaaaaaaaa/.a", false), ("/aaaaaaa/./aaaaaaaa", false), ("/aaaa%41aaaaaaa", false),
            ("/a.b/", true), ("//", false), ("", false), ("a", false), ("/.", false),
        ])
    func isPlain(path: String, expected: Bool) {
        #expect(URI.isPlain(bytes(path).span) == expected)
    }

    @Test("Escaping a normal form and normalising again gives the same")
    func idempotence() {
        var generator = SystemRandomNumberGenerator()
        let pieces = ["/", ".", "..", "%2e", "%2f", "a", "%25", "%", "//", "%41", "\u{e9}", "?"]
        for _ in 0..<20_000 {
            var path = "/"
            for _ in 0..<Int.random(in: 0..<10, using: &generator) {
                path += pieces.randomElement(using: &generator) ?? ""
            }
            guard let normal = normalize(path) else { continue }
            #expect(normal.hasPrefix("/"))
            #expect(!normal.contains("//"))
            #expect(!normal.split(separator: "/").contains(".."))
            let plain = bytes(normal)
            let escaped = appended { buffer in
                URI.escape(plain.span, for: .path, into: &buffer)
                return true
            }
            #expect(escaped.flatMap { normalize($0) } == normal)
        }
    }

    @Test(
        "Bytes are escaped for their place",
        arguments: [
            ("/a b?c#d%e", URI.Place.path, "/a%20b%3Fc%23d%25e"),
            ("/a&b+c;d", .path, "/a&b+c;d"),
            ("/a&b+c;d", .arguments, "/a%26b%2Bc%3Bd"),
            ("/a&b-._~", .component, "%2Fa%26b-._~"),
            ("\r\n\0\u{7f}\u{ff}", .path, "%0D%0A%00%7F%FF"),
            ("<\"{|}^`\\>", .path, "%3C%22%7B%7C%7D%5E%60%5C%3E"),
            ("", .path, ""), ("abc", .component, "abc"),
        ])
    func escapes(text: String, place: URI.Place, expected: String) {
        let input = bytes(text)
        let escaped = appended { buffer in
            URI.escape(input.span, for: place, into: &buffer)
            return true
        }
        #expect(escaped == expected)
        #expect(URI.needsEscape(input.span, for: place) == (expected != text))
        let back = bytes(expected)
        let unescaped = appended { buffer in
            URI.unescape(back.span, into: &buffer)
            return true
        }
        #expect(unescaped == text)
    }

    @Test("Text is made fit for HTML")
    func escapesHTML() {
        let text = bytes("<a href=\"x\">&'</a>")
        let escaped = appended { buffer in
            URI.escapeHTML(text.span, into: &buffer)
            return true
        }
        #expect(escaped == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;&lt;/a&gt;")
    }
}
