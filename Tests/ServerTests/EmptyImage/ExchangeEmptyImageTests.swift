// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The image of one pixel.

import Memory
import Testing

@testable import Server

@Suite struct ExchangeEmptyImageTests {
    @Test(arguments: [("GET", 200), ("HEAD", 200), ("POST", 405)])
    func `it is a GIF with the date of nginx's`(_ method: String, _ status: Int) throws {
        var bench = try Bench("server { listen 80; location / { empty_gif; } }")
        let (slot, step) = try bench.begin(
            "\(method) / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        #expect(step == .respond)
        #expect(bench.exchanges[slot].response.status == status)
        guard status == 200 else { return }
        let fields = String(
            decoding: bench.exchanges[slot].response.fields.copied(), as: UTF8.self)
        #expect(fields.contains("Content-Type: image/gif\r\n"))
        #expect(fields.contains("Last-Modified: Mon, 28 Sep 1970 06:00:00 GMT\r\n"))
        #expect(bench.exchanges[slot].response.contentLength == 43)
        guard method == "GET" else { return }
        let content = bench.content(of: slot).bytes
        #expect(content.count == 43)
        #expect(content.starts(with: bytes("GIF89a")) && content.last == UInt8(ascii: ";"))
    }
}
