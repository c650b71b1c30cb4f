// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Lists as the pages that nginx would write.

import Memory
import Testing

@testable import Server

@Suite struct ListingPageTests {
    /// 28 September 1970, 12:00 UTC.
    private static let time = 23_371_200

    private func listing(_ names: String..., kind: Listing.Kind = .file, size: Int = 0) -> Listing {
        Listing(names.map { (Array($0.utf8), kind, size, Self.time) })
    }

    private func text(_ page: borrowing Buffer) -> String {
        String(decoding: page.copied(), as: UTF8.self)
    }

    /// The lines of an HTML page, without what is around them.
    private func lines(
        _ listing: Listing, _ settings: ListingSettings = ListingSettings(),
        countsBytes: Bool = false
    ) -> [String] {
        let page = ListingPage.html(
            listing, of: Array("/".utf8).span, settings, countsBytes: countsBytes)
        // A line end of two bytes is one character.
        return text(page).split(separator: "\r\n").map { String($0) }
            .filter { $0.hasPrefix("<a href") && !$0.hasPrefix("<a href=\"../\"") }
    }

    @Test func `the page has the layout that programs read`() {
        let page = text(
            ListingPage.html(
                listing("a"), of: Array("/<b>&/".utf8).span, ListingSettings()))
        #expect(page.hasPrefix("<html>\r\n<head><title>Index of /&lt;b&gt;&amp;/</title>"))
        #expect(
            page.contains(
                "</head>\r\n<body>\r\n<h1>Index of /&lt;b&gt;&amp;/</h1><hr><pre>"
                    + "<a href=\"../\">../</a>\r\n<a href=\"a\">a</a>"))
        #expect(page.hasSuffix(" 0\r\n</pre><hr></body>\r\n</html>\r\n"))
    }

    @Test func `names, times and sizes stand in columns`() {
        let pad = String(repeating: " ", count: 49)
        #expect(
            lines(listing("a", size: 42))
                == ["<a href=\"a\">a</a>\(pad) 28-Sep-1970 12:00                  42"])
        #expect(
            lines(listing("d", kind: .directory))
                == ["<a href=\"d/\">d/</a>\(pad.dropLast()) 28-Sep-1970 12:00                   -"])
    }

    @Test(arguments: [
        (0, "      0"), (9999, "   9999"), (10_000, "     10K"), (10_751, "     10K"),
        (10_752, "     11K"), (1_048_575, "   1024K"), (1_048_576, "      1M"),
        (1_572_863, "      1M"), (1_572_864, "      2M"), (1 << 30, "      1G"),
        (Int.max, "8589934592G"),
    ])
    func `sizes are rounded on demand`(_ size: Int, _ expected: String) {
        var settings = ListingSettings()
        settings.tellsExactSizes = false
        #expect(lines(listing("a", size: size), settings).first?.hasSuffix(expected) == true)
    }

    @Test(arguments: [
        (String(repeating: "0", count: 50), String(repeating: "0", count: 50) + "</a> "),
        (String(repeating: "0", count: 51), String(repeating: "0", count: 47) + "..&gt;</a> "),
        (String(repeating: ">", count: 60), String(repeating: "&gt;", count: 47) + "..&gt;</a> "),
        (String(repeating: "ф", count: 50), String(repeating: "ф", count: 50) + "</a> "),
        (String(repeating: "ф", count: 51), String(repeating: "ф", count: 47) + "..&gt;</a> "),
        ("<script>", "&lt;script&gt;</a>"), ("a\nb", "a?b</a>"),
    ])
    func `long names are cut, and all are escaped`(_ name: String, _ expected: String) {
        #expect(lines(listing(name)).first?.contains(">" + expected) == true)
    }

    @Test func `in another charset the columns are bytes`() {
        let line = lines(listing(String(repeating: "ф", count: 26)), countsBytes: true).first ?? ""
        #expect(line.contains("..&gt;</a>"))
    }

    @Test(arguments: [
        ("a b", "a%20b"), ("100%", "100%25"), ("a?b#c", "a%3Fb%23c"), ("ф", "%D1%84"),
        ("a:b", "a%3Ab"), ("\"'<>&", "%22%27%3C%3E%26"), ("//x", "%2F%2Fx"),
    ])
    func `links are encoded`(_ name: String, _ expected: String) {
        #expect(lines(listing(name)).first?.hasPrefix("<a href=\"\(expected)\">") == true)
    }

    @Test func `a name that is no UTF-8 can be followed`() {
        let listing = Listing([(name: [0x61, 0xFF, 0xC3], kind: .file, size: 0, modifiedAt: 0)])
        let page = ListingPage.html(listing, of: Array("/".utf8).span, ListingSettings())
        #expect(text(page).contains("<a href=\"a%FF%C3\">"))
        #expect(text(ListingPage.json(listing, callback: nil)).contains("\"a\u{FFFD}\u{FFFD}\""))
        #expect(text(ListingPage.xml(listing)).contains(">a\u{FFFD}\u{FFFD}</file>"))
    }

    @Test func `XML lists give size and time`() {
        let listing = Listing([
            (Array("b'\"<".utf8), .file, 42, Self.time),
            (Array("d".utf8), .directory, 9, Self.time),
            (Array("a".utf8), .other, 9, Self.time),
        ])
        #expect(
            text(ListingPage.xml(listing)) == """
                <?xml version="1.0"?>\r\n<list>\r\n\
                <directory mtime="1970-09-28T12:00:00Z">d</directory>\r\n\
                <other mtime="1970-09-28T12:00:00Z">a</other>\r\n\
                <file mtime="1970-09-28T12:00:00Z" size="42">b'&quot;&lt;</file>\r\n</list>\r\n
                """)
    }

    @Test func `JSON lists give size and time`() {
        let listing = Listing([
            (Array("b\"\\\n\u{1}".utf8), .file, 42, Self.time),
            (Array("d".utf8), .directory, 9, Self.time),
        ])
        #expect(
            text(ListingPage.json(listing, callback: nil)) == """
                [\r\n\
                { "name":"d", "type":"directory", "mtime":"Mon, 28 Sep 1970 12:00:00 GMT" },\r\n\
                { "name":"b\\"\\\\\\n\\u0001", "type":"file", \
                "mtime":"Mon, 28 Sep 1970 12:00:00 GMT", "size":42 }\r\n]
                """)
    }

    @Test func `an empty list is one`() {
        let callback = Array("f.g".utf8)
        #expect(text(ListingPage.json(Listing([]), callback: nil)) == "[\r\n]")
        #expect(
            text(ListingPage.json(Listing([]), callback: callback))
                == "/* callback */\r\nf.g([\r\n]);")
        #expect(
            text(ListingPage.xml(Listing([]))) == "<?xml version=\"1.0\"?>\r\n<list>\r\n</list>\r\n"
        )
    }

    @Test func `folders come first, then the order is that of the bytes`() {
        let listing = Listing(
            ["b", "B", "a", "aa", "\u{E4}"].map { (Array($0.utf8), Listing.Kind.file, 0, 0) }
                + [(Array("z".utf8), .directory, 0, 0)])
        let names = listing.entries.map {
            String(decoding: [UInt8](copying: listing.name(of: $0)), as: UTF8.self)
        }
        #expect(names == ["z", "B", "a", "aa", "b", "\u{E4}"])
    }
}
