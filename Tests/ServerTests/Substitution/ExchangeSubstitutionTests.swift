// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Responses in which texts are replaced.

import Compression
import Decoders
import Memory
import Testing

@testable import Server

@Suite struct ExchangeSubstitutionTests {
    private static let site = """
        server {
            listen 127.0.0.1:80;
            root DIR;
            gzip on; gzip_types text/css; gzip_min_length 1;
            sub_filter foo bar;
            location /many { sub_filter_once off; sub_filter $arg_a "<$arg_b>"; sub_filter b c;
                default_type text/html; return 200 "a foo b b"; }
            location /plain { default_type text/plain; return 200 "foo"; }
            location /kept.html { sub_filter_last_modified on; }
            location /empty.html { }
        }
        """
    private static let files = [
        "page.html": "a foo, a foo", "kept.html": "foo", "style.css": ".foo { color: red }",
        "empty.html": "",
    ]

    private func answer(
        _ target: String, method: String = "GET", fields: String = ""
    ) throws -> (fields: String, content: [UInt8]) {
        var bench = try Bench(Self.site, files: Self.files)
        let (slot, step) = try bench.begin(
            "\(method) \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
        #expect(step == .respond)
        var head = Buffer(capacity: 256)
        bench.exchanges[slot].response.file.appendLines(to: &head)
        head.append(contentsOf: bench.exchanges[slot].response.fields)
        let content = bench.content(of: slot)
        #expect(content.last == .end)
        return (String(decoding: head.copied(), as: UTF8.self), content.bytes)
    }

    @Test func `texts of a file are replaced, and its fields tell nothing of it`() throws {
        let (fields, content) = try answer("/page.html")
        #expect(content == bytes("a bar, a foo"))
        for name in ["Content-Length", "Last-Modified", "ETag", "Accept-Ranges"] {
            #expect(!fields.contains(name + ":"), "\(fields)")
        }
    }

    @Test func `validators stay where that is said`() throws {
        let (fields, content) = try answer("/kept.html")
        #expect(content == bytes("bar"))
        #expect(fields.contains("Last-Modified: "))
        #expect(fields.contains("ETag: W/\""))
        #expect(!fields.contains("Content-Length:"))
    }

    @Test func `what is encoded is encoded after it`() throws {
        let (fields, content) = try answer("/page.html", fields: "Accept-Encoding: gzip\r\n")
        #expect(fields.contains("Content-Encoding: gzip\r\n"))
        #expect(decoded(content, .gzip) == bytes("a bar, a foo"))
    }

    @Test func `other types keep all that they have`() throws {
        let (fields, content) = try answer("/style.css", fields: "Range: bytes=1-3\r\n")
        #expect(content == bytes("foo"))
        #expect(fields.contains("ETag: \""))
        #expect(try answer("/plain").content == bytes("foo"))
    }

    @Test func `the head of a page is the same without its content`() throws {
        let (fields, content) = try answer("/page.html", method: "HEAD")
        #expect(content.isEmpty)
        #expect(fields == (try answer("/page.html").fields))
    }

    @Test func `nothing is done about nothing`() throws {
        let (fields, _) = try answer("/empty.html")
        #expect(fields.contains("Content-Length: 0\r\n"))
        #expect(fields.contains("Last-Modified:"))
    }

    @Test(arguments: [
        ("/many?a=FOO&b=x", "a <x> c c"), ("/many?b=x", "a foo c c"),
        ("/many?a=b&b=", "a foo <> <>"),
    ])
    func `texts and replacements may come from the request`(
        _ target: String, _ result: String
    ) throws {
        #expect(String(decoding: try answer(target).content, as: UTF8.self) == result)
    }
}
