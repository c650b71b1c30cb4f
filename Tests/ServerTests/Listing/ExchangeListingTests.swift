// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Lists of a real directory, as exchanges answer with them.

import Memory
import OS
import Testing

@testable import Server

@Suite struct ExchangeListingTests {
    private static let site = """
        server {
            listen 127.0.0.1:8080;
            autoindex on;
            location / { root DIR; }
            location /json/ { alias DIR/; autoindex_format json; }
            location /jsonp/ { alias DIR/; autoindex_format jsonp; }
            location /few/ { alias DIR/; autoindex_limit 3; }
            location /off/ { alias DIR/; autoindex off; }
            location /file/ { alias DIR/b.txt; }
        }
        """

    private func bench(_ site: String = site) throws -> Bench {
        let bench = try Bench(site, files: ["b.txt": "12", ".hidden": "", "a<.txt": ""])
        try FileSystem.makeSymbolicLink(bench.directory.path + "/loop", to: "loop")
        try FileSystem.makeSymbolicLink(bench.directory.path + "/link", to: "/")
        return bench
    }

    private func answer(
        to target: String, _ method: String = "GET"
    ) throws -> (status: Int, content: String, fields: String) {
        var bench = try bench()
        let (slot, step) = try bench.beginAndWait("\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(step == .respond)
        let content = String(decoding: bench.content(of: slot).bytes, as: UTF8.self)
        let fields = bench.exchanges[slot].response.fields.copied()
        return (
            bench.exchanges[slot].response.status, content, String(decoding: fields, as: UTF8.self)
        )
    }

    @Test func `a directory is listed, with what links lead to`() throws {
        let (status, content, fields) = try answer(to: "/")
        #expect(status == 200)
        #expect(fields == "Content-Type: text/html\r\n")
        for part in ["href=\"link/\"", "href=\"b.txt\"", "href=\"loop\"", "a&lt;.txt"] {
            #expect(content.contains(part), "\(part)")
        }
        #expect(!content.contains("hidden"))
    }

    @Test func `HEAD has the type and no content`() throws {
        let (status, content, fields) = try answer(to: "/", "HEAD")
        #expect((status, content, fields) == (200, "", "Content-Type: text/html\r\n"))
    }

    @Test(arguments: [
        ("/jsonp/", 200, "[\r\n"), ("/jsonp/?callback=", 200, "[\r\n"),
        ("/jsonp/?Callback=a.b_1", 200, "/* callback */\r\na.b_1([\r\n"),
        ("/jsonp/?callback=a()", 400, "<html>"), ("/jsonp/?callback=%61", 400, "<html>"),
        ("/jsonp/?callback=" + String(repeating: "a", count: 129), 400, "<html>"),
        ("/json/?callback=a", 200, "[\r\n"), ("/few/", 500, "<html>"), ("/off/", 403, "<html>"),
        ("/none/", 404, "<html>"), ("/file/", 403, "<html>"),
    ])
    func `a request leads to its list`(_ target: String, _ status: Int, _ start: String) throws {
        let answer = try answer(to: target)
        #expect(answer.status == status)
        #expect(answer.content.hasPrefix(start), "\(answer.content)")
    }

    @Test func `only what is read is answered with a list`() throws {
        #expect(try answer(to: "/", "POST").status == 403)
        #expect(try answer(to: "/", "PUT").status == 405)
    }

    @Test(arguments: [
        "autoindex maybe;", "autoindex_format yaml;", "autoindex_limit 0;", "autoindex_limit x;",
    ])
    func `what is no value is refused`(_ text: String) throws {
        #expect(load("server { listen 80; \(text) }").site == nil)
    }
}
