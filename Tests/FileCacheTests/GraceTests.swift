// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Assets of the release before are served for a while after they were removed.

import EventLoop
import FileCache
import HTTP
import OS
import Synchronization
import Testing

@Suite struct GraceTests {
    private static let app = "index-BxY3k2Pq.js"
    private static let late = "late-Zk82nQxW.js"

    /// A cache whose clock is that of the system, as surveys see it.
    private final class Graceful {
        let place: Place
        let loading = BackgroundWork(threadCountLimit: 1)
        let desk: Desk

        init(grace: Int = 60_000, isWatching: Bool = true, limits: FileCacheLimits = .init())
            throws
        {
            place = try Place()
            var profile = FileProfile()
            profile.assetGraceMilliseconds = grace
            profile.encodings.gzip.siblings = .on
            desk = Desk([profile], limits: limits, loading: loading, isWatching: isWatching)
            desk.now = Instant.now()
        }

        /// A folder of assets, the page beside it.
        func makeRelease(_ folder: String, _ names: [String]) throws {
            try place.makeDirectory(folder)
            try place.makeDirectory("\(folder)/assets")
            try place.write("\(folder)/index.html", folder)
            for name in names { try place.write("\(folder)/assets/\(name)", "\(folder) \(name)") }
        }

        func see(_ name: String, accepting codings: CodingPreference = []) -> Seen {
            let seen = desk.see(place.path(name), accepting: codings)
            loading.waitUntilDone()
            desk.cache.processEvents()
            loading.waitUntilDone()
            return seen
        }
    }

    @Test func `what nobody asked for yet is served after a folder was replaced`() throws {
        let desk = try Graceful()
        try desk.makeRelease("live", [Self.app, Self.late])
        try desk.makeRelease("next", ["index-Qq81ZzKw.js"])
        let before = desk.see("live/assets/\(Self.app)")
        #expect(before.kind == .file)
        try desk.place.rename("live", to: "previous")
        try desk.place.rename("next", to: "live")
        #expect(desk.see("live/index.html").content == "next")
        #expect(desk.see("live/assets/\(Self.app)") == before)
        #expect(desk.see("live/assets/\(Self.late)").content == "live \(Self.late)")
        #expect(desk.see("live/assets/other-Xy12Ab9Q.js").kind == .missing(.noSuchFile))
        #expect(desk.see("live/assets/index-Qq81ZzKw.js").content == "next index-Qq81ZzKw.js")
    }

    @Test func `the first asset of a folder is awaited until all of them are kept`() throws {
        let desk = try Graceful()
        try desk.makeRelease("live", [Self.app, Self.late, "shared-Ab12Cd34.js"])
        let path = desk.place.path("live/assets/\(Self.app)")
        // Nobody else may be first.
        let gate = Atomic(false)
        #expect(desk.loading.submit { while !gate.load(ordering: .acquiring) {} })
        let entry = desk.desk.find(path)
        #expect(entry.awaitsContent)
        let cache = desk.desk.cache
        let keptCount = Atomic(0)
        #expect(
            desk.desk.view.complete(entry) {
                keptCount.store(cache.statistics.keptAssetCount, ordering: .releasing)
            })
        gate.store(true, ordering: .releasing)
        desk.loading.waitUntilDone()
        #expect(keptCount.load(ordering: .acquiring) == 3)
        #expect(!desk.desk.find(path).awaitsContent)
        #expect(!desk.desk.find(desk.place.path("live/assets/\(Self.late)")).awaitsContent)
    }

    @Test func `what only its folder makes an asset is kept`() throws {
        let desk = try Graceful()
        try desk.makeRelease("live", ["shared-Ab12Cd34.js", "other-Ef56Gh78.js"])
        let before = desk.see("live/assets/shared-Ab12Cd34.js")
        try #require(before.fields.contains("ETag"))
        try desk.place.rename("live", to: "previous")
        for name in ["shared-Ab12Cd34.js", "other-Ef56Gh78.js"] {
            let seen = desk.see("live/assets/\(name)")
            #expect(seen.content == "live \(name)")
        }
    }

    @Test func `what nobody asked for yet is served after a link was turned, again and again`()
        throws
    {
        let desk = try Graceful()
        for release in 1...3 {
            try desk.makeRelease(
                "r\(release)", ["a\(release)-BxY3k2Pq.js", "b\(release)-Zk82nQxW.js"])
        }
        try desk.place.link("current", to: "r1")
        #expect(desk.see("current/assets/a1-BxY3k2Pq.js").kind == .file)
        for release in 2...3 {
            try desk.place.link("fresh", to: "r\(release)")
            try desk.place.rename("fresh", to: "current")
            #expect(desk.see("current/index.html").content == "r\(release)")
        }
        for release in 1...3 {
            for name in ["a\(release)-BxY3k2Pq.js", "b\(release)-Zk82nQxW.js"] {
                #expect(desk.see("current/assets/\(name)").content == "r\(release) \(name)")
            }
        }
    }

    @Test func `deleted assets are served with their siblings, other files are not`() throws {
        let desk = try Graceful()
        try desk.makeRelease("live", [Self.app, "plain.js"])
        try desk.place.write("live/assets/\(Self.app).gz", "zipped")
        let before = desk.see("live/assets/\(Self.app)", accepting: [.gzip])
        #expect(before.content == "zipped")
        #expect(desk.see("live/assets/plain.js").kind == .file)
        for name in [Self.app, "\(Self.app).gz", "plain.js"] {
            try desk.place.remove("live/assets/\(name)")
        }
        #expect(desk.see("live/assets/\(Self.app)", accepting: [.gzip]) == before)
        #expect(desk.see("live/assets/\(Self.app)").content == "live \(Self.app)")
        #expect(desk.see("live/assets/plain.js").kind == .missing(.noSuchFile))
    }

    @Test func `a name that comes back is the new file`() throws {
        let desk = try Graceful()
        try desk.makeRelease("live", [Self.app])
        _ = desk.see("live/assets/\(Self.app)")
        try desk.place.remove("live/assets/\(Self.app)")
        #expect(desk.see("live/assets/\(Self.app)").content == "live \(Self.app)")
        try desk.place.write("live/assets/\(Self.app)", "again")
        #expect(desk.see("live/assets/\(Self.app)").content == "again")
    }

    @Test func `what is added later is kept as well`() throws {
        let desk = try Graceful()
        try desk.makeRelease("live", [Self.app])
        _ = desk.see("live/assets/\(Self.app)")
        try desk.place.write("live/assets/\(Self.late)", "late")
        _ = desk.see("live/index.html")
        #expect(desk.desk.cache.statistics.keptAssetCount == 2)
        try desk.place.remove("live/assets/\(Self.late)")
        #expect(desk.see("live/assets/\(Self.late)").content == "late")
    }

    @Test func `after the grace an asset is gone, and its file let go`() throws {
        let desk = try Graceful(grace: 5_000)
        try desk.makeRelease("live", [Self.app])
        _ = desk.see("live/assets/\(Self.app)")
        try desk.place.remove("live/assets/\(Self.app)")
        #expect(desk.see("live/assets/\(Self.app)").kind == .file)
        #expect(desk.desk.isHit(desk.place.path("live/assets/\(Self.app)")))
        let cache = desk.desk.cache
        let end = cache.nextExpiry
        #expect(end < .distantFuture)
        cache.expireAssets(at: Instant(milliseconds: end.milliseconds - 1))
        #expect(cache.statistics.keptAssetCount == 1)
        desk.desk.now = desk.desk.now + 10_000
        #expect(!desk.desk.isHit(desk.place.path("live/assets/\(Self.app)")))
        cache.expireAssets(at: desk.desk.now)
        #expect(cache.statistics.keptAssetCount == 0)
        #expect(cache.nextExpiry == .distantFuture)
        #expect(desk.see("live/assets/\(Self.app)").kind == .missing(.noSuchFile))
    }

    @Test func `where nothing is watched an asset is found missing and served`() throws {
        let desk = try Graceful(isWatching: false)
        try desk.makeRelease("live", [Self.app, Self.late])
        _ = desk.see("live/assets/\(Self.app)")
        for name in [Self.app, Self.late] { try desk.place.remove("live/assets/\(name)") }
        desk.desk.now = desk.desk.now + 1_000
        #expect(desk.see("live/assets/\(Self.app)").content == "live \(Self.app)")
        #expect(desk.see("live/assets/\(Self.late)").content == "live \(Self.late)")
        desk.desk.now = desk.desk.now + 70_000
        #expect(desk.see("live/assets/\(Self.app)").kind == .missing(.noSuchFile))
    }

    @Test func `a folder of many assets keeps as many as it may`() throws {
        var limits = FileCacheLimits()
        limits.keptAssetLimit = 3
        let desk = try Graceful(limits: limits)
        try desk.makeRelease("live", (0..<6).map { "chunk-BxY3k2P\($0).js" })
        _ = desk.see("live/assets/chunk-BxY3k2P0.js")
        #expect(desk.desk.cache.statistics.keptAssetCount == 3)
    }
}
