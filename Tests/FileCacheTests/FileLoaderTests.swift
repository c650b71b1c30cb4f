// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which files are opened, which are refused, and how large ones are held.

import FileCache
import HTTP
import OS
import Testing

@Suite struct FileLoaderTests {
    @Test func `a file over the limit is held open, not read`() throws {
        let place = try Place()
        try place.write("a.bin", [UInt8](repeating: 7, count: 1001))
        var profile = FileProfile()
        profile.contentByteLimit = 1000
        let desk = Desk([profile])
        let form = desk.form(place.path("a.bin"))
        #expect(!form.isInMemory)
        #expect(text(form.content) == "")
        #expect(form.byteCount == 1001)
        #expect(form.descriptorNumber != nil)
        #expect(text(form.entityTag) != "")
        #expect(desk.cache.statistics.descriptorCount == 1)
        try place.remove("a.bin")
        #expect(desk.see(place.path("a.bin")).kind == .missing(.noSuchFile))
        #expect(desk.cache.statistics.descriptorCount == 0)
    }

    @Test func `a file of exactly the limit is in memory`() throws {
        let place = try Place()
        try place.write("a.bin", [UInt8](repeating: 7, count: 1000))
        var profile = FileProfile()
        profile.contentByteLimit = 1000
        let desk = Desk([profile])
        let form = desk.form(place.path("a.bin"))
        #expect(form.isInMemory)
        #expect(desk.cache.statistics.descriptorCount == 0)
    }

    @Test func `an empty file is a file`() throws {
        let place = try Place()
        try place.write("a", "")
        let seen = Desk().see(place.path("a"))
        #expect(seen.content == "")
        #expect(seen.fields.contains("\r\nContent-Length: 0\r\n"))
    }

    @Test func `a device is denied`() throws {
        #expect(Desk().see(Array("/dev/null".utf8)).kind == .denied(.noSuchDevice))
    }

    @Test func `links are refused in the part of a path that is not trusted`() throws {
        let place = try Place()
        try place.makeDirectory("www")
        try place.write("secret", "secret")
        try place.write("www/open", "open")
        try place.link("www/inside", to: "open")
        try place.link("www/outside", to: "../secret")
        try place.link("current", to: "www")
        let profiles = [SymbolicLinkPolicy.follow, .refuse, .refuseOthers, .beneath].map { policy in
            var profile = FileProfile()
            profile.symbolicLinks = policy
            return profile
        }
        let desk = Desk(profiles)
        let contents = ["open", "inside", "outside"].map { name in
            (0...3).map { desk.see(place.path("current//\(name)"), profile: $0).content }
        }
        #expect(contents[0] == ["open", "open", "open", "open"])
        #expect(contents[1] == ["open", nil, "open", "open"])
        #expect(contents[2] == ["secret", nil, "secret", nil])
        #expect(desk.see(place.path("www//outside"), profile: 1).kind == .denied(.loop))
        #expect(desk.see(place.path("www//outside"), profile: 3).kind == .denied(.crossesDevices))
        #expect(desk.see(place.path("current/open"), profile: 1).kind == .missing(.notDirectory))
        #expect(desk.see(place.path("www/open"), profile: 1).content == "open")
        #expect(desk.see(place.path("www"), profile: 3).kind == .directory)
    }

    @Test func `what is wholly trusted is opened wherever it leads`() throws {
        let place = try Place()
        try place.write("a.html", "a")
        try place.link("b.html", to: "a.html")
        var profile = FileProfile()
        profile.symbolicLinks = .refuse
        let seen = Desk([profile]).see(Array("/".utf8) + place.path("b.html"))
        #expect(seen.content == "a")
        #expect(seen.fields.contains("text/html"))
    }
}
