// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is answered for a path, and that it stays true when the file system changes.

import FileCache
import HTTP
import OS
import Testing

@Suite struct FileCacheTests {
    @Test func `a file is read once and then hit`() throws {
        let place = try Place()
        try place.write("a.txt", "hello")
        let desk = Desk()
        #expect(!desk.isHit(place.path("a.txt")))
        let seen = desk.see(place.path("a.txt"))
        #expect(seen.kind == .file)
        #expect(seen.content == "hello")
        #expect(desk.isHit(place.path("a.txt")))
        #expect(desk.cache.statistics.entryCount == 1)
    }

    @Test func `a second view takes what the first has loaded`() throws {
        let place = try Place()
        try place.write("a.txt", "hello")
        let desk = Desk()
        _ = desk.see(place.path("a.txt"))
        var other = desk.cache.view()
        let entry = other.find(
            profile: 0, path: place.path("a.txt").span, accepting: [], now: desk.now)
        #expect(entry.kind == .file)
        #expect(desk.cache.statistics.entryCount == 1)
    }

    @Test func `a directory is not a file`() throws {
        let place = try Place()
        try place.makeDirectory("d")
        let desk = Desk()
        #expect(desk.see(place.path("d")) == Seen(kind: .directory))
        #expect(desk.isHit(place.path("d")))
    }

    @Test func `what is missing is remembered until it is made`() throws {
        let place = try Place()
        let desk = Desk()
        #expect(desk.see(place.path("a.txt")).kind == .missing(.noSuchFile))
        #expect(desk.isHit(place.path("a.txt")))
        try place.write("a.txt", "now")
        #expect(!desk.isHit(place.path("a.txt")))
        #expect(desk.see(place.path("a.txt")).content == "now")
    }

    @Test func `what is missing below a missing directory is remembered until all is made`() throws
    {
        let place = try Place()
        let desk = Desk()
        #expect(desk.see(place.path("a/b/c.txt")).kind == .missing(.noSuchFile))
        #expect(desk.isHit(place.path("a/b/c.txt")))
        try place.makeDirectory("a")
        #expect(desk.see(place.path("a/b/c.txt")).kind == .missing(.noSuchFile))
        try place.makeDirectory("a/b")
        try place.write("a/b/c.txt", "deep")
        #expect(desk.see(place.path("a/b/c.txt")).content == "deep")
    }

    @Test func `a file in the way of a directory is missing`() throws {
        let place = try Place()
        try place.write("a", "file")
        let desk = Desk()
        #expect(desk.see(place.path("a/b")).kind == .missing(.notDirectory))
    }

    @Test(arguments: [
        "\0", String(repeating: "x", count: 300), String(repeating: "y/", count: 3000),
    ])
    func `a name that no file can have is missing`(name: String) throws {
        let place = try Place()
        let desk = Desk()
        switch desk.see(place.path(name)).kind {
        case .missing: break
        case let other: Issue.record("\(other)")
        }
    }

    @Test func `a change of the contents is seen`() throws {
        let place = try Place()
        try place.write("a.txt", "old")
        let desk = Desk()
        let before = desk.see(place.path("a.txt"))
        try place.write("a.txt", "new")
        #expect(!desk.isHit(place.path("a.txt")))
        let after = desk.see(place.path("a.txt"))
        #expect(after.content == "new")
        #expect(before.entityTag != after.entityTag)
    }

    @Test func `a file renamed over another is seen`() throws {
        let place = try Place()
        try place.write("a.txt", "old")
        try place.write("b.txt", "new")
        let desk = Desk()
        _ = desk.see(place.path("a.txt"))
        try place.rename("b.txt", to: "a.txt")
        #expect(desk.see(place.path("a.txt")).content == "new")
        #expect(desk.see(place.path("b.txt")).kind == .missing(.noSuchFile))
    }

    @Test func `a removed file is missing`() throws {
        let place = try Place()
        try place.write("a.txt", "old")
        let desk = Desk()
        _ = desk.see(place.path("a.txt"))
        try place.remove("a.txt")
        #expect(desk.see(place.path("a.txt")).kind == .missing(.noSuchFile))
    }

    @Test func `a renamed parent directory is seen, and its successor watched`() throws {
        let place = try Place()
        try place.makeDirectory("live")
        try place.makeDirectory("live/js")
        try place.write("live/js/a.txt", "old")
        try place.makeDirectory("next")
        try place.makeDirectory("next/js")
        try place.write("next/js/a.txt", "new")
        let desk = Desk()
        #expect(desk.see(place.path("live/js/a.txt")).content == "old")
        try place.rename("live", to: "previous")
        try place.rename("next", to: "live")
        #expect(desk.see(place.path("live/js/a.txt")).content == "new")
        try place.write("live/js/a.txt", "newer")
        #expect(desk.see(place.path("live/js/a.txt")).content == "newer")
    }

    @Test func `a symbolic link on the way that points elsewhere is seen`() throws {
        let place = try Place()
        for release in ["1", "2"] {
            try place.makeDirectory(release)
            try place.write("\(release)/a.txt", "release \(release)")
        }
        try place.link("current", to: "1")
        let desk = Desk()
        #expect(desk.see(place.path("current/a.txt")).content == "release 1")
        #expect(desk.isHit(place.path("current/a.txt")))
        try place.link("fresh", to: "2")
        try place.rename("fresh", to: "current")
        #expect(desk.see(place.path("current/a.txt")).content == "release 2")
        try place.write("2/a.txt", "changed")
        #expect(desk.see(place.path("current/a.txt")).content == "changed")
    }

    @Test func `a link in the middle of a chain of links is watched`() throws {
        let place = try Place()
        try place.makeDirectory("away")
        try place.makeDirectory("www")
        try place.write("away/1.txt", "one")
        try place.write("away/2.txt", "two")
        try place.link("away/middle", to: "1.txt")
        try place.link("www/a.txt", to: "../away/middle")
        let desk = Desk()
        #expect(desk.see(place.path("www/a.txt")).content == "one")
        try place.write("away/1.txt", "uno")
        #expect(desk.see(place.path("www/a.txt")).content == "uno")
        try place.remove("away/middle")
        #expect(desk.see(place.path("www/a.txt")).kind == .missing(.noSuchFile))
        try place.link("away/middle", to: "2.txt")
        #expect(desk.see(place.path("www/a.txt")).content == "two")
    }

    @Test func `names in a folder for all on the way are nobody's business`() throws {
        let place = try Place()
        try place.makeDirectory("d")
        try place.write("d/a", "old")
        let desk = Desk()
        #expect(desk.see(place.path("d/a")).content == "old")
        // The place itself is in /tmp.
        let other = try Place()
        try other.write("x", "x")
        #expect(!desk.cache.hasEvents)
        try place.rename("d", to: "e")
        #expect(desk.cache.hasEvents)
        #expect(desk.see(place.path("d/a")).kind == .missing(.noSuchFile))
    }

    @Test func `a folder in /tmp is seen to be removed and made again`() throws {
        var place: Place? = try Place()
        let path = try #require(place).path("a")
        let root = try #require(place).root
        try #require(place).write("a", "old")
        let desk = Desk()
        #expect(desk.see(path).content == "old")
        place = nil
        #expect(desk.see(path).kind == .missing(.noSuchFile))
        try FileSystem.makeDirectory(root)
        let file = try FileSystem.open(path, [.write, .create])
        try file.writeAll(Array("new".utf8).span)
        #expect(desk.see(path).content == "new")
        try FileSystem.unlink(path)
        try FileSystem.removeDirectory(root)
        #expect(desk.see(path).kind == .missing(.noSuchFile))
    }

    @Test func `links in a circle are denied`() throws {
        let place = try Place()
        try place.link("a", to: "b")
        try place.link("b", to: "a")
        let desk = Desk()
        #expect(desk.see(place.path("a")).kind == .denied(.loop))
    }
}
