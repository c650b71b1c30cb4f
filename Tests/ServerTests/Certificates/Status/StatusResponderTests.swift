// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Addresses of responders, and the requests that are sent there.

import Testing

@testable import Server

@Suite struct StatusResponderTests {
    @Test(arguments: [
        ("http://ocsp.example", "/", "ocsp.example"),
        ("HTTP://ocsp.example:80/", "/", "ocsp.example"),
        ("http://ocsp.example:8080/a", "/a/", "ocsp.example:8080"),
        ("http://[::1]:81/a/b/", "/a/b/", "[::1]:81"),
    ])
    func `a question follows the path of the responder`(
        _ text: String, _ start: String, _ host: String
    ) throws {
        let responder = try StatusResponder(parsing: Array(text.utf8))
        let request = String(decoding: responder.request([0xFB, 0xFF, 0xFE, 0]), as: UTF8.self)
        #expect(request == "GET \(start)%2B%2F%2F%2BAA%3D%3D HTTP/1.0\r\nHost: \(host)\r\n\r\n")
    }

    @Test(arguments: [
        ("https://ocsp.example/", "invalid URL prefix in OCSP responder \"https://ocsp.example/\""),
        ("http://", "invalid URL prefix in OCSP responder \"http://\""),
        ("http://:80/", "no host in OCSP responder \"http://:80/\""),
        ("http://a:x/", "invalid port in OCSP responder \"http://a:x/\""),
        ("http://unix:/run/docker.sock", "invalid host in OCSP responder"),
        ("http://a/b HTTP/1.1", "invalid URI in OCSP responder"),
        ("http://a/b\r\nX: y", "invalid URI in OCSP responder"),
        ("http://a\r\nX/", "invalid host in OCSP responder"),
    ])
    func `what is no address of a responder is refused`(_ text: String, _ message: String) {
        do throws(StatusResponder.Flaw) {
            _ = try StatusResponder(parsing: Array(text.utf8))
            Issue.record("it was taken")
        } catch {
            #expect(error.message.hasPrefix(message))
        }
    }

    @Test func `only the configuration may name a Unix socket`() throws {
        let text = Array("http://unix:/run/ocsp.sock:/status".utf8)
        let responder = try StatusResponder(parsing: text, allowsSockets: true)
        let request = String(decoding: responder.request([]), as: UTF8.self)
        #expect(request.hasPrefix("GET /status/ HTTP/1.0\r\n"))
    }
}
