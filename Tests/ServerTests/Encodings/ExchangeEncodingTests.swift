// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Responses that are put into a coding while they are sent, or not.

import Compression
import Decoders
import HTTP
import Memory
import Testing

@testable import Server

@Suite struct ExchangeEncodingTests {
    private static let page = String(repeating: "<p>text</p>", count: 20)

    /// What is answered, with its content decoded.
    private struct Answer {
        var fields: String
        var content: String?
        var ratio: String?
    }

    private func answer(_ rest: String, _ request: String) throws -> Answer {
        var bench = try Bench("server { listen 127.0.0.1:80; \(rest) }")
        let (slot, step) = try bench.begin(request)
        #expect(step == .respond)
        let (bytes, last) = bench.content(of: slot)
        #expect(last == .end)
        let fields = String(
            decoding: bench.exchanges[slot].response.fields.copied(), as: UTF8.self)
        let content: [UInt8]? =
            if fields.contains("Content-Encoding: gzip\r\n") {
                decoded(bytes, .gzip)
            } else if fields.contains("Content-Encoding: br\r\n") {
                decoded(bytes, .brotli)
            } else if fields.contains("Content-Encoding: zstd\r\n") {
                decoded(bytes, .zstd)
            } else {
                bytes
            }
        let ratio = bench.exchanges[slot].value(of: .gzipRatio, &bench.services)
        return Answer(
            fields: fields, content: content.map { String(decoding: $0, as: UTF8.self) },
            ratio: ratio.map { String(decoding: bench.exchanges[slot].copy($0), as: UTF8.self) })
    }

    private static func request(_ fields: String, _ line: String = "GET / HTTP/1.1") -> String {
        "\(line)\r\nHost: a\r\n\(fields)\r\n"
    }

    private static let all = "gzip on; brotli on; zstd on; default_type text/html;"

    @Test(arguments: [
        ("gzip, br, zstd", "br"), ("gzip, zstd", "zstd"), ("gzip", "gzip"),
        ("br;q=0.1, gzip", "gzip"),
        ("identity", nil), ("", nil), ("gzip;q=0", nil), ("*", "br"),
    ])
    func `the coding is the one that the client prefers`(
        _ accepted: String, _ coding: String?
    ) throws {
        let answer = try answer(
            "\(Self.all) return 200 '\(Self.page)';",
            Self.request("Accept-Encoding: \(accepted)\r\n"))
        #expect(answer.content == Self.page)
        #expect(answer.fields.contains("Content-Encoding: ") == (coding != nil))
        if let coding { #expect(answer.fields.contains("Content-Encoding: \(coding)\r\n")) }
        #expect((answer.ratio != nil) == (coding != nil))
    }

    @Test(arguments: [
        // Types.
        ("default_type text/plain;", "", false),
        ("default_type text/plain; gzip_types *;", "", true),
        ("default_type Text/Plain; gzip_types text/plain;", "", true),
        ("default_type 'text/plain; charset=x'; gzip_types text/plain;", "", true),
        ("default_type text/plainer; gzip_types text/plain;", "", false),
        // Lengths.
        ("gzip_min_length 220;", "", true), ("gzip_min_length 221;", "", false),
        // What the response says.
        ("add_header Content-Encoding x;", "", false),
        ("add_header Content-Encoding '';", "", true),
        ("add_header Cache-Control no-transform;", "", false),
        ("add_header Cache-Control 'a, No-Transform';", "", false),
        // Old clients.
        ("gzip_http_version 1.1;", "", true),
        ("gzip_disable x;", "User-Agent: aXb\r\n", false),
        ("gzip_disable x;", "User-Agent: b\r\n", true), ("gzip_disable x;", "", true),
        ("gzip_disable msie6;", "User-Agent: Mozilla/4.0 (compatible; MSIE 6.0)\r\n", false),
        ("gzip_disable msie6;", "User-Agent: Mozilla/4.0 (MSIE 6.0; SV1)\r\n", true),
        ("gzip_disable msie6;", "User-Agent: Mozilla/4.0 (MSIE 7.0)\r\n", true),
        ("gzip_disable msie6;", "User-Agent: MSIE \r\n", true),
        // Other proxies.
        ("", "Via: x\r\n", false), ("gzip_proxied off;", "Via: x\r\n", false),
        ("gzip_proxied any;", "Via: x\r\n", true),
        ("gzip_proxied auth;", "Via: x\r\nAuthorization: y\r\n", true),
        ("gzip_proxied expired;", "Via: x\r\n", true),
        (
            "gzip_proxied expired; add_header Expires 'Thu, 01 Jan 1970 00:00:01 GMT';",
            "Via: x\r\n", true
        ),
        (
            "gzip_proxied expired; add_header Expires 'Thu, 01 Jan 2099 00:00:01 GMT';",
            "Via: x\r\n", false
        ),
        ("gzip_proxied expired; add_header Expires x;", "Via: x\r\n", false),
        (
            "gzip_proxied no-cache; add_header Expires 'Thu, 01 Jan 1970 00:00:01 GMT';",
            "Via: x\r\n", false
        ),
        ("gzip_proxied no-cache; add_header Cache-Control 'x, no-cache';", "Via: x\r\n", true),
        ("gzip_proxied no-store; add_header Cache-Control no-cache;", "Via: x\r\n", false),
        ("gzip_proxied private; add_header Cache-Control private;", "Via: x\r\n", true),
        ("gzip_proxied no_etag;", "Via: x\r\n", true),
        ("gzip_proxied no_etag; add_header ETag '\"x\"';", "Via: x\r\n", false),
        ("gzip_proxied no_last_modified; add_header ETag '\"x\"';", "Via: x\r\n", true),
    ])
    func `nginx's rules decide`(_ rules: String, _ fields: String, _ isEncoded: Bool) throws {
        let type = rules.contains("default_type") ? "" : "default_type text/html;"
        let answer = try answer(
            "gzip on; \(type) \(rules) return 200 '\(Self.page)';",
            Self.request("Accept-Encoding: gzip\r\n\(fields)"))
        #expect(answer.content == Self.page)
        #expect(answer.fields.contains("Content-Encoding: gzip\r\n") == isEncoded)
    }

    @Test(arguments: [
        (200, true), (201, false), (203, false), (403, true), (404, true), (400, false),
        (500, false),
    ])
    func `only some statuses are encoded`(_ status: Int, _ isEncoded: Bool) throws {
        let answer = try answer(
            "\(Self.all) return \(status) '\(Self.page)';",
            Self.request("Accept-Encoding: gzip\r\n"))
        #expect(answer.content == Self.page)
        #expect(answer.fields.contains("Content-Encoding: gzip\r\n") == isEncoded)
    }

    @Test func `HTTP/1.0 gets nothing encoded unless that is said`() throws {
        let request = Self.request("Accept-Encoding: gzip\r\n", "GET / HTTP/1.0")
        let rest = "\(Self.all) return 200 '\(Self.page)';"
        #expect(try !answer(rest, request).fields.contains("Content-Encoding"))
        let answer = try answer("gzip_http_version 1.0; " + rest, request)
        #expect(answer.fields.contains("Content-Encoding: gzip\r\n"))
    }

    @Test func `the fields say what became of the content`() throws {
        let fields = "add_header ETag '\"x\"'; add_header Accept-Ranges bytes; gzip_vary on;"
        let answer = try answer(
            "\(Self.all) \(fields) return 200 '\(Self.page)';",
            Self.request("Accept-Encoding: gzip\r\n"))
        #expect(answer.fields.contains("ETag: W/\"x\"\r\n"))
        #expect(answer.fields.contains("Vary: Accept-Encoding\r\n"))
        #expect(!answer.fields.contains("Accept-Ranges"))
        #expect(!answer.fields.contains("Content-Length"))
    }

    @Test(arguments: [
        ("W/\"x\"", "W/\"x\""), ("x", nil),
    ])
    func `a tag is weak afterwards or gone`(_ tag: String, _ expected: String?) throws {
        let answer = try answer(
            "\(Self.all) add_header ETag '\(tag)'; return 200 '\(Self.page)';",
            Self.request("Accept-Encoding: gzip\r\n"))
        #expect(answer.fields.contains("ETag") == (expected != nil))
        if let expected { #expect(answer.fields.contains("ETag: \(expected)\r\n")) }
    }

    @Test func `Vary is said once, and to clients that accept nothing, too`() throws {
        let rest = "\(Self.all) gzip_vary on; return 200 '\(Self.page)';"
        #expect(try answer(rest, Self.request("")).fields.contains("Vary: Accept-Encoding\r\n"))
        let twice = try answer(
            "add_header Vary 'Origin, accept-encoding'; " + rest,
            Self.request("Accept-Encoding: gzip\r\n"))
        #expect(!twice.fields.contains("Vary: Accept-Encoding\r\n"))
    }

    @Test func `HEAD is answered with the fields of GET`() throws {
        let rest = "\(Self.all) return 200 '\(Self.page)';"
        let answer = try answer(
            rest, Self.request("Accept-Encoding: gzip\r\n", "HEAD / HTTP/1.1"))
        #expect(answer.fields.contains("Content-Encoding: gzip\r\n"))
        #expect(answer.content == nil)
        #expect(answer.ratio == nil)
    }

    @Test func `the ratio is written with two decimals`() throws {
        let text = String(repeating: "a", count: 2000)
        let answer = try answer(
            "gzip on; default_type text/html; return 200 '\(text)';",
            Self.request("Accept-Encoding: gzip\r\n"))
        let ratio = try #require(answer.ratio.flatMap { Double($0) })
        #expect(ratio > 40)
        #expect(answer.ratio?.split(separator: ".").last?.count == 2)
    }
}
