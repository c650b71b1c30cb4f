// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Where the kernel cannot watch, files are looked at again after a second.

import FileCache
import HTTP
import OS
import Testing

@Suite struct RevalidationTests {
    @Test func `an unwatched file is a hit for a second and is then looked at`() throws {
        let place = try Place()
        try place.write("a", "old")
        let desk = Desk(isWatching: false)
        #expect(desk.cache.watchDescriptor == nil)
        #expect(desk.see(place.path("a")).content == "old")
        try place.write("a", "newer")
        desk.now = desk.now + 999
        #expect(desk.isHit(place.path("a")))
        #expect(desk.see(place.path("a")).content == "old")
        desk.now = desk.now + 1
        #expect(!desk.isHit(place.path("a")))
        #expect(desk.see(place.path("a")).content == "newer")
    }

    @Test func `an unwatched file holds for as long as the profile says`() throws {
        let place = try Place()
        try place.write("a", "old")
        var profile = FileProfile()
        profile.checkIntervalMilliseconds = 0
        let desk = Desk([profile], isWatching: false)
        #expect(desk.see(place.path("a")).content == "old")
        try place.write("a", "newer")
        #expect(desk.see(place.path("a")).content == "newer")
    }

    @Test func `what is unchanged is kept for another second`() throws {
        let place = try Place()
        try place.write("a", "old")
        let desk = Desk(isWatching: false)
        let before = desk.find(place.path("a"))
        desk.now = desk.now + 5000
        #expect(!desk.isHit(place.path("a")))
        #expect(desk.find(place.path("a")) == before)
        #expect(desk.isHit(place.path("a")))
    }

    @Test func `where no more directories can be watched files are looked at`() throws {
        let place = try Place()
        try place.makeDirectory("d")
        try place.write("a", "old")
        try place.write("d/b", "old")
        var limits = FileCacheLimits()
        limits.watchLimit = 3
        let desk = Desk(limits: limits)
        for name in ["a", "d/b"] { #expect(desk.see(place.path(name)).content == "old") }
        #expect(desk.cache.statistics.watchCount == 3)
        for name in ["a", "d/b"] { try place.write(name, "newer") }
        #expect(desk.see(place.path("a")).content == "newer")
        #expect(desk.see(place.path("d/b")).content == "old")
        desk.now = desk.now + 1000
        #expect(desk.see(place.path("d/b")).content == "newer")
        #expect(desk.see(place.path("no/c")).kind == .missing(.noSuchFile))
    }

    @Test func `an unwatched name that is made is found after a second`() throws {
        let place = try Place()
        let desk = Desk(isWatching: false)
        #expect(desk.see(place.path("a")).kind == .missing(.noSuchFile))
        try place.write("a", "made")
        desk.now = desk.now + 1000
        #expect(desk.see(place.path("a")).content == "made")
        try place.remove("a")
        desk.now = desk.now + 1000
        #expect(desk.see(place.path("a")).kind == .missing(.noSuchFile))
    }

    @Test func `an unwatched sibling that is made is found after a second`() throws {
        let place = try Place()
        try place.write("a", "plain")
        var profile = FileProfile()
        profile.encodings.gzip.siblings = .on
        let desk = Desk([profile], isWatching: false)
        #expect(desk.see(place.path("a"), accepting: [.gzip]).content == "plain")
        try place.write("a.gz", "zipped")
        desk.now = desk.now + 1000
        #expect(desk.see(place.path("a"), accepting: [.gzip]).content == "zipped")
    }
}
