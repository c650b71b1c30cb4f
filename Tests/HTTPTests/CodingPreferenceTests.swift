// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Testing

@Suite struct CodingPreferenceTests {
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
        #expect(CodingPreference(accepting: bytes(value).span).best(of: available) == expected)
    }

    private static let orderings: [(String, CodingPreference, refusesIdentity: Bool)] = [
        ("gzip, deflate, br, zstd", [.brotli, .zstd, .gzip], false),
        ("gzip;q=1.0, br;q=0.5, zstd;q=0.7", [.gzip, .zstd, .brotli], false),
        ("*", [.brotli, .zstd, .gzip], false),
        ("*;q=0.3, gzip", [.gzip, .brotli, .zstd], false),
        ("br, *;q=0", [.brotli], true),
        ("gzip, identity;q=0", [.gzip], true),
        ("identity;q=0", [], true),
        ("*;q=0", [], true),
        ("*;q=0, identity;q=0.1", [], false),
        ("identity, gzip", [.gzip], false),
        ("identity, gzip;q=0.9, br;q=1", [.brotli], false),
        ("gzip;q=1.001", [], false),
        ("gzip;q=-1", [], false),
        ("gzip;q=", [], false),
        ("gzip;q=0.1234", [], false),
        ("x-gzip;q=0.2, zstd;q=0.1", [.gzip, .zstd], false),
        ("deflate", [], false),
        ("", [], false),
    ]

    @Test(
        "Codings are ordered by their weights, and of equals the smaller first",
        arguments: orderings)
    func orders(value: String, expected: CodingPreference, refusesIdentity: Bool) {
        let preference = CodingPreference(accepting: bytes(value).span)
        #expect(Self.list(preference) == Self.list(expected))
        #expect(preference.refusesIdentity == refusesIdentity)
        #expect(preference.isEmpty == Self.list(expected).isEmpty)
    }

    @Test("What is not offered leaves the order of the others")
    func intersects() {
        let preference: CodingPreference = [.zstd, .gzip, .brotli]
        #expect(preference.intersection([.brotli, .zstd]) == [.zstd, .brotli])
        #expect(preference.intersection(Self.all) == preference)
        #expect(preference.intersection([]) == [])
    }

    @Test("What is better than a coding comes before it")
    func compares() {
        let preference: CodingPreference = [.zstd, .gzip]
        #expect(preference.codings(better: .identity) == [.zstd, .gzip])
        #expect(preference.codings(better: .gzip) == .zstd)
        #expect(preference.codings(better: .zstd) == [])
        #expect(preference.codings(better: .brotli) == [.zstd, .gzip])
    }

    @Test("A list names each coding once")
    func literals() {
        #expect([.gzip, .identity, .gzip, .brotli] as CodingPreference == [.gzip, .brotli])
    }

    private static func list(_ preference: CodingPreference) -> [ContentCoding] {
        (0..<4).compactMap { preference.coding(at: $0) }
    }
}
