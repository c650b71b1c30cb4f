// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The cache is bounded, and serves on when it is full.

import EventLoop
import FileCache
import HTTP
import OS
import Testing

@Suite struct CacheTableTests {
    @Test func `the bytes held stay below the limit, and every file is answered`() throws {
        let place = try Place()
        for i in 0..<40 {
            try place.write("f\(i)", [UInt8](repeating: UInt8(i), count: 10_000))
        }
        var limits = FileCacheLimits()
        limits.byteLimit = 100_000
        let desk = Desk(limits: limits)
        for round in 0..<3 {
            for i in 0..<40 {
                let form = desk.form(place.path("f\(i)"))
                let (count, last) = (form.content.count, form.content[9_999])
                #expect(count == 10_000 && last == UInt8(i))
                #expect(desk.cache.statistics.heldByteCount <= 100_000, "round \(round)")
            }
        }
        #expect(desk.cache.statistics.entryCount > 5)
    }

    @Test func `what is used stays when what is not used goes`() throws {
        let place = try Place()
        try place.write("hot", [UInt8](repeating: 1, count: 5_000))
        for i in 0..<100 { try place.write("f\(i)", [UInt8](repeating: 0, count: 5_000)) }
        var limits = FileCacheLimits()
        limits.byteLimit = 60_000
        let desk = Desk(limits: limits)
        let hot = desk.find(place.path("hot"))
        for i in 0..<100 {
            _ = desk.find(place.path("f\(i)"))
            #expect(desk.isHit(place.path("hot")), "after \(i)")
        }
        #expect(desk.find(place.path("hot")) == hot)
    }

    @Test func `the number of entries is limited`() throws {
        let place = try Place()
        for i in 0..<30 { try place.write("f\(i)", "\(i)") }
        var limits = FileCacheLimits()
        limits.entryLimit = 10
        let desk = Desk(limits: limits)
        for i in 0..<30 { #expect(desk.see(place.path("f\(i)")).content == "\(i)") }
        #expect(desk.cache.statistics.entryCount == 10)
    }

    @Test func `a flood of wrong names does not push out files`() throws {
        let place = try Place()
        try place.write("a", "a")
        var limits = FileCacheLimits()
        limits.entryLimit = 100
        limits.negativeEntryLimit = 10
        let desk = Desk(limits: limits)
        _ = desk.see(place.path("a"))
        for i in 0..<500 {
            #expect(desk.see(place.path("no\(i)")).kind == .missing(.noSuchFile))
        }
        #expect(desk.isHit(place.path("a")))
        #expect(desk.cache.statistics.negativeEntryCount == 10)
        #expect(desk.cache.statistics.entryCount == 11)
    }

    @Test func `the number of open files is limited`() throws {
        let place = try Place()
        for i in 0..<10 { try place.write("f\(i)", "more than one byte") }
        var limits = FileCacheLimits()
        limits.descriptorLimit = 3
        var profile = FileProfile()
        profile.contentByteLimit = 1
        let desk = Desk([profile], limits: limits)
        for i in 0..<10 { #expect(desk.form(place.path("f\(i)")).descriptorNumber != nil) }
        #expect(desk.cache.statistics.descriptorCount == 3)
    }

    @Test func `a cache without room serves on`() throws {
        let place = try Place()
        try place.write("a", "content")
        var limits = FileCacheLimits()
        limits.byteLimit = 0
        let desk = Desk(limits: limits)
        #expect(desk.see(place.path("a")).content == "content")
        #expect(desk.cache.statistics.entryCount == 0)
        #expect(desk.cache.statistics.heldByteCount == 0)
    }

    @Test func `what is not to be remembered is looked at each time`() throws {
        let place = try Place()
        try place.write("a", "old")
        try place.write("large", [UInt8](repeating: 1, count: 100_000))
        var profile = FileProfile()
        profile.remembers = false
        let desk = Desk([profile], loading: BackgroundWork(threadCountLimit: 1))
        #expect(desk.see(place.path("a")).content == "old")
        #expect(!desk.isHit(place.path("a")))
        try place.write("a", "new")
        #expect(desk.see(place.path("a")).content == "new")
        #expect(desk.form(place.path("large")).descriptorNumber != nil)
        let awaits = desk.find(place.path("large")).awaitsContent
        #expect(!awaits)
        #expect(desk.cache.statistics.entryCount == 0)
        #expect(desk.cache.statistics.watchCount == 0)
    }

    @Test func `errors are not remembered where that is said`() throws {
        let place = try Place()
        try place.write("a", "a")
        var profile = FileProfile()
        profile.remembersErrors = false
        let desk = Desk([profile])
        #expect(desk.see(place.path("no")).kind == .missing(.noSuchFile))
        #expect(!desk.isHit(place.path("no")))
        _ = desk.see(place.path("a"))
        #expect(desk.isHit(place.path("a")))
        #expect(desk.cache.statistics.entryCount == 1)
    }

    @Test func `what leaves the cache takes its watches along`() throws {
        let place = try Place()
        try place.makeDirectory("d")
        try place.write("d/a", "a")
        let desk = Desk()
        _ = desk.see(place.path("d/a"))
        #expect(desk.cache.statistics.watchCount == 4)
        desk.cache.removeAll()
        #expect(desk.cache.statistics.watchCount == 0)
        #expect(desk.cache.statistics.heldByteCount == 0)
        #expect(!desk.isHit(place.path("d/a")))
    }

    @Test func `an entry that is held outlives the file and the cache`() throws {
        let place = try Place()
        try place.write("a", "kept")
        var desk: Desk? = Desk()
        let entry = try #require(desk).find(place.path("a"))
        entry.retain()
        try place.remove("a")
        #expect(desk?.see(place.path("a")).kind == .missing(.noSuchFile))
        desk = nil
        #expect(Seen(entry, accepting: []).content == "kept")
        entry.release()
    }
}
