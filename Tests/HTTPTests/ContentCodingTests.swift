// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Testing

@Suite struct ContentCodingTests {
    private static let all: ContentCodingSet = [.gzip, .brotli, .zstd]

    private static let values: [(String, ContentCodingSet, ContentCoding)] = [
        ("gzip, deflate, br, zstd", all, .brotli),
        ("gzip, deflate, zstd", all, .zstd),
        ("gzip, deflate, br", .gzip, .gzip),
        ("gzip;q=1.0, br;q=0.5", all, .gzip),
        ("gzip;q=0", all, .identity),
        ("gzip;q=0.000", all, .identity),
        ("GZIP", all, .gzip),
        ("x-gzip", all, .gzip),
        ("br;q=0, *", all, .zstd),
        ("*;q=0", all, .identity),
        ("*", .gzip, .gzip),
        ("identity", all, .identity),
        ("identity;q=0.5, gzip;q=0.1", all, .identity),
        ("identity;q=0", all, .identity),
        ("gzip;q=2", all, .identity),
        ("gzip;q=x", all, .identity),
        ("gzip;q=0.5x", all, .identity),
        ("gzip ; q=0.5 , br ; Q=0.4", all, .gzip),
        ("gzip;a=b;q=0", all, .identity),
        ("gzipped", all, .identity),
        ("", all, .identity),
        ("br", [], .identity),
        (",,gzip,,", all, .gzip),
    ]

    @Test("The coding with the greatest weight is chosen", arguments: values)
    func negotiates(value: String, available: ContentCodingSet, expected: ContentCoding) {
        #expect(AcceptEncoding.negotiate(bytes(value).span, available: available) == expected)
    }

    @Test("gzip must be named to be accepted as nginx does")
    func namesGzip() {
        #expect(AcceptEncoding.namesGzip(bytes("deflate, gzip;q=0.1").span) == true)
        #expect(AcceptEncoding.namesGzip(bytes("*").span) == false)
        #expect(AcceptEncoding.namesGzip(bytes("gzip;q=0").span) == false)
        #expect(AcceptEncoding.accepted(bytes("br, *;q=0").span) == .brotli)
        #expect(AcceptEncoding.accepted(bytes("*").span) == Self.all)
    }
}
