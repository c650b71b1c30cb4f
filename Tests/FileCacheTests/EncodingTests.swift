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
        #expect(plain.coding == [])
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
        #expect(seen.coding == [])
        #expect(!seen.fields.contains("Vary"))
        #expect(desk.isHit(place.path(name), accepting: [.brotli, .gzip]))
    }

    @Test func `what does not get smaller stays as it is`() throws {
        let place = try Place()
        var noise = [UInt8](repeating: 0, count: 4096)
        for i in noise.indices { noise[i] = UInt8.random(in: 0...255) }
        try place.write("a.html", noise)
        let desk = Desk([Self.profile])
        #expect(desk.see(place.path("a.html"), accepting: [.gzip]).coding == [])
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
        #expect(desk.see(place.path("a.html"), accepting: [.brotli]).coding == [])
        desk.waitForBackground()
        #expect(desk.see(place.path("a.html"), accepting: [.brotli]).coding == .brotli)
        #expect(desk.see(place.path("a.html")).coding == [])
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
