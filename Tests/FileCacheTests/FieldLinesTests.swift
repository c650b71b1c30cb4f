// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the field lines of an answer say.

import FileCache
import HTTP
import Memory
import OS
import Testing

@Suite struct FieldLinesTests {
    @Test func `a file has length, ranges, type, date and tag, each on a line`() throws {
        let place = try Place()
        try place.write("a.html", "hello")
        let desk = Desk()
        let seen = desk.see(place.path("a.html"))
        let lines = seen.fields.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.count == 6)
        #expect(lines[0] == "Accept-Ranges: bytes")
        #expect(lines[1] == "Content-Length: 5")
        #expect(lines[2] == "Content-Type: text/html")
        #expect(lines[3].hasPrefix("Last-Modified: ") && lines[3].hasSuffix(" GMT"))
        #expect(lines[4] == "ETag: \(seen.entityTag)")
        #expect(lines[5] == "")
    }

    @Test func `parts and 304 have fewer lines`() throws {
        let place = try Place()
        try place.write("a.html", "hello")
        var profile = FileProfile()
        profile.hasLastModified = false
        profile.entityTags = .none
        profile.extraFieldLines = Array("X-A: b\r\n".utf8)
        let desk = Desk([profile])
        let form = desk.form(place.path("a.html"))
        #expect(text(form.fieldsOfPart) == "Content-Type: text/html\r\nX-A: b\r\n")
        #expect(text(form.fieldsOfNotModified) == "X-A: b\r\n")
        #expect(text(form.entityTag) == "")
        #expect(form.allowsRanges)
        #expect(desk.cache.statistics.entryCount == 1)
    }

    @Test func `a page for an error has neither date nor ranges`() throws {
        let place = try Place()
        try place.write("a.html", "hello")
        let desk = Desk()
        let form = desk.form(place.path("a.html"))
        var lines = Buffer(capacity: 0)
        form.appendFieldsOfErrorPage(to: &lines)
        #expect(
            text(lines.readable)
                == "Content-Length: 5\r\nContent-Type: text/html\r\n"
                + "ETag: \(text(form.entityTag))\r\n")
    }

    @Test(arguments: [
        ("a.html", "text/html; charset=utf-8"), ("A.HTML", "text/html; charset=utf-8"),
        ("a.js", "application/javascript"), ("a.unknown", "application/octet-stream"),
        ("html", "application/octet-stream"), ("a.", "application/octet-stream"),
    ])
    func `the media type comes from the extension`(name: String, type: String) throws {
        let place = try Place()
        try place.write(name, "x")
        var profile = FileProfile()
        profile.defaultType = Array("application/octet-stream".utf8)
        profile.charset = Array("; charset=utf-8".utf8)
        profile.charsetTypes = [Array("text/html".utf8)]
        let desk = Desk([profile])
        #expect(desk.see(place.path(name)).fields.contains("Content-Type: \(type)\r\n"))
    }

    @Test func `nginx's tag is made of time and size`() throws {
        let place = try Place()
        try place.write("a.html", "hello")
        var profile = FileProfile()
        profile.entityTags = .nginx
        let desk = Desk([profile])
        let seconds = try FileSystem.status(place.path("a.html")).modifiedSeconds
        #expect(
            desk.see(place.path("a.html")).entityTag == "\"\(String(seconds, radix: 16))-5\"")
    }

    @Test func `nginx's tag of what is encoded here is weak, and has no ranges`() throws {
        let place = try Place()
        try place.write("a.html", EncodingTests.page)
        var profile = EncodingTests.profile
        profile.entityTags = .nginx
        let desk = Desk([profile])
        let seen = desk.see(place.path("a.html"), accepting: [.gzip])
        #expect(seen.coding == .gzip)
        #expect(seen.entityTag.hasPrefix("W/\""))
        #expect(!seen.fields.contains("Accept-Ranges"))
    }

    @Test func `the same content has the same tag whatever its date`() throws {
        let place = try Place()
        try place.write("a.html", "hello")
        try place.write("b.html", "hello")
        try place.write("c.html", "hellO")
        let desk = Desk()
        let tags = ["a.html", "b.html", "c.html"].map { desk.see(place.path($0)).entityTag }
        #expect(tags[0] == tags[1])
        #expect(tags[0] != tags[2])
    }

    @Test(arguments: [
        ("index.html", "no-cache"), ("logo.png", "no-cache"),
        ("index-BxY3k2Pq.js", "public, max-age=31536000, immutable"),
    ])
    func `files are revalidated unless their name has a hash`(name: String, rule: String) throws {
        let place = try Place()
        try place.write(name, "x")
        var profile = FileProfile()
        profile.hasAutomaticCacheControl = true
        let desk = Desk([profile])
        #expect(desk.see(place.path(name)).fields.contains("Cache-Control: \(rule)\r\n"))
    }

    @Test func `each profile has its own answer for the same file`() throws {
        let place = try Place()
        try place.write("a", "x")
        var other = FileProfile()
        other.defaultType = Array("text/x-other".utf8)
        let desk = Desk([FileProfile(), other])
        #expect(desk.see(place.path("a"), profile: 0).fields.contains("text/plain"))
        #expect(desk.see(place.path("a"), profile: 1).fields.contains("text/x-other"))
        try place.write("a", "changed")
        #expect(desk.see(place.path("a"), profile: 0).content == "changed")
        #expect(desk.see(place.path("a"), profile: 1).content == "changed")
    }
}
