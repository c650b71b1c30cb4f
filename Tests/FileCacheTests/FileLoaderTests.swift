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
        #expect(Desk().see(Array("/dev/null".utf8)).kind == .denied(.accessDenied))
    }

    @Test func `links are refused below a directory when the policy says so`() throws {
        let place = try Place()
        try place.makeDirectory("www")
        try place.write("secret", "secret")
        try place.write("www/open", "open")
        try place.link("www/inside", to: "open")
        try place.link("www/outside", to: "../secret")
        var refusing = FileProfile()
        refusing.symbolicLinks = .refuse(below: place.path("www"))
        var beneath = FileProfile()
        beneath.symbolicLinks = .beneath(place.path("www"))
        let desk = Desk([FileProfile(), refusing, beneath])
        let contents = ["open", "inside", "outside"].map { name in
            (0...2).map { desk.see(place.path("www/\(name)"), profile: $0).content }
        }
        #expect(contents[0] == ["open", "open", "open"])
        #expect(contents[1] == ["open", nil, "open"])
        #expect(contents[2] == ["secret", nil, nil])
        #expect(desk.see(place.path("www/outside"), profile: 1).kind == .denied(.loop))
        #expect(desk.see(place.path("www/outside"), profile: 2).kind == .denied(.crossesDevices))
        #expect(desk.see(place.path("secret"), profile: 2).kind == .denied(.crossesDevices))
        #expect(desk.see(place.path("www"), profile: 2).kind == .directory)
    }

    @Test func `a directory with a similar name is not below the root`() throws {
        let place = try Place()
        try place.makeDirectory("www")
        try place.makeDirectory("www2")
        try place.write("www2/a", "a")
        var profile = FileProfile()
        profile.symbolicLinks = .beneath(place.path("www"))
        #expect(Desk([profile]).see(place.path("www2/a")).content == nil)
    }
}
