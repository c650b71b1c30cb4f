// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Preconditions and ranges as exchanges answer them.

import Memory
import OS
import Testing

@testable import Server

@Suite struct ExchangeConditionsTests {
    private static let site = """
        server {
            listen 127.0.0.1:8080;
            root DIR;
            error_page 404 =200 /a.txt;
            location = /text { add_header ETag '"t"'; return 200 "hello"; }
            location = /made { return 201 "hello"; }
            location /two/ { alias DIR/; max_ranges 2; }
            location /none/ { alias DIR/; max_ranges 0; }
            location /other/ {
                alias DIR/;
                add_header Last-Modified "Mon, 28 Sep 1970 06:00:00 GMT";
                add_header ETag '"other"';
                add_header X-A b;
            }
        }
        """
    private static let files = [
        "a.txt": "0123456789", "empty.txt": "",
        "b.txt": String(repeating: "0123456789", count: 100),
    ]

    private struct Answer {
        var status = 0
        var length: Int?
        var content = ""
        var fields = ""

        func value(of name: String) -> String? {
            fields.split(separator: "\r\n").first { $0.hasPrefix(name + ": ") }
                .map { String($0.dropFirst(name.count + 2)) }
        }
    }

    private func ask(_ target: String, _ fields: String..., method: String = "GET") throws -> Answer
    {
        var bench = try Bench(Self.site, files: Self.files)
        let lines = fields.map { $0 + "\r\n" }.joined()
        let (slot, step) = try bench.begin(
            "\(method) \(target) HTTP/1.1\r\nHost: a\r\n\(lines)\r\n")
        #expect(step == .respond)
        var answer = Answer()
        let (bytes, last) = bench.content(of: slot)
        #expect(last == .end)
        answer.content = String(decoding: bytes, as: UTF8.self)
        answer.status = bench.exchanges[slot].response.status
        answer.length = bench.exchanges[slot].response.contentLength
        var written = Buffer(capacity: 0)
        bench.exchanges[slot].response.file.appendLines(to: &written)
        written.append(contentsOf: bench.exchanges[slot].response.fields)
        answer.fields = String(decoding: written.copied(), as: UTF8.self)
        return answer
    }

    // MARK: Preconditions

    @Test func `a 304 keeps what a client needs to know, and nothing else`() throws {
        let answer = try ask("/a.txt", "If-None-Match: *")
        #expect(answer.status == 304)
        #expect(answer.content.isEmpty && answer.length == nil)
        #expect(answer.value(of: "ETag") != nil && answer.value(of: "Last-Modified") != nil)
        for name in ["Content-Type", "Content-Length", "Accept-Ranges", "Content-Range"] {
            #expect(answer.value(of: name) == nil)
        }
    }

    @Test(arguments: [
        ("/text", "If-None-Match: *", "GET", 304), ("/text", "If-None-Match: \"t\"", "GET", 200),
        ("/text", "If-None-Match: *", "POST", 412), ("/text", "If-Match: \"x\"", "GET", 412),
        ("/text", "If-Match: *", "GET", 200),
        ("/text", "If-Unmodified-Since: Mon, 28 Sep 1970 06:00:00 GMT", "GET", 200),
        ("/made", "If-Match: \"x\"", "GET", 201), ("/made", "If-None-Match: *", "GET", 201),
        ("/missing", "If-None-Match: *", "GET", 304), ("/missing", "If-Match: \"x\"", "GET", 412),
        ("/other/a.txt", "If-None-Match: \"other\"", "GET", 200),
        ("/a.txt", "If-Match: \"x\"", "HEAD", 412), ("/a.txt", "If-Match: \"x\"", "PUT", 405),
    ])
    func `a 200 is judged whoever makes it`(
        _ target: String, _ field: String, _ method: String, _ status: Int
    ) throws {
        let answer = try ask(target, field, method: method)
        #expect(answer.status == status)
        if status == 304 {
            #expect(answer.content.isEmpty && answer.length == nil)
            #expect(answer.value(of: "Content-Type") == nil)
        }
    }

    @Test func `fields are added to a 304`() throws {
        let answer = try ask("/other/a.txt", "If-None-Match: *")
        #expect(answer.status == 304)
        #expect(answer.value(of: "X-A") == "b")
        #expect(answer.value(of: "ETag") == "\"other\"")
    }

    // MARK: Ranges

    @Test func `one part is a 206 of its bytes`() throws {
        let answer = try ask("/a.txt", "Range: bytes=2-4")
        #expect(answer.status == 206)
        #expect(answer.content == "234" && answer.length == 3)
        #expect(answer.value(of: "Content-Range") == "bytes 2-4/10")
        #expect(answer.value(of: "Content-Type") == "text/plain")
        #expect(answer.value(of: "Accept-Ranges") == nil)
    }

    @Test func `several parts are one content in the order asked for`() throws {
        let answer = try ask("/a.txt", "Range: bytes=8-, 0-1")
        #expect(answer.status == 206)
        #expect(answer.value(of: "Content-Range") == nil)
        #expect(answer.length == answer.content.utf8.count)
        let type = try #require(answer.value(of: "Content-Type"))
        let prefix = "multipart/byteranges; boundary="
        #expect(type.hasPrefix(prefix))
        let boundary = type.dropFirst(prefix.count)
        let start = "\r\n--\(boundary)\r\nContent-Type: text/plain\r\nContent-Range: bytes"
        #expect(
            answer.content == """
                \(start) 8-9/10\r\n\r\n89\(start) 0-1/10\r\n\r\n01\
                \r\n--\(boundary)--\r\n
                """)
        #expect(answer.fields.components(of: "Content-Type: ") == 1)
    }

    @Test func `HEAD has the length of the parts and none of them`() throws {
        let answer = try ask("/a.txt", "Range: bytes=8-, 0-1", method: "HEAD")
        #expect(answer.status == 206)
        #expect(answer.content.isEmpty)
        #expect(answer.length == 2 * (24 + 26 + 23 + 6 + 4 + 2) + 28)
    }

    @Test(arguments: [
        ("/a.txt", "bytes=10-", 416), ("/a.txt", "bytes=x", 416), ("/empty.txt", "bytes=0-", 200),
        ("/empty.txt", "bytes=1-", 416), ("/a.txt", "bytes=0-9,0-0", 200),
        ("/two/a.txt", "bytes=0-0,2-2", 206), ("/two/a.txt", "bytes=0-0,2-2,4-4", 200),
        ("/two/a.txt", "bytes=0-0,2-2,99-", 206), ("/none/a.txt", "bytes=0-0", 200),
        ("/text", "bytes=0-0", 200), ("/made", "bytes=0-0", 201), ("/a.txt", "lines=1", 200),
        ("/missing", "bytes=0-0", 206),
    ])
    func `what a range leads to`(_ target: String, _ value: String, _ status: Int) throws {
        let answer = try ask(target, "Range: \(value)")
        #expect(answer.status == status)
        if status == 416 {
            let size = target == "/a.txt" ? 10 : 0
            #expect(answer.value(of: "Content-Range") == "bytes */\(size)")
        }
    }

    @Test func `without ranges nothing is said of them`() throws {
        #expect(try ask("/a.txt").value(of: "Accept-Ranges") == "bytes")
        #expect(try ask("/none/a.txt").value(of: "Accept-Ranges") == nil)
    }

    @Test func `many parts that would be more than the whole are the whole`() throws {
        let few = (0..<16).map { "\($0 * 2)-\($0 * 2)" }.joined(separator: ",")
        let many = (0..<17).map { "\($0 * 2)-\($0 * 2)" }.joined(separator: ",")
        #expect(try ask("/b.txt", "Range: bytes=\(few)").status == 206)
        #expect(try ask("/b.txt", "Range: bytes=\(many)").status == 200)
    }

    @Test(arguments: [
        ("/other/a.txt", "\"other\"", 206), ("/other/a.txt", "\"x\"", 200),
        ("/other/a.txt", "Mon, 28 Sep 1970 06:00:00 GMT", 206),
        ("/other/a.txt", "Mon, 28 Sep 1970 06:00:01 GMT", 200), ("/other/a.txt", "wrong", 200),
        ("/a.txt", "\"other\"", 200), ("/a.txt", "W/\"x\"", 200), ("/a.txt", "", 200),
    ])
    func `If-Range is about what the client sees`(
        _ target: String, _ value: String, _ status: Int
    ) throws {
        let answer = try ask(target, "Range: bytes=0-0", "If-Range: \(value)")
        #expect(answer.status == status)
        #expect(answer.content == (status == 206 ? "0" : "0123456789"))
    }

    @Test func `parts of a request do not reach the next`() throws {
        var bench = try Bench(Self.site, files: Self.files)
        let head = "GET /a.txt HTTP/1.1\r\nHost: a\r\n"
        let (slot, _) = try bench.begin(head + "Range: bytes=0-1,3-4\r\n\r\n")
        #expect(bench.exchanges[slot].response.parts != nil)
        bench.exchanges[slot].reset()
        bench.exchanges.release(slot)
        let (again, _) = try bench.begin(head + "\r\n")
        #expect(again == slot)
        #expect(bench.content(of: again).bytes == Array("0123456789".utf8))
        #expect(bench.exchanges[again].response.parts == nil)
    }
}

extension String {
    /// How often another text stands in it.
    fileprivate func components(of text: String) -> Int {
        split(separator: text, omittingEmptySubsequences: false).count - 1
    }
}
