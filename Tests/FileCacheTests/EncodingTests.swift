// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Encoded forms: made once, improved in the background, or found beside the file.

import EventLoop
import FileCache
import HTTP
import OS
import Testing

@Suite struct EncodingTests {
    static let page = String(repeating: "<p>text that repeats itself</p>\n", count: 400)

    static var profile: FileProfile {
        var profile = FileProfile()
        profile.encodings.gzip.makes = true
        profile.encodings.brotli.makes = true
        profile.encodings.hasVary = true
        return profile
    }

    @Test func `a small file is encoded for the first client that accepts it`() throws {
        let place = try Place()
        try place.write("a.html", Self.page)
        let desk = Desk([Self.profile])
        let plain = desk.see(place.path("a.html"))
        #expect(plain.coding == .identity)
        #expect(plain.content == Self.page)
        #expect(!desk.isHit(place.path("a.html"), accepting: [.gzip]))
        let gzip = desk.see(place.path("a.html"), accepting: [.gzip])
        #expect(gzip.coding == .gzip)
        #expect(gzip.fields.contains("Content-Encoding: gzip\r\n"))
        let brotli = desk.see(place.path("a.html"), accepting: [.brotli, .gzip])
        #expect(brotli.coding == .brotli)
        #expect(brotli.fields.contains("Content-Encoding: br\r\n"))
        #expect(Set([plain.entityTag, gzip.entityTag, brotli.entityTag]).count == 3)
        for seen in [plain, gzip, brotli] {
            #expect(seen.fields.contains("Vary: Accept-Encoding\r\n"))
        }
        for codings in [[], [.gzip], [.brotli], [.brotli, .gzip]] as [CodingPreference] {
            #expect(desk.isHit(place.path("a.html"), accepting: codings))
        }
        #expect(desk.see(place.path("a.html"), accepting: [.gzip]) == gzip)
    }

    @Test func `a change of the file changes its encodings`() throws {
        let place = try Place()
        try place.write("a.html", Self.page)
        let desk = Desk([Self.profile])
        let before = desk.see(place.path("a.html"), accepting: [.gzip])
        try place.write("a.html", Self.page + "more")
        let after = desk.see(place.path("a.html"), accepting: [.gzip])
        #expect(after.coding == .gzip)
        #expect(after.entityTag != before.entityTag)
    }

    @Test(arguments: [
        ("a.html", "short"), ("a.png", page), ("a", page), ("a.html", ""),
    ])
    func `a short file or one of another type is not encoded`(name: String, text: String) throws {
        let place = try Place()
        try place.write(name, text)
        let desk = Desk([Self.profile])
        let seen = desk.see(place.path(name), accepting: [.brotli, .gzip])
        #expect(seen.coding == .identity)
        #expect(!seen.fields.contains("Vary"))
        #expect(desk.isHit(place.path(name), accepting: [.brotli, .gzip]))
    }

    @Test func `what does not get smaller stays as it is`() throws {
        let place = try Place()
        var noise = [UInt8](repeating: 0, count: 4096)
        for i in noise.indices { noise[i] = UInt8.random(in: 0...255) }
        try place.write("a.html", noise)
        let desk = Desk([Self.profile])
        #expect(desk.see(place.path("a.html"), accepting: [.gzip]).coding == .identity)
        #expect(desk.isHit(place.path("a.html"), accepting: [.gzip]))
    }

    @Test func `both codings are improved in the background`() throws {
        let place = try Place()
        let text = (0..<1500).map { "line \($0 * $0) of a page\n" }.joined()
        try place.write("a.html", text)
        let desk = Desk([Self.profile], background: BackgroundWork(threadCountLimit: 1))
        let quick = ([[.gzip], [.brotli]] as [CodingPreference]).map {
            desk.see(place.path("a.html"), accepting: $0)
        }
        desk.waitForBackground()
        let best = ([[.gzip], [.brotli]] as [CodingPreference]).map {
            desk.see(place.path("a.html"), accepting: $0)
        }
        for i in 0..<2 {
            #expect(best[i].coding == quick[i].coding)
            #expect(best[i].byteCount < quick[i].byteCount)
            #expect(best[i].entityTag != quick[i].entityTag)
        }
    }

    @Test func `a large file is sent as it is until the background has encoded it`() throws {
        let place = try Place()
        try place.write("a.html", String(repeating: Self.page, count: 20))
        let desk = Desk([Self.profile], background: BackgroundWork(threadCountLimit: 1))
        #expect(desk.see(place.path("a.html"), accepting: [.brotli]).coding == .identity)
        desk.waitForBackground()
        #expect(desk.see(place.path("a.html"), accepting: [.brotli]).coding == .brotli)
        #expect(desk.see(place.path("a.html")).coding == .identity)
    }

    @Test func `siblings are used when they are there and not older`() throws {
        let place = try Place()
        try place.write("a.js", "plain")
        try place.write("a.js.gz", "gzip bytes")
        var profile = FileProfile()
        profile.encodings.gzip.siblings = .on
        profile.encodings.brotli.siblings = .on
        let desk = Desk([profile])
        let gzip = desk.see(place.path("a.js"), accepting: [.brotli, .gzip])
        #expect(gzip.coding == .gzip)
        #expect(gzip.content == "gzip bytes")
        #expect(desk.see(place.path("a.js")).content == "plain")
        try place.write("a.js.br", "brotli bytes")
        let brotli = desk.see(place.path("a.js"), accepting: [.brotli, .gzip])
        #expect(brotli.content == "brotli bytes")
        try place.remove("a.js.br")
        #expect(desk.see(place.path("a.js"), accepting: [.brotli, .gzip]) == gzip)
    }

    @Test func `each coding has its sibling`() throws {
        let place = try Place()
        try place.write("a.js", "plain")
        for name in ["br", "zst", "gz"] { try place.write("a.js.\(name)", name) }
        var profile = FileProfile()
        profile.encodings.gzip.siblings = .on
        profile.encodings.brotli.siblings = .on
        profile.encodings.zstd.siblings = .on
        profile.encodings.hasVary = true
        let desk = Desk([profile])
        let codings: [CodingPreference] = [[], [.gzip], [.zstd, .gzip], [.brotli, .zstd]]
        let seen = codings.map { desk.see(place.path("a.js"), accepting: $0) }
        #expect(seen.map(\.content) == ["plain", "gz", "zst", "br"])
        #expect(Set(seen.map(\.entityTag)).count == 4)
        for one in seen { #expect(one.fields.contains("Vary: Accept-Encoding\r\n")) }
    }

    @Test func `a sibling that is older is not used, unless always`() throws {
        let place = try Place()
        try place.write("a.js.gz", "old")
        try place.write("a.js", "plain")
        place.setModified("a.js.gz", seconds: 1_000_000)
        var profile = FileProfile()
        profile.encodings.gzip.siblings = .on
        var always = profile
        always.encodings.gzip.siblings = .always
        let desk = Desk([profile, always])
        #expect(desk.see(place.path("a.js"), accepting: [.gzip]).content == "plain")
        for codings in [[], [.gzip], [.brotli]] as [CodingPreference] {
            let seen = desk.see(place.path("a.js"), profile: 1, accepting: codings)
            #expect(seen.content == "old")
            #expect(seen.fields.contains("Content-Encoding: gzip\r\n"))
        }
    }

    @Test func `a sibling that is always sent needs no file beside it`() throws {
        let place = try Place()
        try place.write("a.js.gz", "alone")
        var profile = FileProfile()
        profile.encodings.gzip.siblings = .on
        var always = profile
        always.encodings.gzip.siblings = .always
        let desk = Desk([profile, always])
        #expect(desk.see(place.path("a.js"), accepting: [.gzip]).kind == .missing(.noSuchFile))
        let seen = desk.see(place.path("a.js"), profile: 1)
        #expect(seen.content == "alone")
        #expect(seen.fields.contains("javascript\r\n"), "\(seen.fields)")
        try place.remove("a.js.gz")
        #expect(desk.see(place.path("a.js"), profile: 1).kind == .missing(.noSuchFile))
    }

    @Test func `the tag of an encoding is the file's own with the coding, weak until the best`()
        throws
    {
        let place = try Place()
        try place.write("a.html", Self.page)
        let encoding = BackgroundWork(threadCountLimit: 1)
        let gate = Gate()
        #expect(encoding.submit { gate.wait() })
        let desk = Desk([Self.profile], background: encoding)
        let plain = desk.see(place.path("a.html")).entityTag
        let quick = desk.see(place.path("a.html"), accepting: [.brotli])
        #expect(quick.entityTag == "W/" + plain.dropLast() + "-br\"")
        #expect(!quick.fields.contains("Accept-Ranges"))
        gate.open()
        desk.waitForBackground()
        let best = desk.see(place.path("a.html"), accepting: [.brotli])
        #expect(best.entityTag == plain.dropLast() + "-br\"")
        // Parts of it may be had, which is not said.
        let form = desk.find(place.path("a.html"), accepting: [.brotli])
            .representation(accepting: [.brotli])
        #expect(form?.allowsRanges == true)
        #expect(!best.fields.contains("Accept-Ranges"))
        #expect(best.byteCount <= quick.byteCount)
    }

    @Test func `what is not there yet is to be streamed, what is given up is not`() throws {
        let place = try Place()
        try place.write("a.html", String(repeating: Self.page, count: 20))
        try place.write("b.html", Self.noise)
        let encoding = BackgroundWork(threadCountLimit: 1)
        let gate = Gate()
        #expect(encoding.submit { gate.wait() })
        let desk = Desk([Self.profile], background: encoding, loading: nil)
        for name in ["a.html", "b.html"] {
            let entry = desk.find(place.path(name), accepting: [.brotli])
            #expect(entry.codingToStream(accepting: [.brotli]) == .brotli)
            #expect(entry.codingToStream(accepting: []) == .identity)
            #expect(entry.codingToStream(accepting: [.zstd]) == .identity)
        }
        gate.open()
        desk.waitForBackground()
        for name in ["a.html", "b.html"] {
            let entry = desk.find(place.path(name), accepting: [.brotli])
            #expect(entry.codingToStream(accepting: [.brotli]) == .identity)
        }
        #expect(desk.see(place.path("a.html"), accepting: [.brotli]).coding == .brotli)
        #expect(desk.see(place.path("b.html"), accepting: [.brotli]).coding == .identity)
    }

    @Test func `a file that is too large to hold is encoded once all the same`() throws {
        let place = try Place()
        try place.write("a.html", String(repeating: Self.page, count: 20))
        var profile = Self.profile
        profile.contentByteLimit = 100_000
        let encoding = BackgroundWork(threadCountLimit: 1)
        let desk = Desk([profile], background: encoding, loading: encoding)
        let plain = desk.see(place.path("a.html"), accepting: [.gzip])
        #expect(plain.coding == .identity)
        #expect(plain.content == nil)
        desk.waitForBackground()
        let gzip = desk.see(place.path("a.html"), accepting: [.gzip])
        #expect(gzip.coding == .gzip)
        #expect(gzip.content != nil)
        #expect(gzip.entityTag == plain.entityTag.dropLast() + "-gz\"")
        #expect(desk.isHit(place.path("a.html"), accepting: [.gzip]))
    }

    @Test func `an encoding of a file that changes meanwhile is dropped`() throws {
        let place = try Place()
        try place.write("a.html", String(repeating: Self.page, count: 20))
        let encoding = BackgroundWork(threadCountLimit: 1)
        let gate = Gate()
        #expect(encoding.submit { gate.wait() })
        let desk = Desk([Self.profile], background: encoding)
        _ = desk.see(place.path("a.html"), accepting: [.gzip])
        try place.write("a.html", "another")
        #expect(desk.see(place.path("a.html")).content == "another")
        gate.open()
        desk.waitForBackground()
        #expect(desk.see(place.path("a.html"), accepting: [.gzip]).content == "another")
    }

    /// Bytes that no coding makes smaller.
    private static var noise: [UInt8] {
        var state: UInt64 = 1
        return (0..<100_000).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 40)
        }
    }

    @Test func `siblings that are directories are not used`() throws {
        let place = try Place()
        try place.write("a.js", "plain")
        try place.makeDirectory("a.js.gz")
        var profile = FileProfile()
        profile.encodings.gzip.siblings = .on
        let desk = Desk([profile])
        #expect(desk.see(place.path("a.js"), accepting: [.gzip]).content == "plain")
    }
}
