// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about character sets, and what they make of `Content-Type`.

import HTTP
import Memory
import OS
import Testing

@testable import Server

@Suite struct CharsetDirectivesTests {
    private static let site = """
        map $arg_c $named { default utf-8; }
        charset_map koi8-r windows-1251 { C0 FE; }
        server {
            listen 127.0.0.1:8080;
            root DIR;
            types { text/html html; text/css css; "text/html; charset=x" htm; }
            charset utf-8;
            location = /text { default_type text/plain; return 200 a; }
            location = /css { default_type text/css; return 200 a; }
            location = /moved { return 301 /there; }
            location = /seeother { return 303 /there; }
            location /css/ { alias DIR/; charset_types text/css; }
            location /all/ { alias DIR/; charset_types *; }
            location /off/ { alias DIR/; charset off; }
            location /var/ { alias DIR/; charset $arg_c; }
            location /map/ { alias DIR/; charset $named; }
            location /same/ { alias DIR/; source_charset UTF-8; }
            location /varsame/ { alias DIR/; charset $arg_c; source_charset $arg_s; }
        }
        """

    private static func type(_ target: String) throws -> String {
        var bench = try Bench(site, files: ["a.html": "a", "a.css": "a", "a.htm": "a", "a.x": "a"])
        let (slot, step) = try bench.begin("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(step == .respond)
        let name = Array("content_type".utf8)
        let values =
            bench.exchanges[slot].response.file.values(of: name)
            + FieldLines.values(of: name, in: bench.exchanges[slot].response.fields.readable)
        return values.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ", ")
    }

    @Test(arguments: [
        ("/a.html", "text/html; charset=utf-8"), ("/a.css", "text/css"),
        ("/a.htm", "text/html; charset=x"), ("/a.x", "text/plain; charset=utf-8"),
        ("/none", "text/html; charset=utf-8"), ("/text", "text/plain; charset=utf-8"),
        ("/css", "text/css"), ("/moved", "text/html"), ("/seeother", "text/html; charset=utf-8"),
        ("/css/a.css", "text/css; charset=utf-8"), ("/css/a.x", "text/plain"),
        ("/css/a.html", "text/html; charset=utf-8"), ("/all/a.css", "text/css; charset=utf-8"),
        ("/off/a.html", "text/html"), ("/var/a.html?c=koi8-r", "text/html; charset=koi8-r"),
        ("/var/a.html", "text/html"),
        ("/var/a.html?c=a%0d%0aB:%20c", "text/html; charset=a%0d%0aB:%20c"),
        ("/map/a.html", "text/html; charset=utf-8"), ("/same/a.html", "text/html; charset=utf-8"),
        ("/varsame/a.html?c=a&s=A", "text/html; charset=a"),
        ("/varsame/a.html?c=a&s=b", "text/html"),
    ])
    func `a response names its charset`(_ target: String, _ type: String) throws {
        #expect(try Self.type(target) == type)
    }

    @Test func `a file with a variable charset keeps its other fields`() throws {
        var bench = try Bench(Self.site, files: ["a.html": "abc"])
        let (slot, _) = try bench.begin("GET /var/a.html?c=x HTTP/1.1\r\nHost: a\r\n\r\n")
        let lines = String(
            decoding: bench.exchanges[slot].response.fields.copied(), as: UTF8.self)
        #expect(lines.hasPrefix("Accept-Ranges: bytes\r\nContent-Type: text/html; charset=x\r\n"))
        let statesLength = bench.exchanges[slot].response.statesLength
        #expect(!statesLength)
        #expect(lines.contains("\r\nETag: \""))
        #expect(bench.content(of: slot).bytes == bytes("abc"))
    }

    @Test(
        arguments: [
            ("/utf8/a.html", "text/html; charset=utf-8", nil, "A\u{44E}?"),
            ("/bytes/a.html", "text/html; charset=windows-1251", 3, "A\u{FE}?"),
            ("/bytes/a.css", "text/css", 3, "A\u{C0}\u{C1}"),
            ("/back/a.txt", "text/plain; charset=koi8-r", nil, "\u{C0}&#1078;"),
        ] as [(String, String, Int?, String)])
    func `contents are converted`(
        _ target: String, _ type: String, _ length: Int?, _ content: String
    ) throws {
        let site = """
            charset_map koi8-r utf-8 { C0 D18E; }
            charset_map koi8-r windows-1251 { C0 FE; }
            server {
                listen 80; gzip on; root DIR;
                types { text/html html; text/css css; text/plain txt; }
                location /utf8/ { alias DIR/; charset utf-8; source_charset koi8-r; }
                location /bytes/ { alias DIR/; charset windows-1251; source_charset koi8-r; }
                location /back/ { alias DIR/; charset koi8-r; source_charset utf-8; }
            }
            """
        var bench = try Bench(site)
        for name in ["/a.html", "/a.css"] {
            try FileSystem.replaceFile(
                bench.directory.path + name, content: ([0x41, 0xC0, 0xC1] as [UInt8]).span)
        }
        try FileSystem.replaceFile(
            bench.directory.path + "/a.txt", content: bytes("\u{44E}\u{436}").span)
        let (slot, _) = try bench.begin("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        let name = Array("content_type".utf8)
        let types =
            bench.exchanges[slot].response.file.values(of: name)
            + FieldLines.values(of: name, in: bench.exchanges[slot].response.fields.readable)
        #expect(types == [bytes(type)])
        #expect(bench.exchanges[slot].response.contentLength == length)
        let expected =
            length == nil && type.hasSuffix("utf-8")
            ? bytes(content) : content.unicodeScalars.map { UInt8($0.value) }
        #expect(bench.content(of: slot).bytes == expected)
    }

    @Test(
        arguments: [
            ("/bytes/", "1-2", 206, 2, "\u{FE}?"), ("/bytes/", "0-0,2-2", 200, 3, "A\u{FE}?"),
            ("/utf8/", "1-2", 200, nil, "A\u{D1}\u{8E}?"), ("/bytes/", "3-", 416, nil, nil),
        ] as [(String, String, Int, Int?, String?)])
    func `where a byte becomes a byte, one part may be had`(
        _ folder: String, _ range: String, _ status: Int, _ length: Int?, _ content: String?
    ) throws {
        var bench = try Bench(
            """
            charset_map koi8-r utf-8 { C0 D18E; }
            charset_map koi8-r windows-1251 { C0 FE; }
            server {
                listen 80;
                types { text/html html; }
                source_charset koi8-r;
                location /utf8/ { alias DIR/; charset utf-8; }
                location /bytes/ { alias DIR/; charset windows-1251; }
            }
            """)
        try FileSystem.replaceFile(
            bench.directory.path + "/a.html", content: ([0x41, 0xC0, 0xC1] as [UInt8]).span)
        let (slot, _) = try bench.begin(
            "GET \(folder)a.html HTTP/1.1\r\nHost: a\r\nRange: bytes=\(range)\r\n\r\n")
        #expect(bench.exchanges[slot].response.status == status)
        guard let content else { return }
        #expect(bench.exchanges[slot].response.contentLength == length)
        #expect(
            bench.content(of: slot).bytes == content.unicodeScalars.map { UInt8($0.value) })
    }

    @Test(arguments: [
        ("charset_map a A { }", "\"charset_map\" between the same charsets \"a\" and \"A\""),
        ("charset_map utf-8 a { }", "\"charset_map\" cannot have utf-8 as its first charset"),
        ("charset_map a b { } charset_map B A { }", "duplicate \"charset_map\""),
        ("charset_map a b { 1 2 3; }", "invalid parameters number"),
        ("charset_map a b { 100 2; }", "invalid value \"100\""),
        ("charset_map a b { +1 2; }", "invalid value \"+1\""),
        ("charset_map a b { 1 D18E; }", "invalid value \"D18E\""),
        ("charset_map a utf-8 { C0 D1; }", "invalid value \"D1\""),
        ("charset_map a utf-8 { C0 F09F9880; }", "invalid value \"F09F9880\""),
        ("charset a; source_charset b;", "no \"charset_map\" between the charsets \"b\" and \"a\""),
        ("charset $host-x;", "invalid charset \"$host-x\""),
    ])
    func `what cannot be is refused`(_ text: String, _ message: String) {
        let loaded = load("\(text) server { listen 80; }")
        #expect(loaded.site == nil)
        #expect(loaded.findings.contains { $0.contains(message) }, "\(loaded.findings)")
    }
}
